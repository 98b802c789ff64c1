// What is to be encoded, in words of no API: every preset form (a name, MES JSON or XML) compiles to one EncodePlan.
// Pure values. A plan still speaks in boxes and percents; resolve_plan() (resolve.hpp) turns it into exact renditions
// once the source is known.
#pragma once

#include "schema/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lazulite::encoder {

struct Fraction {
  int numerator = 0, denominator = 1;
  [[nodiscard]] double value() const { return static_cast<double>(numerator) / denominator; }
  bool operator==(const Fraction&) const = default;
};

// One side of a layer's box: pixels, a percentage of the source's side, or not given.
struct Dimension {
  enum class Unit : std::uint8_t { kAbsent, kPixels, kPercent };
  Unit unit = Unit::kAbsent;
  int value = 0;
  bool operator==(const Dimension&) const = default;
};

enum class H264Profile : std::uint8_t { kAuto, kBaseline, kMain, kHigh };
enum class Effort : std::uint8_t { kSpeed, kBalanced, kQuality };
enum class StretchMode : std::uint8_t { kNone, kAutoSize, kAutoFit };  // processing.md 3c.5

// One H.264 encode; processing.md 3c.4.
struct VideoLayer {
  int bitrate_kbps = 0, max_bitrate_kbps = 0;
  std::chrono::milliseconds buffer_window{5000};
  Dimension width, height;
  H264Profile profile = H264Profile::kAuto;
  std::string level;  // "3.1"; empty: the encoder chooses
  int b_frames = 3, reference_frames = 3;
  int slices = 0;  // 0: the encoder chooses
  bool adaptive_b_frames = true;
  bool cabac = true;
};

struct VideoPlan {
  std::chrono::milliseconds key_frame_interval{2000};
  bool scene_change_detection = false;  // only with one layer
  Effort effort = Effort::kBalanced;
  StretchMode stretch = StretchMode::kAutoSize;
  bool preserve_resolution_after_rotation = false;
  Fraction frame_rate;             // numerator 0: the source's rate; the same for all layers
  std::vector<VideoLayer> layers;  // one at least, unless the plan has an automatic ladder
};

enum class AacProfile : std::uint8_t { kLc, kHeV1, kHeV2 };

struct AudioPlan {
  AacProfile profile = AacProfile::kLc;
  int channels = 2, sampling_rate = 48000, bitrate_kbps = 128;
};

struct EncodePlan {
  std::optional<VideoPlan> video;
  std::optional<AudioPlan> audio;
  std::string file_name;          // template of processing.md 3c.9
  bool interleaved = true;        // audio inside each video file; else in a file of its own
  bool automatic_ladder = false;  // layers are computed from the source (processing.md 3e)
};

// What resolve_plan() makes of a plan for one source.

struct FrameSize {
  int width = 0, height = 0;                  // of the whole frame, even
  int picture_width = 0, picture_height = 0;  // of the picture in its middle, even; bars are black
  bool operator==(const FrameSize&) const = default;
};

struct VideoRendition {
  VideoLayer layer;
  FrameSize size;
};

struct PlannedOutput {
  std::string name;
  std::optional<std::size_t> video;  // index into ResolvedPlan::video
  bool audio = false;
};

struct ResolvedPlan {
  Fraction frame_rate;
  std::chrono::milliseconds key_frame_interval{2000};
  bool scene_change_detection = false;
  Effort effort = Effort::kBalanced;
  std::vector<VideoRendition> video;  // as the preset lists them
  std::optional<AudioPlan> audio;
  std::vector<PlannedOutput> outputs;  // videos first, a file with only audio last; names are distinct
  std::vector<std::string> notes;      // what was done otherwise than asked, for PerfMessage
};

}  // namespace lazulite::encoder
