#include "encoder/ffmpeg/colour.hpp"

namespace lazulite::encoder::ffmpeg {

Colour colour_of(const AVCodecParameters& source, const StreamInfo& stream) {
  const bool hd = stream.height >= 720 || stream.width >= 1280;
  const bool tone_mapped = stream.high_dynamic_range;
  if (tone_mapped) return {AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709};
  Colour colour{source.color_primaries, source.color_trc, source.color_space};
  if (colour.primaries == AVCOL_PRI_UNSPECIFIED) colour.primaries = hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
  if (colour.transfer == AVCOL_TRC_UNSPECIFIED) colour.transfer = hd ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
  if (colour.matrix == AVCOL_SPC_UNSPECIFIED || colour.matrix == AVCOL_SPC_RGB)
    colour.matrix = hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  return colour;
}

}  // namespace lazulite::encoder::ffmpeg
