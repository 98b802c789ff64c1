#include "packager/origin.hpp"

#include "packager/errors.hpp"
#include "schema/base/time.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::packager {
namespace {

StreamingFormat::Function function_of(const StreamRequest& request) {
  switch (request.kind) {
    case RequestKind::kManifest:
      return request.format->manifest;
    case RequestKind::kMediaPlaylist:
      return request.format->media_playlist;
    case RequestKind::kFragment:
      return request.format->fragment;
    case RequestKind::kInit:
      return request.format->init;
    case RequestKind::kKeyFrame:
      return request.format->key_frame;
  }
  return nullptr;
}

// Encryption changes what is served: without rules for it, a clear answer would be wrong.
Result<void> refuse_without_rules(const StreamRequest& request) {
  if (!request.encryption.empty()) {
    return fail_with(ErrorCode::kForbidden, mpe::kEncryptionNotSet, "no delivery policy sets encryption '{}'",
                     request.encryption);
  }
  return {};
}

// startTime and endTime count from 1970, where the program date of what is on demand begins (delivery.md 1.5).
Result<std::uint64_t> instant_ticks(std::string_view key, const std::string& text) {
  const auto time = parse_time(text);
  if (!time || time->time_since_epoch().count() < 0) return bad_url("{}={} is no instant since 1970", key, text);
  constexpr std::uint64_t kTicksPerMicrosecond = kTicksPerSecond / 1'000'000;
  return std::min(static_cast<std::uint64_t>(time->time_since_epoch().count()) * kTicksPerMicrosecond, kUnlimitedTicks);
}

bool is_trimmed(const StreamRequest& request) { return !request.start_time.empty() || !request.end_time.empty(); }

// They cut as a filter does.
Result<Filter> trimming(const StreamRequest& request) {
  Filter filter{.name = std::string{kTrimming}};
  if (!request.start_time.empty()) {
    LAZULITE_TRY(filter.start, instant_ticks("startTime", request.start_time));
  }
  if (!request.end_time.empty()) {
    LAZULITE_TRY(filter.end, instant_ticks("endTime", request.end_time));
  }
  return filter;
}

Result<Answer> answer_unfiltered(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_CHECK(refuse_without_rules(request));
  const auto function = function_of(request);
  if (function == nullptr) return bad_url("format '{}' has no such request", request.format_name);
  return function(presentation, request);
}

bool lists_media(const StreamRequest& request) {
  return request.kind == RequestKind::kManifest || request.kind == RequestKind::kMediaPlaylist;
}

// Media have the same bytes whatever the filter, but what it hides is not there.
Result<void> require_listed(const Presentation& filtered, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef found, find_level(filtered, request));
  if (request.kind == RequestKind::kInit || found.level->plan.find(request.time)) return {};
  return fail_with(ErrorCode::kNotFound, mpe::kTimestampNotFound, "the filter hides what starts at {}", request.time);
}

}  // namespace

Result<Answer> answer(const Presentation& presentation, const StreamRequest& request) {
  if (is_trimmed(request)) return bad_url("startTime and endTime need a presentation that is shared");
  if (!request.filters.empty()) {
    return fail_with(ErrorCode::kNotFound, mpe::kFilterNotFound, "there is no filter '{}'", request.filters.front());
  }
  return answer_unfiltered(presentation, request);
}

Result<Answer> answer(std::shared_ptr<const Presentation> presentation, const StreamRequest& request,
                      std::span<const Filter> filters) {
  if (filters.empty() && !is_trimmed(request)) return answer(*presentation, request);
  std::vector<Filter> all(filters.begin(), filters.end());
  if (is_trimmed(request)) {
    LAZULITE_TRY(auto trim, trimming(request));
    all.push_back(std::move(trim));
  }
  LAZULITE_TRY(const auto filtered, apply_filters(presentation, all, *request.format));
  if (lists_media(request)) return answer_unfiltered(*filtered, request);
  LAZULITE_CHECK(require_listed(*filtered, request));
  return answer_unfiltered(*presentation, request);
}

Result<Answer> answer(const Presentation& presentation, std::string_view tail) {
  LAZULITE_TRY(const auto request, parse_stream_request(tail));
  return answer(presentation, request);
}

}  // namespace lazulite::packager
