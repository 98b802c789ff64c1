#include "packager/mp4/movie_fragments.hpp"

#include "packager/errors.hpp"
#include "packager/mp4/boxes.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace lazulite::packager::mp4 {
namespace {

constexpr std::size_t kMaxTopLevelBoxes = 4'000'000;  // two boxes a fragment of 2 s: more than 1000 hours of two tracks

constexpr std::int64_t kMaxTime = std::numeric_limits<std::int64_t>::max() / 2;
constexpr std::int64_t kMaxStartShift = std::int64_t{1} << 30U;
constexpr std::uint64_t kLeastSampleBytes = 4;  // on average: frames of digital silence have six

// What a sample has where its trun says nothing: of the trex, replaced by what a tfhd says.
struct Defaults {
  std::uint32_t duration = 0, size = 0, flags = 0;
};

struct FragmentTrack {
  std::uint32_t track_id = 0;
  Defaults defaults;
  std::uint64_t data_base = 0;  // bytes from the start of the file
  std::optional<std::uint64_t> decode_time;
};

// The tables of one track while they grow.
class TrackTables {
 public:
  explicit TrackTables(std::uint64_t file_size) : file_size_(file_size) {}

  Result<void> begin_fragment(std::optional<std::uint64_t> decode_time) {
    if (tables_.fragments.empty() || tables_.fragments.back() != tables_.count) {
      tables_.fragments.push_back(tables_.count);
    }
    if (!decode_time) return {};
    auto time = static_cast<std::int64_t>(*decode_time);
    // Encoder delay before the first sample: decode times begin at 0, presentation at what is stated.
    if (tables_.count == 0 && time < 0) tables_.start_shift = time;
    if (tables_.start_shift < -kMaxStartShift || time > kMaxTime) return bad_input("a fragment begins out of range");
    time -= tables_.start_shift;
    const auto end = static_cast<std::int64_t>(tables_.end_time);
    if (tables_.count > 0 && time < end) {
      return bad_input("decode times of a track run backwards at sample {}", tables_.count);
    }
    if (time == end) return {};
    tables_.end_time = static_cast<std::uint64_t>(time);
    restart_time_ = true;
    return {};
  }

  Result<void> add(const TrackRun::Sample& sample, std::uint64_t offset) {
    if (tables_.count == kMaxSamples) return bad_input("a track has more than {} samples", kMaxSamples);
    if (offset > file_size_ || sample.size > file_size_ - offset) {
      return bad_input("sample {} lies at byte {} with {} bytes, and the file has {}: it is cut short", tables_.count,
                       offset, sample.size, file_size_);
    }
    if (sample.duration > 0x7fffffffU) return bad_input("sample {} has a duration out of range", tables_.count);
    if (restart_time_ || tables_.times.empty() || tables_.times.back().duration != sample.duration) {
      tables_.times.push_back({tables_.count, sample.duration, tables_.end_time});
      restart_time_ = false;
    }
    note_place(tables_, tables_.count, offset, offset == next_offset_);
    next_offset_ = offset + sample.size;
    tables_.sizes.push_back(sample.size);
    tables_.offsets.push_back(sample.composition_time_offset);
    any_offset_ = any_offset_ || sample.composition_time_offset != 0;
    constexpr std::uint32_t kNotSync = 0x00010000;  // sample_is_non_sync_sample
    if ((sample.flags & kNotSync) == 0) tables_.sync.push_back(tables_.count);
    tables_.end_time += sample.duration;
    tables_.total_size += sample.size;
    ++tables_.count;
    return {};
  }

  Result<SampleTables> finish(std::uint32_t timescale) &&;

