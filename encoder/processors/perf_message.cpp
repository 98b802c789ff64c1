#include "encoder/processors/perf_message.hpp"

#include "schema/base/ids.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace lazulite::encoder {
namespace {

// hh:mm:ss.ff
std::string clock(double seconds) {
  const auto hundredths = std::llround(std::max(0.0, seconds) * 100);
  return fmt::format("{:02}:{:02}:{:02}.{:02}", hundredths / 360000, hundredths / 6000 % 60, hundredths / 100 % 60,
                     hundredths % 100);
}

void append_source(std::string& text, const ffmpeg::SourceInfo& source) {
  fmt::format_to(std::back_inserter(text), "Source {}: {}, duration {}, {} kb/s\n", source.name,
                 source.format_long_name, clock(source.duration.value_or(0)), source.bit_rate / 1000);
  for (const ffmpeg::StreamInfo& stream : source.streams) {
    if (stream.kind == ffmpeg::StreamKind::kVideo) {
      fmt::format_to(std::back_inserter(text), "  stream {}: video {} {}x{} {:.3f} fps, {} kb/s\n", stream.index,
                     stream.codec, stream.width, stream.height, stream.frame_rate.value(), stream.bit_rate / 1000);
    } else if (stream.kind == ffmpeg::StreamKind::kAudio) {
      fmt::format_to(std::back_inserter(text), "  stream {}: audio {} {} channels {} Hz, {} kb/s\n", stream.index,
                     stream.codec, stream.channels, stream.sampling_rate, stream.bit_rate / 1000);
    }
  }
}

}  // namespace

std::string perf_message(const std::string& task_id, std::span<const ffmpeg::SourceInfo> sources,
                         const ResolvedPlan& plan, const ffmpeg::TranscodeReport& report, double encode_seconds) {
  std::string text = fmt::format("Mediatask {}: Encode: {}\n", guid_of(task_id), clock(encode_seconds));
  for (const ffmpeg::SourceInfo& source : sources) append_source(text, source);
  double duration = 0;
  for (std::size_t i = 0; i < report.files.size(); ++i) {
    const ffmpeg::WrittenFile& file = report.files[i];
    duration = std::max({duration, file.video.duration, file.audio.duration});
    fmt::format_to(std::back_inserter(text), "Output {}: {:.3f} MB, video {:.0f} kb/s, audio {:.0f} kb/s\n",
                   plan.outputs[i].name, static_cast<double>(file.size) / 1e6, file.video.bitrate() / 1000,
                   file.audio.bitrate() / 1000);
  }
  if (report.damaged_packets > 0)
    fmt::format_to(std::back_inserter(text), "Damaged packets skipped: {}\n", report.damaged_packets);
  for (const std::string& note : plan.notes) text += "Note: " + note + "\n";
  fmt::format_to(std::back_inserter(text), "Encoding time to duration: {:.2f}\n",
                 duration > 0 ? encode_seconds / duration : 0.0);
  return text;
}

}  // namespace lazulite::encoder
