// Which audio frames go into a segment that holds video and audio together: HLS version 3 and HDS (delivery.md 2.7).
// Pure.
#pragma once

#include "packager/presentation.hpp"

#include <cstddef>
#include <cstdint>

namespace lazulite::packager {

struct SampleRange {
  std::uint32_t first = 0, count = 0;
};

// The frames that sound with the `count` fragments of a video plan from `first` on: those with start <= presentation
// time < end. What sounds before the first fragment or after the last belongs to the first or last, so that nothing is
// lost.
SampleRange muxed_audio_frames(const Level& audio, const TrackPlan& video, std::size_t first, std::size_t count);

}  // namespace lazulite::packager
