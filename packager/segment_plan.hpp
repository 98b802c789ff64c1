// SegmentPlan: all timing maths of the origin, once, for every format (delivery.md 2.2 and 2.3): where fragments begin,
// how long they last, which samples they hold, and which fragments make one TS segment. Pure values and functions.
#pragma once

#include "packager/media_index.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lazulite::packager {

// Everything public is in ticks of 1/10 000 000 s.
inline constexpr std::uint64_t kTicksPerSecond = 10'000'000;

// floor(time × 10^7 / timescale). Exact: the product is taken in 128 bits where 64 do not hold it.
constexpr std::uint64_t to_ticks(std::uint64_t time, std::uint32_t timescale) {
  if (time <= UINT64_MAX / kTicksPerSecond) return time * kTicksPerSecond / timescale;
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(time) * kTicksPerSecond / timescale);
}
// The same for times that may be negative (presentation times); rounds towards minus infinity.
constexpr std::int64_t to_ticks_signed(std::int64_t time, std::uint32_t timescale) {
  if (time >= 0) return static_cast<std::int64_t>(to_ticks(static_cast<std::uint64_t>(time), timescale));
  const auto product = static_cast<__int128>(time) * static_cast<std::int64_t>(kTicksPerSecond);
  const auto quotient = product / timescale;
  return static_cast<std::int64_t>(product % timescale < 0 ? quotient - 1 : quotient);
}

struct Fragment {
  std::uint64_t start = 0;     // ticks; its name in URLs, tfxd and tfdt
  std::uint64_t duration = 0;  // ticks, up to the next fragment's start
  std::uint32_t first_sample = 0, sample_count = 0;

  [[nodiscard]] std::uint64_t end() const { return start + duration; }
  bool operator==(const Fragment&) const = default;
};

// The fragments of one track in order of time; they cover every sample exactly once.
class TrackPlan {
 public:
  TrackPlan() = default;
  explicit TrackPlan(std::vector<Fragment> fragments) : fragments_(std::move(fragments)) {}

  [[nodiscard]] const std::vector<Fragment>& fragments() const { return fragments_; }
  // Position of the fragment that starts exactly there.
  [[nodiscard]] std::optional<std::size_t> find(std::uint64_t start) const;
  // Position of the fragment that holds that time; the last one for a time past the end.
  [[nodiscard]] std::size_t at(std::uint64_t time) const;
  // The fragments [first, last) alone.
  [[nodiscard]] TrackPlan slice(std::size_t first, std::size_t last) const;
  [[nodiscard]] std::uint64_t end() const { return fragments_.empty() ? 0 : fragments_.back().end(); }
  [[nodiscard]] std::uint64_t longest() const;

 private:
  std::vector<Fragment> fragments_;
};

// Neighbouring fragments of equal duration, as manifests write them (Smooth `c`, DASH `S`). Only equal neighbours
// merge.
struct TimelineRun {
  std::uint64_t start = 0, duration = 0;  // ticks; of the first fragment, of each
  std::size_t count = 0;
  bool contiguous = false;  // starts where the run before ends; false for the first
};
std::vector<TimelineRun> timeline_runs(const TrackPlan& plan);

// A TS segment: `count` neighbouring fragments, named by the start of the first (delivery.md 1.5).
struct SegmentGroup {
  std::size_t first_fragment = 0, count = 0;
  std::uint64_t start = 0, duration = 0;  // ticks
  std::uint32_t first_sample = 0, sample_count = 0;
};
// All groups of `size` fragments; the last may have fewer. size >= 1.
std::vector<SegmentGroup> group_fragments(const TrackPlan& plan, std::size_t size);
// The group that starts exactly there.
std::optional<SegmentGroup> find_group(const TrackPlan& plan, std::size_t size, std::uint64_t start);

// What happens when the renditions' sync samples do not lie at the same times.
enum class Alignment : std::uint8_t {
  kStrict,     // refused: Unsupported, MPE_KEY_FRAME_INTERVAL_TOO_LARGE
  kIntersect,  // cut only where all of them have a sync sample
};

struct PlanOptions {
  std::uint32_t fragment_seconds = 2;  // a video fragment lasts at least this long
  Alignment alignment = Alignment::kStrict;
  std::uint32_t max_fragment_seconds = 20;  // a longer one is refused: MPE_KEY_FRAME_INTERVAL_TOO_LARGE
};

// One plan for each rendition, in the order given. All have the starts and durations of the first: a rendition's own
// sync samples may differ from them by up to half a frame. Unsupported as above.
Result<std::vector<TrackPlan>> plan_video(std::span<const MediaIndex::Track* const> renditions,
                                          const PlanOptions& options);
// The fragments of a fragmented source as they are stored; else every fragment holds ceil(target × sample_rate /
// samples_per_frame) frames, the last one the rest. `target_ticks` is the duration of the first video fragment, or
// fragment_seconds without video.
Result<TrackPlan> plan_audio(const MediaIndex::Track& track, std::uint64_t target_ticks, const PlanOptions& options);

// Frames of a full audio fragment, by the rule above.
std::uint32_t audio_frames_per_fragment(const TrackInfo& info, std::uint64_t target_ticks);

}  // namespace lazulite::packager
