#include "packager/stream_request.hpp"

#include "packager/errors.hpp"
#include "packager/formats/format.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lazulite::packager {
namespace {

constexpr std::size_t kMaxTail = 4096;
constexpr std::size_t kMaxArguments = 32;

// "name(arguments)" or "name" at the start of a text.
struct Call {
  std::string_view name;
  std::vector<std::string_view> arguments;
  std::string_view rest;  // behind the closing parenthesis
};

Result<std::vector<std::string_view>> split_arguments(std::string_view text) {
  std::vector<std::string_view> arguments;
  for (const auto part : split(text, ',')) arguments.push_back(trim(part));
  if (!arguments.empty() && arguments.back().empty()) arguments.pop_back();  // "(format=m3u8-aapl,)" occurs in the wild
  if (arguments.size() > kMaxArguments) return bad_url("more than {} parameters", kMaxArguments);
  if (std::find(arguments.begin(), arguments.end(), std::string_view{}) != arguments.end()) {
    return bad_url("an empty parameter in '{}'", text);
  }
  return arguments;
}

Result<Call> parse_call(std::string_view text) {
  Call call;
  const std::size_t open = text.find_first_of("(/");
  if (open == std::string_view::npos || text[open] == '/') {
    call.name = text.substr(0, open);
    call.rest = open == std::string_view::npos ? std::string_view{} : text.substr(open);
    return call;
  }
  const std::size_t close = text.find(')', open);
  if (close == std::string_view::npos) return bad_url("'{}' lacks a closing parenthesis", text);
  call.name = text.substr(0, open);
  LAZULITE_TRY(call.arguments, split_arguments(text.substr(open + 1, close - open - 1)));
  call.rest = text.substr(close + 1);
  return call;
}

Result<bool> parse_bool(std::string_view key, std::string_view value) {
  if (equals_ignoring_case(value, "true")) return true;
  if (equals_ignoring_case(value, "false")) return false;
  return bad_url("{}={} is neither true nor false", key, value);
}

Result<void> set_format(StreamRequest& request, std::string_view value) {
  request.format = find_format(value);
  if (request.format == nullptr) {
    return fail_with(ErrorCode::kUnsupported, mpe::kOutputNotSupported, "format '{}' is not offered", value);
  }
  return {};
}

// One of the keys of delivery.md 1.2; false for another.
Result<bool> set_parameter(StreamRequest& request, std::string_view key, std::string_view value) {
  const std::string name = to_lower(key);
  if (name == "format") {
    LAZULITE_CHECK(set_format(request, value));
  } else if (name == "filter") {
    for (const auto filter : split(value, ';')) {
      if (!trim(filter).empty()) request.filters.emplace_back(trim(filter));
    }
  } else if (name == "audio-only") {
    LAZULITE_TRY(request.audio_only, parse_bool(key, value));
  } else if (name == "audiotrack") {
    request.audio_track = value;
  } else if (name == "encryption") {
    request.encryption = to_lower(value);
  } else if (name == "starttime") {
    request.start_time = value;
  } else if (name == "endtime") {
    request.end_time = value;
  } else if (name == "type") {
    if (!equals_ignoring_case(value, "keyframes")) return bad_url("type={} is unknown", value);
    request.keyframes = true;
  } else {
    return false;
  }
  return true;
}

// "track=when" of a fragment request.
Result<void> set_fragment(StreamRequest& request, std::string_view track, std::string_view when) {
  if (track.empty()) return bad_url("a fragment request names no track");
  request.track = track;
  if (equals_ignoring_case(when, "i")) {
    if (request.kind != RequestKind::kFragment) return bad_url("an init segment has no key frame");
    request.kind = RequestKind::kInit;
    return {};
  }
  const auto time = parse_uint64(when);
  if (!time) return bad_url("'{}' is no fragment time", when);
  request.time = *time;
  return {};
}

Result<void> set_argument(StreamRequest& request, std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos) {
    if (request.kind != RequestKind::kMediaPlaylist || !request.track.empty()) {
      return bad_url("parameter '{}' has no value", argument);
    }
    request.track = argument;
    return {};
  }
  const auto key = trim(argument.substr(0, equals));
  const auto value = trim(argument.substr(equals + 1));
  LAZULITE_TRY(const bool known, set_parameter(request, key, value));
  if (known) return {};
  const bool names_track = request.kind == RequestKind::kFragment || request.kind == RequestKind::kKeyFrame;
  if (!names_track || !request.track.empty()) return bad_url("parameter '{}' is unknown", key);
  return set_fragment(request, key, value);
}

