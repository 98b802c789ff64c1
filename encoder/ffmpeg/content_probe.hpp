// How hard a video is to encode: what a quick encode of samples at constant quality costs (processing.md 3e). No libav
// type appears here.
#pragma once

#include "encoder/ffmpeg/transcoder.hpp"

#include <stop_token>

namespace lazulite::encoder::ffmpeg {

struct ContentProbe {
  Clip clip;           // only its video is read
  FrameSize size;      // of the sample encode
  Fraction rate;       // of its pictures
  double seconds = 0;  // how long the clip is; 0: unknown, then only its beginning is looked at
  unsigned threads = 1;
  std::stop_token stop;
};

// Bits per second. Errors as transcode().
Result<double> measure_content(const ContentProbe& probe);

}  // namespace lazulite::encoder::ffmpeg
