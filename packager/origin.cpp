#include "packager/origin.hpp"

#include "packager/errors.hpp"

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

// Encryption and trimming change what is served: without rules for them, a clear unfiltered answer would be
// wrong.
Result<void> refuse_without_rules(const StreamRequest& request) {
  if (!request.encryption.empty()) {
    return fail_with(ErrorCode::kForbidden, mpe::kEncryptionNotSet, "no delivery policy sets encryption '{}'",
                     request.encryption);
  }
  if (!request.start_time.empty() || !request.end_time.empty()) {
    return fail_with(ErrorCode::kUnsupported, mpe::kFormatNotSupported, "startTime and endTime are not offered");
  }
  return {};
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
  if (!request.filters.empty()) {
    return fail_with(ErrorCode::kNotFound, mpe::kFilterNotFound, "there is no filter '{}'", request.filters.front());
  }
  return answer_unfiltered(presentation, request);
}

Result<Answer> answer(std::shared_ptr<const Presentation> presentation, const StreamRequest& request,
                      std::span<const Filter> filters) {
  if (filters.empty()) return answer(*presentation, request);
  LAZULITE_TRY(const auto filtered, apply_filters(presentation, filters, *request.format));
  if (lists_media(request)) return answer_unfiltered(*filtered, request);
  LAZULITE_CHECK(require_listed(*filtered, request));
  return answer_unfiltered(*presentation, request);
}

Result<Answer> answer(const Presentation& presentation, std::string_view tail) {
  LAZULITE_TRY(const auto request, parse_stream_request(tail));
  return answer(presentation, request);
}

}  // namespace lazulite::packager
