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

enum class Deinterlace : std::uint8_t { kAuto, kOff, kForce };

// Of the source's picture, before it is turned: pixels, or percents of its sides.
struct CropRectangle {
  int x = 0, y = 0, width = 0, height = 0;
  bool percent = false;
};

// A black canvas around the source's picture, before it is turned; pixels, even.
struct PadCanvas {
  int width = 0, height = 0;
  std::optional<int> x, y;  // of the picture on it; nothing: in the middle
};

struct PictureFilters {
  Deinterlace deinterlace = Deinterlace::kAuto;
  std::optional<int> rotation;  // degrees clockwise; nothing: what the metadata say
  std::optional<CropRectangle> crop;
  std::optional<PadCanvas> pad;  // after the crop
};

// Times of an overlay, in seconds of what it lies on.
struct OverlayTimes {
  double start = 0;
  std::optional<double> duration;        // nothing: as long as the overlay or what it lies on lasts
  std::optional<double> fade_in_start;   // nothing: `start`
  std::optional<double> fade_out_start;  // nothing: so that the fade ends with the overlay
  double fade_in_seconds = 0, fade_out_seconds = 0;
  int plays = 1;   // times the overlay is shown one after the other; 0: without end
  double gap = 0;  // between them
};

// Something laid over the pictures, the sound or both (processing.md 3c.8, 3d).
struct OverlayPlan {
  std::string source;  // a file of the source's asset, or the number of an input of the task
  bool visible = true;
  Dimension x, y, width, height;  // of the picture as it is seen; without a size: the overlay's own
  double opacity = 1;
  double gain = 0;  // of its sound, which is added; 0: not heard
  OverlayTimes times;
};

// Which of several streams of one kind a source gives.
struct StreamPick {
  enum class Kind : std::uint8_t { kTop, kLowest, kAll, kTrack };
  Kind kind = Kind::kTop;
  int track = 0;
};

// A clip of one input; processing.md 3c.8.
struct SourcePlan {
  std::string asset_guid;                                 // lower case; empty: by index
  std::optional<std::size_t> input_index;                 // of the task's inputs; nothing: in their order
  std::optional<double> start_seconds, duration_seconds;  // on the source's own time line
  StreamPick video, audio;
  PictureFilters filters;
  std::vector<OverlayPlan> overlays;  // over this clip; the first lies lowest
};

// What becomes of a source without video; processing.md 3c.3.
enum class BlackVideo : std::uint8_t { kNone, kAllLayers, kBottomLayer };

// One H.264 encode; processing.md 3c.4.
struct VideoLayer {
  int bitrate_kbps = 0, max_bitrate_kbps = 0;
  int constant_quality = 0;  // above 0: x264's CRF instead of a rate; only for analysis
  std::chrono::milliseconds buffer_window{5000};
  Dimension width, height;
  H264Profile profile = H264Profile::kAuto;
  std::string level;  // "3.1"; empty: the encoder chooses
  int b_frames = 3, reference_frames = 3;
  int slices = 0;  // 0: the encoder chooses
  bool adaptive_b_frames = true;
  bool cabac = true;
  bool in_loop_filter = true;
};

struct VideoPlan {
  std::chrono::milliseconds key_frame_interval{2000};
  bool scene_change_detection = false;  // only with one layer
  Effort effort = Effort::kBalanced;
  StretchMode stretch = StretchMode::kAutoSize;
  bool preserve_resolution_after_rotation = false;
  BlackVideo black = BlackVideo::kNone;
  Fraction frame_rate;             // numerator 0: the source's rate; the same for all layers
  std::vector<VideoLayer> layers;  // one at least, unless the plan has an automatic ladder
};

enum class AacProfile : std::uint8_t { kLc, kHeV1, kHeV2 };

struct AudioPlan {
  AacProfile profile = AacProfile::kLc;
  int channels = 2, sampling_rate = 48000, bitrate_kbps = 128;
  bool operator==(const AudioPlan&) const = default;
};

// What the media are written into. Smooth: fragmented files of one track each, .ismv and .isma, with their client
// manifest (processing.md 4.3).
enum class Container : std::uint8_t { kMp4, kTransportStream, kSmooth };

enum class ImageFormat : std::uint8_t { kJpg, kPng, kBmp };

