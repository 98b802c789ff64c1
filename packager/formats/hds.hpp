// Adobe HTTP Dynamic Streaming (delivery.md 1.5): F4M manifests with their bootstrap, F4F fragments of FLV tags, audio
// muxed into every level.
#pragma once

#include "packager/formats/format.hpp"

namespace lazulite::packager {

extern const StreamingFormat kHdsFormat;  // f4m-f4f

}  // namespace lazulite::packager
