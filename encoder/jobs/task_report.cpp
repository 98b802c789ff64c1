#include "encoder/jobs/task_report.hpp"

#include "schema/base/ids.hpp"

#include <fmt/format.h>

namespace lazulite::encoder {
namespace {

// hh:mm:ss and a fraction.
std::string clock_text(std::chrono::microseconds time, int digits) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(time);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time - hours);
  const std::chrono::duration<double> seconds = time - hours - minutes;
  return fmt::format("{:02}:{:02}:{:0{}.{}f}", hours.count(), minutes.count(), seconds.count(), digits + 3, digits);
}

}  // namespace

std::string perf_message(std::string_view task_id, const TaskTimes& times, std::string_view of_processor) {
  return fmt::format("Mediatask {}: Download: {}\n{}\nUpload(optimized): {}\n", guid_of(task_id),
                     clock_text(times.download, 2), of_processor, clock_text(times.upload, 7));
}

std::string billing_message(std::string_view task_id, const TaskResult& result) {
  const double sd = result.video_minutes_sd;
  const double hd = result.video_minutes_hd;
  const double uhd = result.video_minutes_uhd;
  const double audio = result.audio_minutes;
  return fmt::format(
      R"(Mediatask {}: {{"NumberOfImages":{},"SDVideoOutputMinutes":{:.4f},"HDVideoOutputMinutes":{:.4f},)"
      R"("UltraHDVideoOutputMinutes":{:.4f},"AudioOutputMinutes":{:.4f},"TotalOutputMinutes":{:.4f},)"
      R"("VOD Standard Encoding Output Minutes":{:.4f}}})",
      guid_of(task_id), result.images, sd, hd, uhd, audio, sd + hd + uhd + audio, sd + 2 * hd + 4 * uhd + audio / 4);
}

}  // namespace lazulite::encoder
