// {Best}: the picture that stands for a video (processing.md 3c.7).
#pragma once

#include "encoder/ffmpeg/picture_reader.hpp"

namespace lazulite::encoder::ffmpeg {

// A part of a video; of unknown length when `seconds` is 0.
struct TimeRange {
  double offset = 0, seconds = 0;
};

// Of a number of pictures from the first part of the range (5 % to 25 %), the one most like all of them, not counting
// those that are nearly black or of one colour.
Result<FramePtr> best_picture(PictureReader& reader, TimeRange range, const std::stop_token& stop);

}  // namespace lazulite::encoder::ffmpeg
