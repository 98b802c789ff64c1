// A plan meets its source: boxes become sizes, the automatic ladder becomes layers, templates become names. Pure.
#pragma once

#include "encoder/ffmpeg/source_info.hpp"
#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"

#include <string>

namespace lazulite::encoder {

struct SourceFacts {
  std::string name;                           // of the primary file, as the user sees it
  const ffmpeg::StreamInfo* video = nullptr;  // null: the source has none
  const ffmpeg::StreamInfo* audio = nullptr;
  std::int64_t video_bitrate = 0;  // bits per second, measured over the file; 0: unknown
  double video_seconds = 0;        // 0: unknown
  double content_factor = 1;       // what the automatic ladder's rates are multiplied by
  std::string language;            // of the audio; empty: undetermined
};

// Errors: unsupported format when the source lacks what the plan needs, ErrorParsingConfiguration for names that
// collide or have no value.
Result<ResolvedPlan> resolve_plan(const EncodePlan& plan, const SourceFacts& source);

struct SizeRules {
  Dimension width, height;
  StretchMode stretch = StretchMode::kAutoSize;
  bool preserve_resolution_after_rotation = false;
};
// The frame a layer makes of a source picture (processing.md 3c.5). `turned`: rotation metadata turns the picture by a
// quarter.
FrameSize frame_size(const SizeRules& rules, int display_width, int display_height, bool turned);

// Where and how large the pictures are, and what they are called (processing.md 3c.7). Errors: unsupported format for
// times beyond the end, ErrorParsingConfiguration for names and for series that are too long.
Result<ResolvedImages> resolve_images(const ImagePlan& plan, const SourceFacts& source);

// What processing.md 3e gives a picture of that size, in kb/s.
double nominal_kbps(double pixels, double frame_rate);
// From what a sample encode of that size cost: between 0.4 for easy content and 1.2 for hard.
double content_factor(double measured_kbps, double pixels, double frame_rate);
// Rungs below one that is within 20 % of the next are dropped: they would all be at the least rate.
std::vector<VideoLayer> scale_layers(std::vector<VideoLayer> layers, double factor);

// The rungs of processing.md 3e, highest first.
std::vector<VideoLayer> automatic_layers(int display_width, int display_height, double frame_rate,
                                         std::int64_t source_bitrate);

// "AAC_und_ch2_128kbps": an audio track's label in the server manifest and in file names (processing.md 4.2).
std::string audio_title(const AudioPlan& audio, const std::string& language);

}  // namespace lazulite::encoder
