// $metadata: the EDMX 1.0 document of the model (api.md 1.8). Internal properties and hidden types are absent.
#pragma once

#include <string>

namespace lazulite::odata {

// Made once; lives as long as the program. Thread-safe.
const std::string& metadata_document();

}  // namespace lazulite::odata
