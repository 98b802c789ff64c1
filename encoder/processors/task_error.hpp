// The codes of a task's ErrorDetails (processing.md 5.1), carried in Error::detail. The one place that spells them.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace lazulite::encoder::task_error {

inline constexpr char kUnknown[] = "Unknown";
inline constexpr char kMalformedInput[] = "ErrorDownloadingInputAssetMalformedContent";
inline constexpr char kInputServiceFailure[] = "ErrorDownloadingInputAssetServiceFailure";
inline constexpr char kParsingConfiguration[] = "ErrorParsingConfiguration";
inline constexpr char kMalformedContent[] = "ErrorExecutingTaskMalformedContent";
inline constexpr char kUnsupportedFormat[] = "ErrorExecutingTaskUnsupportedFormat";
inline constexpr char kProcessing[] = "ErrorProcessingTask";
inline constexpr char kUploading[] = "ErrorUploadingOutputAsset";
inline constexpr char kCanceling[] = "ErrorCancelingTask";
inline constexpr char kTransient[] = "TransientError";

inline constexpr std::string_view kAll[] = {
    kUnknown,          kMalformedInput,    kInputServiceFailure, kParsingConfiguration,
    kMalformedContent, kUnsupportedFormat, kProcessing,          kUploading,
    kCanceling,        kTransient};
constexpr bool is_code(std::string_view detail) {
  return std::find(std::begin(kAll), std::end(kAll), detail) != std::end(kAll);
}

}  // namespace lazulite::encoder::task_error
