#include "encoder/ffmpeg/handles.hpp"

#include "encoder/processors/task_error.hpp"
#include "schema/base/log.hpp"

extern "C" {
#include <libavutil/log.h>
}

#include <cstdarg>
#include <mutex>

namespace lazulite::encoder::ffmpeg {
namespace {

// libav's errors are about media, which the task reports; here they only help to find out why.
void to_logger(void* object, int level, const char* format, std::va_list arguments) {
  spdlog::logger& log = logger("ffmpeg");
  const auto ours = level <= AV_LOG_WARNING ? spdlog::level::debug : spdlog::level::trace;
  if (level > AV_LOG_VERBOSE || !log.should_log(ours)) return;
  std::array<char, 1024> line{};
  int prefix = 1;
  av_log_format_line2(object, level, format, arguments, line.data(), static_cast<int>(line.size()), &prefix);
  std::string_view text{line.data()};
  while (text.ends_with('\n')) text.remove_suffix(1);
  log.log(ours, "{}", text);
}

}  // namespace

void route_library_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(&to_logger); });
}

Error processing_failed(std::string_view what, int code) {
  return fail_with(ErrorCode::kInternal, task_error::kProcessing, "{}: {}", what, error_text(code));
}

}  // namespace lazulite::encoder::ffmpeg
