// Which AAC bit rates a profile, channel count and sampling rate allow (processing.md 3c.6).
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"

namespace lazulite::encoder {

// ErrorParsingConfiguration, with the limits, for combinations the table has not.
Result<void> require_valid_aac(const AudioPlan& plan);

}  // namespace lazulite::encoder