 private:
  const std::uint64_t file_size_;
  SampleTables tables_;
  std::uint64_t next_offset_ = 0;
  bool restart_time_ = false, any_offset_ = false;
};

Result<SampleTables> TrackTables::finish(std::uint32_t timescale) && {
  if (tables_.count == 0) return SampleTables{};
  if (tables_.end_time <= tables_.times.front().decode_time) return bad_input("a track has no duration");
  if (tables_.end_time / timescale > kMaxSeconds) return bad_input("a track lasts longer than {} seconds", kMaxSeconds);
  const std::int64_t limit = static_cast<std::int64_t>(kMaxCompositionSeconds) * timescale;
  if (std::any_of(tables_.offsets.begin(), tables_.offsets.end(),
                  [limit](std::int32_t offset) { return offset > limit || -std::int64_t{offset} > limit; })) {
    return bad_input("a composition offset is out of range");
  }
  if (!any_offset_) tables_.offsets.clear();
  tables_.all_sync = tables_.sync.size() == tables_.count;
  if (tables_.all_sync) tables_.sync.clear();
  if (tables_.fragments.back() == tables_.count) tables_.fragments.pop_back();
  if (!tables_.all_sync) {  // a chunk within a group of pictures is no place to begin
    std::erase_if(tables_.fragments, [this](std::uint32_t sample) {
      return sample != 0 && !std::binary_search(tables_.sync.begin(), tables_.sync.end(), sample);
    });
  }
  return std::move(tables_);
}

std::map<std::uint32_t, Defaults> read_track_extends(std::span<const BoxView> mvex) {
  std::map<std::uint32_t, Defaults> out;
  for (const BoxView& box : mvex) {
    if (box.type != fourcc("trex")) continue;
    if (const auto trex = read_box<TrackExtends>(box.payload)) {
      out[trex->track_id] = {trex->default_sample_duration, trex->default_sample_size, trex->default_sample_flags};
    }
  }
  return out;
}

class FragmentReader {
 public:
  FragmentReader(std::uint64_t file_size, std::map<std::uint32_t, Defaults> extends)
      : file_size_(file_size),
        max_samples_(std::min<std::uint64_t>(file_size / kLeastSampleBytes, kMaxSamples)),
        extends_(std::move(extends)) {}

  Result<void> read_moof(const BoxView& moof) {
    LAZULITE_TRY(const auto boxes, child_boxes(moof.payload));
    std::uint64_t data_end =
        moof.offset;  // §8.8.7.1: without a base, that is where the first traf's data are counted from
    for (const BoxView& box : boxes) {
      if (box.type != fourcc("traf")) continue;
      LAZULITE_CHECK(read_traf(box, moof.offset, data_end));
    }
    return {};
  }

  std::map<std::uint32_t, TrackTables>& tracks() { return tracks_; }

 private:
  Result<void> read_traf(const BoxView& traf, std::uint64_t moof_offset, std::uint64_t& data_end);
  Result<FragmentTrack> read_header(std::span<const BoxView> boxes, std::uint64_t moof_offset, std::uint64_t data_end);
  Result<void> read_trun(const BoxView& box, const FragmentTrack& track, std::uint64_t& data_end);

