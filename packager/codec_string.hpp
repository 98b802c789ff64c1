// RFC 6381 codec strings and BCP 47 language tags of tracks (delivery.md 2.8 and 1.5). Pure.
#pragma once

#include "packager/media_index.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite::packager {

enum class HexCase : std::uint8_t { kUpper, kLower };  // upper in DASH, lower in HLS

// "avc1.4D401F", "hvc1.1.6.L93.B0", "mp4a.40.2", "ec-3".
std::string codec_string(const TrackInfo& info, HexCase hex_case);

// RFC 5646 short form of an ISO 639-2 code ("eng" → "en"); a code without a short form, or a tag, comes back in lower
// case.
std::string short_language(std::string_view language);

}  // namespace lazulite::packager
