// What a source file is, as libavformat sees it, in plain values: the processors plan by it and write it into
// _metadata.xml. No libav type appears here.
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"
#include "storage/files/file.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::encoder::ffmpeg {

using Tags = std::vector<std::pair<std::string, std::string>>;

// The dispositions of a stream that _metadata.xml names, in its order (processing.md 4.5).
inline constexpr std::array<std::string_view, 11> kDispositionNames = {
    "Default",        "Dub",          "Original",   "Comment", "Lyrics", "Karaoke", "Forced", "HearingImpaired",
    "VisualImpaired", "CleanEffects", "AttachedPic"};

enum class StreamKind : std::uint8_t { kVideo, kAudio, kOther };

struct StreamInfo {
  int index = 0;
  int id = 0;  // of the container, as the number of a track
  StreamKind kind = StreamKind::kOther;
  std::string codec, codec_long_name, fourcc, profile, level;  // empty when unknown
  bool decodable = false;
  Fraction time_base;
  std::int64_t frames = 0;                // 0: unknown
  std::optional<double> start, duration;  // seconds
  std::int64_t bit_rate = 0;              // bits per second, 0: unknown
  std::array<bool, kDispositionNames.size()> disposition{};
  Tags tags;

  // Video.
  int width = 0, height = 0;     // coded
  Fraction sample_aspect{1, 1};  // of one pixel
  Fraction frame_rate;           // constant rate to conform to; processing.md 7.2
  std::string pixel_format;
  int has_b_frames = 0;
  int rotation = 0;  // degrees clockwise that a player turns the picture: 0, 90, 180 or 270
  bool interlaced = false;
  bool high_dynamic_range = false;  // PQ or HLG
  // Audio.
  std::string sample_format, channel_layout;
  int channels = 0, sampling_rate = 0, bits_per_sample = 0;

  // The picture as it is to be seen: square pixels, turned upright.
  [[nodiscard]] std::pair<int, int> display_size() const;
  [[nodiscard]] std::string tag(std::string_view key) const;
};

struct ProgramInfo {
  int id = 0, pmt_pid = 0, pcr_pid = 0;
};

struct SourceInfo {
  std::string name;  // file name
  std::uint64_t size = 0;
  std::string format_names, format_long_name;
  std::optional<double> start, duration;  // seconds
  bool duration_is_exact = false;         // said by the container or its packets, not guessed from a bit rate
  bool clock_restarts = false;            // its times begin anywhere, as in broadcasts; clips count from its beginning
  std::int64_t bit_rate = 0;
  std::vector<StreamInfo> streams;
  std::vector<ProgramInfo> programs;
  Tags tags;
  // Indices into `streams` of what an encode takes: never a cover picture; the default-flagged one, else the largest
  // picture or most channels.
  std::optional<std::size_t> video, audio;

  [[nodiscard]] const StreamInfo* video_stream() const { return video ? &streams[*video] : nullptr; }
  [[nodiscard]] const StreamInfo* audio_stream() const { return audio ? &streams[*audio] : nullptr; }
};

// How a source's bytes are reached; may be called more than once.
struct SourceFile {
  std::string name;
  std::function<Result<files::FileDescriptor>()> open;
};

// Opens, reads the head and closes. Errors carry a code of task_error.hpp: malformed input for what is no media file or
// a broken one, unsupported format for a container we do not read or a stream no decoder knows; kCancelled when
// stopped.
Result<SourceInfo> probe(const SourceFile& source, const std::stop_token& stop);
// The same for what is laid over a video, which may also be a still picture.
Result<SourceInfo> probe_overlay(const SourceFile& source, const std::stop_token& stop);

}  // namespace lazulite::encoder::ffmpeg
