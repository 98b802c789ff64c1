#include "packager/segment_plan.hpp"

#include "packager/errors.hpp"

#include <algorithm>

namespace lazulite::packager {
namespace {

// A fragment boundary of the first rendition, and the sample that stands there in each rendition.
struct Boundary {
  std::vector<std::uint32_t> samples;
};

std::uint64_t start_of(const MediaIndex::Track& track, std::uint32_t sample) {
  return to_ticks(track.samples.decode_time(sample), track.info.timescale);
}

// The sync sample of `track` within half a frame of that sample of `first`; nullopt when there is none.
std::optional<std::uint32_t> aligned_sync(const MediaIndex::Track& first, std::uint32_t sample,
                                          const MediaIndex::Track& track) {
  const std::uint64_t time = start_of(first, sample);
  const std::uint64_t half = (start_of(first, sample + 1) - time) / 2 + 1;
  const std::uint64_t low = time > half ? time - half : 0;
  const auto earliest =
      static_cast<std::uint64_t>(static_cast<unsigned __int128>(low) * track.info.timescale / kTicksPerSecond);
  const std::uint32_t found = track.samples.next_sync(track.samples.first_at_or_after(earliest));
  if (found >= track.samples.count() || start_of(track, found) > time + half) return std::nullopt;
  return found;
}

// The boundary at that sync sample of the first rendition, or nullopt when another rendition has none there.
std::optional<Boundary> boundary_at(std::span<const MediaIndex::Track* const> renditions, std::uint32_t sample) {
  Boundary boundary{{sample}};
  for (const auto* track : renditions.subspan(1)) {
    const auto aligned = aligned_sync(*renditions[0], sample, *track);
    if (!aligned) return std::nullopt;
    boundary.samples.push_back(*aligned);
  }
  return boundary;
}

// Where a fragment may begin, walked in order: the fragments of a fragmented source stay as they are stored
// (delivery.md 2.3), but for pieces of them (CMAF chunks); else sync samples at least `fragment_seconds` apart.
class Candidates {
 public:
  Candidates(const MediaIndex::Track& track, const PlanOptions& options)
      : samples_(track.samples),
        stored_(track.samples.stored_fragments()),
        target_(stored_.empty() ? std::uint64_t{options.fragment_seconds} * track.info.timescale
                                : track.info.timescale / 2) {}

  // The first one for a fragment that follows the one that begins at `sample`; count() when there is none.
  [[nodiscard]] std::uint32_t after(std::uint32_t sample) const {
    return at_or_after(std::max(samples_.first_at_or_after(samples_.decode_time(sample) + target_), sample + 1));
  }
  [[nodiscard]] std::uint32_t next(std::uint32_t sample) const { return at_or_after(sample + 1); }

 private:
  [[nodiscard]] std::uint32_t at_or_after(std::uint32_t sample) const {
    if (stored_.empty()) return samples_.next_sync(sample);
    const auto found = std::lower_bound(stored_.begin(), stored_.end(), sample);
    return found == stored_.end() ? samples_.count() : *found;
  }

