// The initialization segment of one track, ftyp + moov (delivery.md 2.6): one track, no samples, media timescale 10^7.
#pragma once

#include "packager/media_index.hpp"

#include <cstdint>
#include <string>

namespace lazulite::packager::mp4 {

// track_ID in every init segment and fragment that goes out, whatever it is in the source: 1 video, 2 audio, 3 text.
// Equal in all renditions, so that a player may switch between them.
constexpr std::uint32_t output_track_id(TrackKind kind) { return static_cast<std::uint32_t>(kind) + 1; }

// `cmaf`: brands of ISO/IEC 23000-19 in place of those of DASH. An audio track's presentation shift becomes an edit
// list, as its fragments carry no composition offsets.
std::string write_init_segment(const TrackInfo& info, std::uint64_t bitrate, bool cmaf);

}  // namespace lazulite::packager::mp4
