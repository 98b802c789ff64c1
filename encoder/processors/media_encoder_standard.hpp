// Media Encoder Standard: one input asset into MP4 files, a server manifest and the two metadata files (processing.md
// 3b, 3c, 3e, 4).
#pragma once

#include "encoder/processors/media_processor.hpp"

namespace lazulite::encoder {

std::unique_ptr<MediaProcessor> make_media_encoder_standard();
// Azure Media Encoder and Windows Azure Media Encoder: the same over their own presets (processing.md 3a, 3d).
std::unique_ptr<MediaProcessor> make_azure_media_encoder();

}  // namespace lazulite::encoder
