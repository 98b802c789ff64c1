// Captions in the samples of an MP4: `stpp` of ISO/IEC 14496-30 (`.cmft`), `dfxp` of Smooth Streaming (`.ismt`), each
// sample a TTML document. Pure; views the file's bytes, whatever they are.
#pragma once

#include "packager/captions/caption_track.hpp"
#include "packager/media_index.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <span>

namespace lazulite::packager {

// An ISO base media file, told from its first box.
bool looks_like_mp4(std::span<const std::uint8_t> file);

// All cues of a text track. What was cut at the end of a sample and goes on in the next becomes one cue again.
// Unsupported as parse_ttml().
Result<CaptionTrack> captions_of_samples(const MediaIndex::Track& track, std::span<const std::uint8_t> file);

}  // namespace lazulite::packager
