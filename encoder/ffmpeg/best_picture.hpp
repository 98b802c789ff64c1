// {Best}: the picture that stands for a video (processing.md 3c.7).
#pragma once

#include "encoder/ffmpeg/picture_reader.hpp"

namespace lazulite::encoder::ffmpeg {

// Of a number of pictures from the first part of the video (5 % to 25 %), the one most like all of them, not counting
// those that are nearly black or of one colour. `seconds`: how long the video lasts; 0 when unknown.
Result<FramePtr> best_picture(PictureReader& reader, double seconds, const std::stop_token& stop);

}  // namespace lazulite::encoder::ffmpeg