  const SampleTable& samples_;
  const std::span<const std::uint32_t> stored_;
  const std::uint64_t target_;  // track timescale
};

Result<std::vector<Boundary>> find_boundaries(std::span<const MediaIndex::Track* const> renditions,
                                              const PlanOptions& options) {
  const MediaIndex::Track& first = *renditions[0];
  const SampleTable& samples = first.samples;
  const Candidates candidates(first, options);
  std::vector<Boundary> boundaries{Boundary{std::vector<std::uint32_t>(renditions.size(), 0)}};
  for (;;) {
    std::uint32_t sample = candidates.after(boundaries.back().samples[0]);
    std::optional<Boundary> boundary;
    for (; sample < samples.count() && !boundary; sample = candidates.next(sample)) {
      boundary = boundary_at(renditions, sample);
      if (boundary || options.alignment == Alignment::kIntersect) continue;
      return fail_with(ErrorCode::kUnsupported, mpe::kKeyFrameInterval,
                       "the renditions are not aligned: not all have a key frame at {} ticks", start_of(first, sample));
    }
    if (!boundary) return boundaries;
    for (std::size_t i = 0; i < renditions.size(); ++i) {
      if (boundary->samples[i] <= boundaries.back().samples[i])
        return bad_input("renditions with key frames too close");
    }
    boundaries.push_back(std::move(*boundary));
  }
}

Result<void> check_length(const Fragment& fragment, const PlanOptions& options) {
  if (fragment.duration <= options.max_fragment_seconds * kTicksPerSecond) return {};
  return fail_with(ErrorCode::kUnsupported, mpe::kKeyFrameInterval,
                   "the fragment at {} ticks would last {} ticks, more than {} s: key frames are too far apart",
                   fragment.start, fragment.duration, options.max_fragment_seconds);
}

}  // namespace

std::optional<std::size_t> TrackPlan::find(std::uint64_t start) const {
  const auto found = std::lower_bound(fragments_.begin(), fragments_.end(), start,
                                      [](const Fragment& f, std::uint64_t time) { return f.start < time; });
  if (found == fragments_.end() || found->start != start) return std::nullopt;
  return static_cast<std::size_t>(found - fragments_.begin());
}

std::size_t TrackPlan::at(std::uint64_t time) const {
  const auto after = std::upper_bound(fragments_.begin(), fragments_.end(), time,
                                      [](std::uint64_t t, const Fragment& f) { return t < f.start; });
  return after == fragments_.begin() ? 0 : static_cast<std::size_t>(after - fragments_.begin() - 1);
}

TrackPlan TrackPlan::slice(std::size_t first, std::size_t last) const {
  const auto at = [this](std::size_t position) { return fragments_.begin() + static_cast<std::ptrdiff_t>(position); };
  return TrackPlan({at(first), at(last)});
}

std::uint64_t TrackPlan::longest() const {
  std::uint64_t longest = 0;
  for (const auto& fragment : fragments_) longest = std::max(longest, fragment.duration);
  return longest;
}

std::vector<TimelineRun> timeline_runs(const TrackPlan& plan) {
  std::vector<TimelineRun> runs;
  std::uint64_t expected = 0;
  for (const auto& fragment : plan.fragments()) {
    const bool contiguous = !runs.empty() && fragment.start == expected;
    if (contiguous && runs.back().duration == fragment.duration) {
      ++runs.back().count;
    } else {
      runs.push_back({fragment.start, fragment.duration, 1, contiguous});
    }
    expected = fragment.end();
  }
  return runs;
}

namespace {

SegmentGroup make_group(const TrackPlan& plan, std::size_t first, std::size_t size) {
  const auto& fragments = plan.fragments();
  SegmentGroup group;
  group.first_fragment = first;
  group.count = std::min(size, fragments.size() - first);
  group.start = fragments[first].start;
  group.duration = fragments[first + group.count - 1].end() - group.start;
  group.first_sample = fragments[first].first_sample;
  for (std::size_t i = first; i < first + group.count; ++i) group.sample_count += fragments[i].sample_count;
  return group;
}

}  // namespace

std::vector<SegmentGroup> group_fragments(const TrackPlan& plan, std::size_t size) {
  std::vector<SegmentGroup> groups;
  for (std::size_t i = 0; i < plan.fragments().size(); i += size) groups.push_back(make_group(plan, i, size));
  return groups;
}

std::optional<SegmentGroup> find_group(const TrackPlan& plan, std::size_t size, std::uint64_t start) {
  const auto first = plan.find(start);
  if (!first || *first % size != 0) return std::nullopt;
  return make_group(plan, *first, size);
}

Result<std::vector<TrackPlan>> plan_video(std::span<const MediaIndex::Track* const> renditions,
                                          const PlanOptions& options) {
  LAZULITE_TRY(const auto boundaries, find_boundaries(renditions, options));
  const MediaIndex::Track& first = *renditions[0];
  std::vector<std::vector<Fragment>> plans(renditions.size());
  for (std::size_t b = 0; b < boundaries.size(); ++b) {
    const bool last = b + 1 == boundaries.size();
    Fragment fragment;
    fragment.start = start_of(first, boundaries[b].samples[0]);
    const std::uint64_t end = start_of(first, last ? first.samples.count() : boundaries[b + 1].samples[0]);
    fragment.duration = end - fragment.start;
    LAZULITE_CHECK(check_length(fragment, options));
    for (std::size_t i = 0; i < renditions.size(); ++i) {
      const std::uint32_t next = last ? renditions[i]->samples.count() : boundaries[b + 1].samples[i];
      fragment.first_sample = boundaries[b].samples[i];
      fragment.sample_count = next - fragment.first_sample;
      plans[i].push_back(fragment);
    }
  }
  return std::vector<TrackPlan>(std::make_move_iterator(plans.begin()), std::make_move_iterator(plans.end()));
}

std::uint32_t audio_frames_per_fragment(const TrackInfo& info, std::uint64_t target_ticks) {
  const auto product = static_cast<unsigned __int128>(target_ticks) * info.sample_rate;
  const auto divisor = static_cast<unsigned __int128>(kTicksPerSecond) * info.samples_per_frame;
  return static_cast<std::uint32_t>(std::max<unsigned __int128>((product + divisor - 1) / divisor, 1));
}

Result<TrackPlan> plan_audio(const MediaIndex::Track& track, std::uint64_t target_ticks, const PlanOptions& options) {
  const std::uint32_t frames = audio_frames_per_fragment(track.info, target_ticks);
  const std::uint32_t count = track.samples.count();
  const bool stored = !track.samples.stored_fragments().empty();
  const Candidates candidates(track, options);
  std::vector<Fragment> fragments;
  fragments.reserve(stored ? track.samples.stored_fragments().size() : count / frames + 1);
  for (std::uint32_t sample = 0; sample < count;) {
    Fragment fragment;
    fragment.start = start_of(track, sample);
    fragment.first_sample = sample;
    fragment.sample_count = stored ? candidates.after(sample) - sample : std::min(frames, count - sample);
    sample += fragment.sample_count;
    fragment.duration = start_of(track, sample) - fragment.start;
    if (fragment.duration == 0) return bad_input("audio frames of track {} have no duration", track.info.id);
    LAZULITE_CHECK(check_length(fragment, options));
    fragments.push_back(fragment);
  }
  return TrackPlan(std::move(fragments));
}

}  // namespace lazulite::packager
