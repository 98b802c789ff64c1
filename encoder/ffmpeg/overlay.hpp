// What is laid over a clip or over the whole output: pictures, videos and sounds (processing.md 3c.8). Plain values; no
// libav type appears here.
#pragma once

#include "encoder/ffmpeg/source_info.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <optional>

namespace lazulite::encoder::ffmpeg {

// Where it lies, in shares of the picture beneath: 0.5 is its middle or half of its side.
struct OverlayRectangle {
  double left = 0, top = 0, width = 1, height = 1;
};

struct Overlay {
  SourceFile file;
  std::optional<StreamInfo> video, audio;  // what of it is seen and heard
  OverlayRectangle rectangle;
  double opacity = 1, gain = 1;
  OverlayTimes times;  // from the beginning of what it lies on; fades have a start where they have a length
};

}  // namespace lazulite::encoder::ffmpeg
