#include "server/stream/error_catalog.hpp"

#include <algorithm>

namespace lazulite::stream {

namespace {

constexpr CatalogEntry kEntries[] = {
    {"MPE_BAD_URL_SYNTAX", 400, 0x80890201, "The URL has a part that is not understood."},
    {"MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL", 400, 0x8088024C, "The URL must name an encryption."},
    {"MPE_STORAGE_BAD_URL_SYNTAX", 400, 0x808900E9, "The name of a file is not valid."},
    {"MPE_OUTPUT_FORMAT_BLOCKED", 403, 0x80890207, "The asset may not be delivered by this protocol."},
    {"MPE_ENC_ENCRYPTION_REQUIRED", 403, 0x8088021E,
     "The asset is encrypted in storage and no delivery policy says how to deliver it."},
    {"MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY", 403, 0x8088024D,
     "No delivery policy of the asset has this encryption."},
    {"MPE_STORAGE_AUTHENTICATION_FAILED", 403, 0x808900EA, "The storage of the asset refused the access."},
    {"MPE_RESOURCE_NOT_FOUND", 404, 0x808901F9, "The resource does not exist."},
    {"MPE_UNAUTHORIZED", 404, 0x80890244, "The locator is not valid at this time."},
    {"MPE_EGRESS_TRACK_NOT_FOUND", 404, 0x80890209, "The presentation has no such track."},
    {"MPE_EGRESS_TIMESTAMP_NOT_FOUND", 404, 0x8089020A, "The presentation has nothing at this time."},
    {"MPE_EGRESS_FILTER_NOT_FOUND", 404, 0x8089020C, "The filter does not exist."},
    {"MPE_FRAGMENT_BY_INDEX_NOT_FOUND", 404, 0x80890252, "The presentation has no such fragment."},
    {"MPE_FRAGMENT_TIMESTAMP_NOT_FOUND", 404, 0x80890255, "No fragment begins at this time."},
    {"MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND", 404, 0x80890256, "The presentation has no such quality level."},
    {"MPE_METADATA_NOT_FOUND", 404, 0x80890257, "The metadata do not exist."},
    {"MPE_STORAGE_RESOURCE_NOT_FOUND", 404, 0x808900ED, "A file of the presentation is missing."},
    {"MPE_STORAGE_CONFLICT", 409, 0x808900EE, "A file of the presentation is being changed."},
    {"MPE_FRAGMENT_NOT_READY", 412, 0x80890200, "The fragment does not exist yet."},
    {"MPE_STORAGE_PRECONDITION_FAILED", 412, 0x808900EF, "A file of the presentation has changed."},
    {"MPE_FORMAT_NOT_SUPPORTED", 415, 0x80890205, "The presentation is not supported."},
    {"MPE_INPUT_FORMAT_NOT_SUPPORTED", 415, 0x80890218, "A file of the presentation cannot be read."},
    {"MPE_OUTPUT_FORMAT_NOT_SUPPORTED", 415, 0x8089020D, "The format is not supported."},
    {"MPE_ENCRYPTION_NOT_SUPPORTED", 415, 0x80890208, "The encryption is not supported."},
    {"MPE_MEDIA_TYPE_NOT_SUPPORTED", 415, 0x8089020E, "The format cannot hold this type of media."},
    {"MPE_MEDIA_ENCODING_NOT_SUPPORTED", 415, 0x8089020F, "The encoding of a track is not supported."},
    {"MPE_VIDEO_ENCODING_NOT_SUPPORTED", 415, 0x80890210, "The format cannot hold this encoding of video."},
    {"MPE_AUDIO_ENCODING_NOT_SUPPORTED", 415, 0x80890211, "The format cannot hold this encoding of audio."},
    {"MPE_INVALID_VIDEO_NAL_UNIT", 415, 0x80890231, "The video holds a NAL unit that is not valid."},
    {"MPE_INVALID_NALU_SIZE", 415, 0x80890260, "The video holds a NAL unit of a wrong size."},
    {"MPE_INVALID_NALU_LENGTH_FIELD", 415, 0x80890261, "The video holds a NAL unit of a wrong length."},
    {"MPE_KEY_FRAME_INTERVAL_TOO_LARGE", 415, 0x808901FE,
     "The key frames are too far apart, or differ between the quality levels."},
    {"MPE_HLS_SEGMENT_TOO_LARGE", 415, 0x80890243, "The segment is too large."},
    {"MPE_FILTER_INVALID", 415, 0x80890236, "The filter is not valid."},
    {"MPE_FILTER_RANGE_ATTRIBUTE_INVALID", 415, 0x80890239, "The filter has a time range that is not valid."},
    {"MPE_FILTER_TRACK_ATTRIBUTE_INVALID", 415, 0x8089023A, "The filter selects tracks by what is not valid."},
    {"MPE_FILTER_REMOVED_ALL_STREAMS", 415, 0x8089023E, "The filter leaves nothing of the presentation."},
    {"MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT", 415, 0x80890246, "The request names too many filters."},
    {"MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED", 415, 0x80890248,
     "More than one filter names a first quality."},
    {"MethodNotAllowed", 405, 0, "Only GET, HEAD and OPTIONS are answered here."},
    {"AccessDenied", 403, 0, "The streaming endpoint does not admit this client."},
    {"RangeNotSatisfiable", 416, 0, "The range lies outside of the resource."},
    {"StreamingEndpointNotRunning", 503, 0, "The streaming endpoint is not running."},
    {"InternalError", 500, 0, "The server met an unexpected condition."},
};

std::string_view name_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "MPE_BAD_URL_SYNTAX";
    case ErrorCode::kNotFound:
      return "MPE_RESOURCE_NOT_FOUND";
    case ErrorCode::kConflict:
      return "MPE_STORAGE_CONFLICT";
    case ErrorCode::kPreconditionFailed:
      return "MPE_STORAGE_PRECONDITION_FAILED";
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
      return "MPE_STORAGE_AUTHENTICATION_FAILED";
    case ErrorCode::kUnsupported:
    case ErrorCode::kTooLarge:
      return "MPE_FORMAT_NOT_SUPPORTED";
    default:
      return "InternalError";
  }
}

const CatalogEntry* find_named(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kEntries), std::end(kEntries),
                                         [&](const CatalogEntry& entry) { return entry.name == name; });
  return found == std::end(kEntries) ? nullptr : found;
}

}  // namespace

const CatalogEntry& find_entry(const Error& error) {
  if (const CatalogEntry* named = find_named(error.detail)) return *named;
  return *find_named(name_for(error.code));
}

http::Response error_response(const Error& error) {
  const CatalogEntry& entry = find_entry(error);
  const bool says_why = entry.status < 500 && !error.message.empty();
  std::string sentence{says_why ? std::string_view{error.message} : entry.sentence};
  std::replace_if(
      sentence.begin(), sentence.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const std::string value = entry.value == 0 ? std::string{} : fmt::format(" (0x{:08X})", entry.value);
  auto out = http::Response::text(entry.status, "text/plain", fmt::format("{}{}: {}\n", entry.name, value, sentence));
  out.headers.set("x-ams-error-code", std::string{entry.name});
  out.headers.set("X-Content-Type-Options", "nosniff");
  return out;
}

Error no_such_resource(std::string_view what) {
  return fail_with(ErrorCode::kNotFound, "MPE_RESOURCE_NOT_FOUND", "there is no {}", what);
}

Error method_not_allowed(std::string_view method) {
  return fail_with(ErrorCode::kUnsupported, "MethodNotAllowed", "{} is not answered here, only GET, HEAD and OPTIONS",
                   method);
}

}  // namespace lazulite::stream