  const std::uint64_t file_size_, max_samples_;
  std::uint64_t samples_ = 0;  // of all tracks
  const std::map<std::uint32_t, Defaults> extends_;
  std::map<std::uint32_t, TrackTables> tracks_;
};

// tfdt (§8.8.12), else tfxd ([MS-SSTR] 2.2.4.4); none when the fragment has neither.
std::optional<std::uint64_t> decode_time_of(std::span<const BoxView> boxes) {
  if (const BoxView* box = find_box(boxes, fourcc("tfdt"))) {
    if (const auto tfdt = read_box<TrackFragmentDecodeTime>(box->payload)) return tfdt->base_media_decode_time;
  }
  for (const BoxView& box : boxes) {
    if (box.type != TrackFragmentExtendedHeader::kType) continue;
    const auto tfxd = read_box<TrackFragmentExtendedHeader>(box.payload);
    if (tfxd && tfxd->uuid == TrackFragmentExtendedHeader::kUuid) return tfxd->start;
  }
  return std::nullopt;
}

Result<FragmentTrack> FragmentReader::read_header(std::span<const BoxView> boxes, std::uint64_t moof_offset,
                                                  std::uint64_t data_end) {
  const BoxView* box = find_box(boxes, fourcc("tfhd"));
  if (box == nullptr) return bad_input("a track fragment has no 'tfhd'");
  constexpr std::uint32_t kBaseDataOffset = 0x1, kDescription = 0x2, kDuration = 0x8, kSize = 0x10, kFlags = 0x20;
  BoxReader reader(box->payload);
  FragmentTrack track;
  std::uint32_t version_and_flags = 0, description = 0;
  if (!reader.u(4, version_and_flags) || !reader.u(4, track.track_id)) return bad_input("a 'tfhd' is cut short");
  const std::uint32_t flags = version_and_flags & 0xffffffU;
  if (const auto known = extends_.find(track.track_id); known != extends_.end()) track.defaults = known->second;
  track.data_base = (flags & TrackFragmentHeader::kDefaultBaseIsMoof) != 0 ? moof_offset : data_end;
  if (((flags & kBaseDataOffset) != 0 && !reader.u(8, track.data_base)) ||
      ((flags & kDescription) != 0 && !reader.u(4, description)) ||
      ((flags & kDuration) != 0 && !reader.u(4, track.defaults.duration)) ||
      ((flags & kSize) != 0 && !reader.u(4, track.defaults.size)) ||
      ((flags & kFlags) != 0 && !reader.u(4, track.defaults.flags))) {
    return bad_input("a 'tfhd' is cut short");
  }
  if (description > 1) return bad_input("a track changes its sample description within the file");
  track.decode_time = decode_time_of(boxes);
  return track;
}

Result<void> FragmentReader::read_trun(const BoxView& box, const FragmentTrack& track, std::uint64_t& data_end) {
  constexpr std::uint32_t kFirstFlags = 0x4;
  BoxReader reader(box.payload);
  std::uint32_t version_and_flags = 0, count = 0, first_flags = 0;
  std::int32_t data_offset = 0;
  if (!reader.u(4, version_and_flags) || !reader.u(4, count)) return bad_input("a 'trun' is cut short");
  const std::uint32_t flags = version_and_flags & 0xffffffU;
  if (((flags & TrackRun::kDataOffset) != 0 && !reader.u(4, data_offset)) ||
      ((flags & kFirstFlags) != 0 && !reader.u(4, first_flags))) {
    return bad_input("a 'trun' is cut short");
  }
  // Without an offset, a run's data follow those of the run before (§8.8.8.3).
  std::uint64_t offset = data_end;
  if ((flags & TrackRun::kDataOffset) != 0) {
    const auto sum = static_cast<__int128>(track.data_base) + data_offset;
    if (sum < 0 || sum > static_cast<__int128>(file_size_)) return bad_input("a 'trun' points outside of the file");
    offset = static_cast<std::uint64_t>(sum);
  }
  TrackTables& tables = tracks_.at(track.track_id);
  // A run without fields takes no bytes for a sample: what it announces is held against the media that there can be.
  if (count > max_samples_ - samples_)
    return bad_input("a 'trun' announces {} samples, more than the file holds", count);
  samples_ += count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t own_flags = i == 0 && (flags & kFirstFlags) != 0 ? first_flags : track.defaults.flags;
    TrackRun::Sample sample{track.defaults.duration, track.defaults.size, own_flags, 0};
    if (((flags & TrackRun::kDuration) != 0 && !reader.u(4, sample.duration)) ||
        ((flags & TrackRun::kSize) != 0 && !reader.u(4, sample.size)) ||
        ((flags & TrackRun::kFlags) != 0 && !reader.u(4, sample.flags)) ||
        ((flags & TrackRun::kOffset) != 0 && !reader.u(4, sample.composition_time_offset))) {
      return bad_input("a 'trun' announces {} samples and is shorter", count);
    }
    LAZULITE_CHECK(tables.add(sample, offset));
    offset += sample.size;
  }
  data_end = offset;
  return {};
}

Result<void> FragmentReader::read_traf(const BoxView& traf, std::uint64_t moof_offset, std::uint64_t& data_end) {
  LAZULITE_TRY(const auto boxes, child_boxes(traf.payload));
  LAZULITE_TRY(const auto track, read_header(boxes, moof_offset, data_end));
  constexpr std::size_t kMaxTracks = 64;
  const auto found = tracks_.try_emplace(track.track_id, file_size_).first;
  if (tracks_.size() > kMaxTracks) return bad_input("the file has more than {} tracks", kMaxTracks);
  LAZULITE_CHECK(found->second.begin_fragment(track.decode_time));
  data_end = track.data_base;
  for (const BoxView& box : boxes) {
    if (box.type == fourcc("trun")) LAZULITE_CHECK(read_trun(box, track, data_end));
  }
  return {};
}

}  // namespace

Result<std::map<std::uint32_t, SampleTables>> read_movie_fragments(std::span<const std::uint8_t> file,
                                                                   std::span<const FragmentedTrack> tracks,
                                                                   std::span<const BoxView> mvex) {
  FragmentReader reader(file.size(), read_track_extends(mvex));
  std::uint64_t offset = 0;
  for (std::size_t count = 0; count < kMaxTopLevelBoxes; ++count) {
    LAZULITE_TRY(const auto box, box_at(file, offset));
    if (!box) break;
    if (box->type == fourcc("moof")) {
      if (!box->complete) return bad_input("the file is cut short within a 'moof' box");
      LAZULITE_CHECK(reader.read_moof(*box));
    }
    if (!box->complete) break;
    offset = box->offset + box->whole.size();
  }
  std::map<std::uint32_t, SampleTables> out;
  for (const FragmentedTrack& track : tracks) {
    const auto found = reader.tracks().find(track.id);
    if (found == reader.tracks().end()) continue;
    LAZULITE_TRY(out[track.id], std::move(found->second).finish(track.timescale));
  }
  return out;
}

}  // namespace lazulite::packager::mp4