Result<RequestKind> level_verb(std::string_view name) {
  if (equals_ignoring_case(name, "Manifest")) return RequestKind::kMediaPlaylist;
  if (equals_ignoring_case(name, "Fragments")) return RequestKind::kFragment;
  if (equals_ignoring_case(name, "KeyFrames")) return RequestKind::kKeyFrame;
  return bad_url("request '{}' is unknown", name);
}

// "QualityLevels(bitrate[,attribute=value…])": bitrates are unique in a stream, so custom attributes tell nothing more.
Result<void> set_level(StreamRequest& request, const Call& call) {
  const auto bitrate = call.arguments.empty() ? std::nullopt : parse_uint64(call.arguments[0]);
  if (!bitrate) return bad_url("QualityLevels names no bitrate");
  request.bitrate = *bitrate;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    if (call.arguments[i].find('=') == std::string_view::npos) {
      return bad_url("attribute '{}' has no value", call.arguments[i]);
    }
  }
  return {};
}

// "Seg1-Frag12" behind a fragment request of HDS.
Result<void> set_number(StreamRequest& request, std::string_view text) {
  constexpr std::string_view kSegment = "Seg1-Frag";
  const bool fits = request.kind == RequestKind::kFragment && request.format->numbers_fragments;
  const auto number =
      fits && starts_with_ignoring_case(text, kSegment) ? parse_uint64(text.substr(kSegment.size())) : std::nullopt;
  if (!number || *number == 0) return bad_url("'{}' follows the request", text);
  request.fragment_number = *number;
  return {};
}

std::string_view without_extension(std::string_view text) {
  for (const std::string_view extension : {".m3u8", ".mpd", ".f4m"}) {
    if (ends_with_ignoring_case(text, extension)) return text.substr(0, text.size() - extension.size());
  }
  return text;
}

}  // namespace

Result<StreamRequest> parse_stream_request(std::string_view tail) {
  if (tail.size() > kMaxTail) return bad_url("the request is longer than {} bytes", kMaxTail);
  auto decoded = percent_decode(tail);
  if (!decoded) return bad_url("percent-encoding: {}", decoded.error().message);
  if (!is_valid_utf8(*decoded)) return bad_url("the request is not UTF-8");
  const std::string_view text = without_extension(*decoded);

  StreamRequest request;
  request.format = find_format("");
  LAZULITE_TRY(Call call, parse_call(text));
  if (equals_ignoring_case(call.name, "QualityLevels")) {
    LAZULITE_CHECK(set_level(request, call));
    if (!call.rest.starts_with('/')) return bad_url("'/' must follow QualityLevels");
    LAZULITE_TRY(call, parse_call(call.rest.substr(1)));
    LAZULITE_TRY(request.kind, level_verb(call.name));
  } else if (!equals_ignoring_case(call.name, "Manifest")) {
    return bad_url("request '{}' is unknown", call.name);
  }
  for (const auto argument : call.arguments) LAZULITE_CHECK(set_argument(request, argument));
  if (!call.rest.empty()) LAZULITE_CHECK(set_number(request, call.rest));
  if (request.kind != RequestKind::kManifest && request.track.empty()) return bad_url("the request names no track");
  request.format_name = request.format->names.front();
  return request;
}

}  // namespace lazulite::packager
