// TTML (W3C, "Timed Text Markup Language", and its profile IMSC1 text): files of it are read into cues, and cues are
// written as the documents that DASH (`stpp`, ISO/IEC 14496-30) and Smooth (`TTML`) carry in fragments. Pure.
//
// Read: timing in every form and nesting, lines, bold, italic and underlined text, alignment, top or bottom. Colours,
// fonts and exact places are left to the player.
#pragma once

#include "packager/captions/caption_track.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite::packager {

// Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED: no XML, another root than tt, deeper than 64 elements, more cues or a
// larger one than CaptionTrack takes.
Result<CaptionTrack> parse_ttml(std::string_view bytes);

// The document of the fragment [start, end) in ticks: the cues that are seen in it, cut to it, in presentation time
// less `base`.
std::string write_ttml(const CaptionTrack& track, std::uint64_t start, std::uint64_t end, std::uint64_t base,
                       std::string_view language);

}  // namespace lazulite::packager
