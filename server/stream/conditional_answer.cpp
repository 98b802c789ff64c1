#include "server/stream/conditional_answer.hpp"

#include "schema/base/text.hpp"
#include "server/stream/error_catalog.hpp"

#include <algorithm>

namespace lazulite::stream {

namespace {

// HTTP dates have whole seconds.
Timestamp whole_seconds(Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time); }

// A list of ETags, or "*"; weak comparison (RFC 9110 §8.8.3.2).
bool names_etag(std::string_view list, std::string_view etag) {
  if (trim(list) == "*") return true;
  const auto candidates = split(list, ',');
  return std::any_of(candidates.begin(), candidates.end(), [&](std::string_view candidate) {
    candidate = trim(candidate);
    if (candidate.substr(0, 2) == "W/") candidate.remove_prefix(2);
    return candidate == etag;
  });
}

void set_validators(http::Response& response, const Validators& validators, const std::string& cache_control) {
  response.headers.set("ETag", validators.etag);
  if (validators.last_modified) response.headers.set("Last-Modified", format_http_date(*validators.last_modified));
  response.headers.set("Cache-Control", cache_control);
}

// The range still holds for the representation that the client knows (RFC 9110 §13.1.5: strong comparison).
bool if_range_holds(const http::Request& request, const Validators& validators) {
  const auto condition = request.headers.find("If-Range");
  if (!condition) return true;
  const std::string_view text = trim(*condition);
  if (text.substr(0, 1) == "\"") return text == validators.etag;
  const auto date = parse_http_date(text);
  return date && validators.last_modified && *date == whole_seconds(*validators.last_modified);
}

struct ByteRange {
  std::uint64_t first = 0, last = 0;  // inclusive; first > last: not satisfiable
};

// One range of a Range header (RFC 9110 §14.1.2) within `size` bytes; none for a header that does not count.
std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
  if (!starts_with_ignoring_case(header, "bytes=")) return std::nullopt;
  const std::string_view spec = trim(header.substr(6));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return std::nullopt;
  const std::string_view from = trim(spec.substr(0, dash)), to = trim(spec.substr(dash + 1));
  constexpr ByteRange kUnsatisfiable{1, 0};
  if (from.empty()) {  // the last n bytes
    const auto count = parse_uint64(to);
    if (!count) return std::nullopt;
    if (*count == 0 || size == 0) return kUnsatisfiable;
    return ByteRange{size - std::min(*count, size), size - 1};
  }
  const auto first = parse_uint64(from);
  const auto last = to.empty() ? std::optional<std::uint64_t>{UINT64_MAX} : parse_uint64(to);
  if (!first || !last || *first > *last) return std::nullopt;
  if (*first >= size) return kUnsatisfiable;
  return ByteRange{*first, std::min(*last, size - 1)};
}

}  // namespace

bool accepts_gzip(const http::Request& request) {
  const auto header = request.headers.find("Accept-Encoding");
  if (!header || request.headers.find("Range")) return false;
  const auto codings = split(*header, ',');
  return std::any_of(codings.begin(), codings.end(), [](std::string_view coding) {
    const auto semicolon = coding.find(';');
    if (!equals_ignoring_case(trim(coding.substr(0, semicolon)), "gzip")) return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view weight = trim(coding.substr(semicolon + 1));
    return starts_with_ignoring_case(weight, "q=") && weight.find_first_not_of("0.", 2) != std::string_view::npos;
  });
}

bool is_unmodified(const http::Request& request, const Validators& validators) {
  if (const auto etags = request.headers.find("If-None-Match")) return names_etag(*etags, validators.etag);
  const auto since = request.headers.find("If-Modified-Since");
  if (!since || !validators.last_modified) return false;
  const auto date = parse_http_date(trim(*since));
  return date && whole_seconds(*validators.last_modified) <= *date;
}

http::Response not_modified(const Validators& validators, const std::string& cache_control) {
  http::Response out;
  out.status = 304;
  set_validators(out, validators, cache_control);
  return out;
}

http::Response whole_or_range(const http::Request& request, const Validators& validators,
                              const std::string& cache_control, Representation representation) {
  const std::uint64_t size = representation.size ? *representation.size : representation.body.size();
  http::Response out;
  set_validators(out, validators, cache_control);
  out.headers.set("Content-Type", representation.content_type);
  out.headers.set("Accept-Ranges", "bytes");
  if (request.method == "HEAD") {
    out.content_length = size;
    return out;
  }
  const auto header = request.headers.find("Range");
  const auto range = header && if_range_holds(request, validators) ? parse_range(trim(*header), size) : std::nullopt;
  if (!range) {
    out.body = std::move(representation.body);
    return out;
  }
  if (range->first > range->last) {
    out = error_response(
        fail_with(ErrorCode::kInvalidArgument, "RangeNotSatisfiable", "the resource has {} bytes", size));
    out.headers.set("Content-Range", fmt::format("bytes */{}", size));
    return out;
  }
  out.status = 206;
  out.headers.set("Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->last, size));
  out.body = representation.body.slice(range->first, range->last - range->first + 1);
  return out;
}

}  // namespace lazulite::stream
