#include "packager/formats/muxed_audio.hpp"

namespace lazulite::packager {
namespace {

// The first frame that is presented at that time, in ticks, or later. Audio is in order of presentation.
std::uint32_t first_at(const Level& level, std::int64_t ticks) {
  const SampleTable& samples = level.samples();
  const TrackInfo& info = level.info();
  std::uint32_t low = 0, high = samples.count();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const auto time = static_cast<std::int64_t>(samples.decode_time(middle)) + info.presentation_shift;
    if (to_ticks_signed(time, info.timescale) < ticks) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

SampleRange muxed_audio_frames(const Level& audio, const TrackPlan& video, std::size_t first, std::size_t count) {
  const auto& fragments = video.fragments();
  const std::uint32_t from = first == 0 ? 0 : first_at(audio, static_cast<std::int64_t>(fragments[first].start));
  const std::uint32_t end = first + count == fragments.size()
                                ? audio.samples().count()
                                : first_at(audio, static_cast<std::int64_t>(fragments[first + count].start));
  return {from, end - from};
}

}  // namespace lazulite::packager
