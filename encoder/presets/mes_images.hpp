// Pictures in MES presets (processing.md 3c.7), and what they share with video.
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "encoder/presets/preset_fields.hpp"

#include <string_view>

namespace lazulite::encoder {

struct ImageKind {
  std::string_view codec, format_name, layers;  // "JpgImage", "JpgFormat", "JpgLayers"
  ImageFormat format;
};
// By the name of the codec or of the output format; null when it is neither.
const ImageKind* find_image_kind(std::string_view name);

Result<ImagePlan> compile_image(const Fields& fields, const ImageKind& kind);
// Once the outputs are known: the plan has a file name, with {Index} where that is needed.
Result<void> require_image_name(const ImagePlan& plan);

// Pixels from `least` to 8192, made even, or 1% to 100%; absent when the member is.
Result<Dimension> dimension(const Fields& fields, std::string_view key, int least);
Result<StretchMode> stretch_mode(const Fields& fields);
// "00:00:05", "5%" or the number of a frame; nullopt for anything else.
std::optional<ImageTime> parse_image_time(std::string_view text);

}  // namespace lazulite::encoder
