// A video whose every frame is a little brighter than the one before, so that a picture tells which frame it is.
#pragma once

#include "tests/unit/encoder/processors/encode_run.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lazulite::encoder {

inline constexpr int kFirstLuma = 30, kLumaStep = 4;

// 10 frames a second of 320x180. `options`: of the encoder; `sound`: an input for ffmpeg, or nothing.
void make_ramp(EncodeRun& run, const std::string& name, const std::string& options, int frames = 50,
               const std::string& sound = "");
inline const std::string kShortGroups = "-c:v libx264 -preset veryfast -qp 5 -g 10 -bf 2";

// Numbers of the ramp's frames that a video shows, in order; rounded, so that small losses do not matter.
std::vector<int> ramp_frames(const std::filesystem::path& video);

// Mean loudness of a part of a file in dB below full scale; about -91 is silence.
double loudness(const std::filesystem::path& path, double from, double seconds);

}  // namespace lazulite::encoder
