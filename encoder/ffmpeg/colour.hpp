// How the colours of an encode are described.
#pragma once

#include "encoder/ffmpeg/handles.hpp"
#include "encoder/ffmpeg/source_info.hpp"

namespace lazulite::encoder::ffmpeg {

struct Colour {
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
};

// Of what VideoFilter makes of the stream: the source's own, BT.709 for tone-mapped ones, the usual ones of the size
// where the source is silent (processing.md 7.4).
Colour colour_of(const AVCodecParameters& source, const StreamInfo& stream);

}  // namespace lazulite::encoder::ffmpeg
