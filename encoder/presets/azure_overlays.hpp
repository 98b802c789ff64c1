// What a MediaFile of Azure Media Encoder says about overlays and about the loudness of its own sound (processing.md
// 3d).
#pragma once

#include "encoder/presets/encode_plan.hpp"

namespace pugi {
class xml_node;
}

namespace lazulite::encoder {

// Adds to plan.overlays, and sets the gain of the sources' sound. Errors: ErrorParsingConfiguration with the
// attribute's name.
Result<void> read_azure_overlays(const pugi::xml_node& media_file, EncodePlan& plan);

}  // namespace lazulite::encoder
