// Sources in MES presets: clips, streams and filters (processing.md 3c.8).
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "encoder/presets/preset_fields.hpp"

#include <vector>

namespace lazulite::encoder {

Result<std::vector<SourcePlan>> compile_sources(const Fields& preset);

}  // namespace lazulite::encoder
