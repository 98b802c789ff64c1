// How loud the sound of clips is at its loudest, for NormalizeAudio (processing.md 3d).
#pragma once

#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <span>
#include <stop_token>

namespace lazulite::encoder::ffmpeg {

// The largest sample of all clips' sound in the shape of `plan`: 1 is full scale, 0 silence or no sound at all. Decodes
// all of it. Errors as probe().
Result<double> peak_level(std::span<const Clip> clips, const AudioPlan& plan, const std::stop_token& stop);

}  // namespace lazulite::encoder::ffmpeg