// A point of a source's time line (processing.md 3c.7).
struct ImageTime {
  enum class Unit : std::uint8_t { kSeconds, kPercent, kFrame };
  Unit unit = Unit::kSeconds;
  double value = 0;
};

// Pictures at start, start + step, … up to and with `end`; only one where there is no step. The one at `start` is
// always made.
struct ImageSpan {
  ImageTime start;
  std::optional<ImageTime> step, end;
};

struct ImageLayer {
  Dimension width, height;
  int quality = 90;  // 1 to 100, JPG only
};

struct ImagePlan {
  ImageFormat format = ImageFormat::kJpg;
  bool best = false;  // one picture that stands for the whole; spans are ignored
  std::vector<ImageSpan> spans;
  std::vector<ImageLayer> layers;
  int sprite_columns = 0;  // above 0: all pictures of a layer as tiles of one
  StretchMode stretch = StretchMode::kAutoSize;
  bool preserve_resolution_after_rotation = false;
  std::string file_name;
};

struct EncodePlan {
  std::vector<SourcePlan> sources;    // in output order; none: the whole input
  std::vector<OverlayPlan> overlays;  // over the whole output, above those of the sources
  std::optional<VideoPlan> video;
  bool copy_video = false, copy_audio = false;  // as they are, beside or instead of encodes
  bool silence_if_no_audio = false;
  double audio_gain = 1;         // of the sources' sound
  bool normalize_audio = false;  // that sound is raised until its peak is at full scale
  std::optional<AudioPlan> audio;
  std::vector<AudioPlan> audio_files;  // further files of sound alone
  std::vector<ImagePlan> images;
  std::string file_name;         // template of processing.md 3c.9
  std::string silent_file_name;  // the same for video without sound; empty: file_name
  std::string audio_file_name;   // the same for sound alone beside video; empty: named after the track
  Container container = Container::kMp4;
  bool interleaved = true;        // audio inside each video file; else in a file of its own
  bool automatic_ladder = false;  // layers are computed from the source (processing.md 3e)
  bool content_adaptive = false;  // those layers are scaled by what the content needs
  bool server_manifest = true;    // an .ism beside the media
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

struct AudioRendition {
  AudioPlan encode;      // as it is encoded
  AudioPlan configured;  // as it is called in names and manifests
};

struct PlannedOutput {
  std::string name;
  std::optional<std::size_t> video, audio;  // indices into ResolvedPlan's lists
  bool copies_video = false, copies_audio = false;
};

// One layer of an ImagePlan, for one source.
struct ResolvedImageLayer {
  FrameSize size;
  int quality = 90;
  std::vector<std::string> names;  // as ResolvedImages::times; of a sprite one
  std::string track_name;          // of the sprite's WebVTT file
};

struct ResolvedImages {
  ImageFormat format = ImageFormat::kJpg;
  bool best = false;
  std::vector<double> times;  // seconds from the start of the video, ascending; one (not looked at) with `best`
  double tolerance = 0;       // seconds by which a picture may be off, so that it can be a key frame
  int sprite_columns = 0;
  std::vector<ResolvedImageLayer> layers;
};

struct ResolvedPlan {
  Fraction frame_rate;
  std::chrono::milliseconds key_frame_interval{2000};
  bool scene_change_detection = false;
  Effort effort = Effort::kBalanced;
  Container container = Container::kMp4;
  std::vector<VideoRendition> video;  // as the preset lists them
  std::vector<AudioRendition> audio;
  double audio_gain = 1;  // of the sources' sound
  bool copy_video = false;
  std::optional<VideoRendition> copied_video;  // what the source has
  std::optional<AudioPlan> copied_audio;
  std::vector<PlannedOutput> outputs;  // videos first, files of sound alone last; names are distinct
  std::vector<ResolvedImages> images;  // as EncodePlan::images
  std::vector<std::string> notes;      // what was done otherwise than asked, for PerfMessage

  // What an output has of each kind, or null.
  [[nodiscard]] const VideoRendition* video_of(const PlannedOutput& output) const {
    if (output.copies_video) return &*copied_video;
    return output.video ? &video[*output.video] : nullptr;
  }
  [[nodiscard]] const AudioPlan* audio_of(const PlannedOutput& output) const {
    if (output.copies_audio) return &*copied_audio;
    return output.audio ? &audio[*output.audio].configured : nullptr;
  }
};

}  // namespace lazulite::encoder
