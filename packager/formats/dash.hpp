// MPEG-DASH, live profile with SegmentTimeline (ISO/IEC 23009-1), over CSF or CMAF segments (delivery.md 1.5, 2.6).
#pragma once

#include "packager/formats/format.hpp"

namespace lazulite::packager {

extern const StreamingFormat kDashCsfFormat;   // mpd-time-csf
extern const StreamingFormat kDashCmafFormat;  // mpd-time-cmaf

}  // namespace lazulite::packager
