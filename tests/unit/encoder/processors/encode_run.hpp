// Runs Media Encoder Standard on a generated clip and looks at what came out by decoding it with ffprobe.
#pragma once

#include "encoder/processors/media_processor.hpp"
#include "tests/support/command.hpp"

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

// An H.264 preset of small layers, quick to encode: {"320x180 300", …} in kb/s, interleaved with AAC stereo 128.
std::string small_preset(const std::string& video_members = R"("KeyFrameInterval": "00:00:02",)",
                         const std::string& layer_members = R"("FrameRate": "0/1")", bool with_audio = true);
inline constexpr const char* kSmallAudioPreset = R"({"Version": 1.0, "Codecs": [{"Type": "AACAudio", "Channels": 2,
  "SamplingRate": 48000, "Bitrate": 96}], "Outputs": [{"FileName": "{Basename}_{Codec}_{Bitrate}.mp4",
  "Format": {"Type": "MP4Format"}}]})";

struct DecodedFile {
  std::optional<int> width, height, channels, sampling_rate;
  std::string video_rate, audio_language;
  std::vector<double> frame_times, key_times;  // seconds, in display order
  double audio_start = 0, audio_end = 0;       // seconds
};

// Decodes a whole file; fails the test when a decoder complains.
DecodedFile decode(const std::filesystem::path& path);

struct EncodeRun {
  explicit EncodeRun(std::string configuration);

  // Makes a file by the ffmpeg command: `arguments` come before the output's name.
  void make_input(const std::string& name, const std::string& arguments);
  void add_input(const std::filesystem::path& path, bool is_primary = true);
  // By Media Encoder Standard, or the processor of that name.
  Result<TaskResult> run(std::string_view processor = "Media Encoder Standard");

  // Of the outputs of a run:
  [[nodiscard]] const OutputFile& output(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::string text_of(const std::string& name) const;

  test::TemporaryFolder folder;
  TaskContext context;
  std::stop_source stop;
  std::vector<double> progress;  // as reported
  TaskResult result;
};

// lavfi sources for make_input: a moving picture and a tone.
std::string picture(const std::string& size, const std::string& rate, double seconds);
std::string tone(double seconds);

// The folder of optional test media, or empty.
std::filesystem::path optional_media();

}  // namespace lazulite::encoder
