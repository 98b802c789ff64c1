// The overlays among the filters of a MES source (processing.md 3c.8).
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "encoder/presets/preset_fields.hpp"

#include <vector>

namespace lazulite::encoder {

// Of VideoOverlay and AudioOverlay, each one object or a list. At most kMaxOverlays of them.
inline constexpr std::size_t kMaxOverlays = 16;
Result<std::vector<OverlayPlan>> compile_overlays(const Fields& filters);

}  // namespace lazulite::encoder
