// The names of the origin's errors, the vendor's own words (delivery.md 3.7), and the Errors the packager answers with.
// The HTTP status of each is in the error catalogue of server/stream, not here.
#pragma once

#include "schema/base/result.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace lazulite::packager {

namespace mpe {
inline constexpr const char* kBadUrlSyntax = "MPE_BAD_URL_SYNTAX";
inline constexpr const char* kResourceNotFound = "MPE_RESOURCE_NOT_FOUND";
inline constexpr const char* kStorageResourceNotFound = "MPE_STORAGE_RESOURCE_NOT_FOUND";
inline constexpr const char* kTrackNotFound = "MPE_EGRESS_TRACK_NOT_FOUND";
inline constexpr const char* kFilterNotFound = "MPE_EGRESS_FILTER_NOT_FOUND";
inline constexpr const char* kFilterRangeInvalid = "MPE_FILTER_RANGE_ATTRIBUTE_INVALID";
inline constexpr const char* kFilterTrackInvalid = "MPE_FILTER_TRACK_ATTRIBUTE_INVALID";
inline constexpr const char* kFilterRemovedAll = "MPE_FILTER_REMOVED_ALL_STREAMS";
inline constexpr const char* kFilterCount = "MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT";
inline constexpr const char* kFilterFirstQualityTwice =
    "MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED";
inline constexpr const char* kBitrateNotFound = "MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND";
inline constexpr const char* kTimestampNotFound = "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND";
inline constexpr const char* kEncryptionNotSet = "MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY";
inline constexpr const char* kFormatNotSupported = "MPE_FORMAT_NOT_SUPPORTED";
inline constexpr const char* kInputNotSupported = "MPE_INPUT_FORMAT_NOT_SUPPORTED";
inline constexpr const char* kOutputNotSupported = "MPE_OUTPUT_FORMAT_NOT_SUPPORTED";
inline constexpr const char* kEncodingNotSupported = "MPE_MEDIA_ENCODING_NOT_SUPPORTED";
inline constexpr const char* kVideoEncodingNotSupported = "MPE_VIDEO_ENCODING_NOT_SUPPORTED";
inline constexpr const char* kAudioEncodingNotSupported = "MPE_AUDIO_ENCODING_NOT_SUPPORTED";
inline constexpr const char* kKeyFrameInterval = "MPE_KEY_FRAME_INTERVAL_TOO_LARGE";
inline constexpr const char* kInvalidNalUnit = "MPE_INVALID_VIDEO_NAL_UNIT";
inline constexpr const char* kInvalidNalUnitSize = "MPE_INVALID_NALU_SIZE";
inline constexpr const char* kMediaTypeNotSupported = "MPE_MEDIA_TYPE_NOT_SUPPORTED";
inline constexpr const char* kHlsSegmentTooLarge = "MPE_HLS_SEGMENT_TOO_LARGE";
}  // namespace mpe

// A source or an .ism that cannot be read as what it should be.
template <class... Args>
[[nodiscard]] Error bad_input(fmt::format_string<Args...> format, Args&&... args) {
  return Error{ErrorCode::kUnsupported, fmt::format(format, std::forward<Args>(args)...), mpe::kInputNotSupported};
}
template <class... Args>
[[nodiscard]] Error bad_url(fmt::format_string<Args...> format, Args&&... args) {
  return Error{ErrorCode::kInvalidArgument, fmt::format(format, std::forward<Args>(args)...), mpe::kBadUrlSyntax};
}

}  // namespace lazulite::packager
