// Smooth Streaming [MS-SSTR]: client manifest 2.2 (with repeat counts) and 2.0, and its fragments
// (delivery.md 1.5, 2.5).
#pragma once

#include "packager/formats/format.hpp"

namespace lazulite::packager {

extern const StreamingFormat kSmoothFormat;    // no format=
extern const StreamingFormat kSmooth20Format;  // fmp4-v20

}  // namespace lazulite::packager
