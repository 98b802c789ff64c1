// The encode itself, processing.md 7.1: one demux, one decode per stream, and from there N branches in parallel.
//
//   read ─┬─ video: decode ─ filter ─ lay overlays ─ mark key frames ─┬─ scale to size 1 ─┬─ x264 ─ file 1
//         │                                                           │                   └─ x264 ─ file 2
//         │                                                           └─ scale to size 2 ─── x264 ─ file 3 …
//         └─ audio: decode ─ filter ─ add overlays ─ AAC ─ the same packets into every file that has audio
//
// Every box of the right side runs on a thread of its own, behind a queue bounded in frames and bytes; together they
// use the CPU share of the task. No libav type appears in this header.
#pragma once

#include "encoder/ffmpeg/overlay.hpp"
#include "encoder/ffmpeg/source_info.hpp"
#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace lazulite::encoder::ffmpeg {

// A stream of one of the sources.
struct StreamChoice {
  std::size_t source = 0;
  StreamInfo stream;
};

// A whole source, or a part of it.
struct Clip {
  std::vector<SourceFile> sources;
  std::optional<StreamChoice> video, audio;  // what the plan's renditions are made from
  std::optional<double> start, duration;     // seconds; the start on the source's time line
  std::optional<double> expected_seconds;    // how long the clip is; nothing when the sources do not say
  PictureFilters filters;
  std::vector<Overlay> overlays;  // their times count from the clip's beginning
};

struct TranscodeRequest {
  std::vector<Clip> clips;        // one at least; they follow each other in the output
  std::vector<Overlay> overlays;  // over all clips
  ResolvedPlan plan;
  std::filesystem::path folder;  // outputs are written here
  std::string language;          // of the audio; empty: undetermined
  unsigned threads = 1;
  std::stop_token stop;
  std::function<void(double percent)> on_progress;  // called from several threads, one at a time
};

struct TrackStatistics {
  std::int64_t samples = 0, bytes = 0;
  double duration = 0;         // seconds
  double max_gop_bitrate = 0;  // bits per second, of any GOP; video only
  [[nodiscard]] double bitrate() const { return duration > 0 ? static_cast<double>(bytes) * 8 / duration : 0; }
};

struct WrittenFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
  TrackStatistics video, audio;
  std::string video_profile, video_level;      // "High", "3.1"
  std::vector<std::int64_t> fragment_times{};  // of Smooth: when fragments begin, in 100 ns; last, when the file ends
  std::string codec_data{};                    // of Smooth: the parameters of the codec in hexadecimal digits
};

struct TranscodeReport {
  std::vector<WrittenFile> files;  // as plan.outputs
  std::int64_t decoded_frames = 0, damaged_packets = 0;
};

// Blocks until all is written. Errors carry a code of task_error.hpp; kCancelled within a second of a stop. Files begun
// stay behind on errors.
Result<TranscodeReport> transcode(const TranscodeRequest& request);

}  // namespace lazulite::encoder::ffmpeg
