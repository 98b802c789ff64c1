// The client manifest of a Smooth Streaming set, the ".ismc" file (processing.md 4.3, [MS-SSTR] 2.2.2). Pure.
#pragma once

#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <span>
#include <string>

namespace lazulite::encoder {

// `written` belongs to plan.outputs, in that order.
std::string client_manifest(const ResolvedPlan& plan, std::span<const ffmpeg::WrittenFile> written);

}  // namespace lazulite::encoder
