// Sources, clips, crop and deinterlacing in the XML of the older encoders (processing.md 3d).
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"

#include <vector>

namespace pugi {
class xml_node;
}

namespace lazulite::encoder {

// Of one MediaFile; none when it takes its input as it is.
Result<std::vector<SourcePlan>> read_azure_sources(const pugi::xml_node& media_file);

}  // namespace lazulite::encoder
