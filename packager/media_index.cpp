#include "packager/media_index.hpp"

#include "packager/media_index_layout.hpp"
#include "packager/mp4/codec_config.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lazulite::packager {
namespace {

Error damaged(const char* what) { return fail(ErrorCode::kInvalidArgument, "a media index is damaged: {}", what); }

// The entries of a section, or an error when it does not lie within the index.
template <class T>
Result<std::span<const T>> section(std::span<const std::uint8_t> bytes, layout::Section where) {
  if (where.offset % 8 != 0 || where.offset > bytes.size() || where.count > (bytes.size() - where.offset) / sizeof(T)) {
    return damaged("a section lies outside");
  }
  return std::span<const T>{reinterpret_cast<const T*>(bytes.data() + where.offset),
                            static_cast<std::size_t>(where.count)};
}

Result<TrackInfo> read_info(std::span<const std::uint8_t> bytes, const layout::TrackRecord& record) {
  if (record.timescale == 0 || record.kind > 2 || record.codec > static_cast<std::uint8_t>(Codec::kTtml))
    return damaged("a track record");
  TrackInfo info;
  info.id = record.id;
  info.kind = static_cast<TrackKind>(record.kind);
  info.codec = static_cast<Codec>(record.codec);
  info.sample_entry.assign(record.sample_entry.data(), record.sample_entry.size());
  info.timescale = record.timescale;
  info.language.assign(record.language.data(), 3);
  info.bitrate = record.bitrate;
  info.presentation_shift = record.presentation_shift;
  info.composition_delay = record.composition_delay;
  info.width = record.width;
  info.height = record.height;
  info.display_width = record.display_width;
  info.display_height = record.display_height;
  info.sample_rate = record.sample_rate;
  info.channels = record.channels;
  info.audio_object_type = record.audio_object_type;
  info.samples_per_frame = record.samples_per_frame;
  LAZULITE_TRY(const auto config, section<std::uint8_t>(bytes, record.codec_config));
  LAZULITE_TRY(const auto extra, section<std::uint8_t>(bytes, record.extra_boxes));
  info.codec_config.assign(config.begin(), config.end());
  info.extra_boxes.assign(extra.begin(), extra.end());
  if (info.kind == TrackKind::kVideo) {
    const bool in_band = info.sample_entry == "avc3" || info.sample_entry == "hev1";
    LAZULITE_TRY(auto sets, info.codec == Codec::kH264 ? mp4::parse_avc_config(info.codec_config, in_band)
                                                       : mp4::parse_hevc_config(info.codec_config, in_band));
    info.nal_length_size = sets.nal_length_size;
    info.vps = std::move(sets.vps);
    info.sps = std::move(sets.sps);
    info.pps = std::move(sets.pps);
  }
  return info;
}

}  // namespace

Result<std::shared_ptr<const MediaIndex>> MediaIndex::load(std::vector<std::uint64_t> block, std::size_t size) {
  if (size > block.size() * sizeof(std::uint64_t)) return damaged("it is cut short");
  std::shared_ptr<MediaIndex> index(new MediaIndex());  // the constructor is private
  index->block_ = std::move(block);
  LAZULITE_CHECK(index->attach({reinterpret_cast<const std::uint8_t*>(index->block_.data()), size}));
  return std::shared_ptr<const MediaIndex>(std::move(index));
}

Result<std::shared_ptr<const MediaIndex>> MediaIndex::load(std::shared_ptr<const files::MappedFile> file) {
  std::shared_ptr<MediaIndex> index(new MediaIndex());
  index->file_ = std::move(file);
  LAZULITE_CHECK(index->attach(index->file_->bytes()));
  return std::shared_ptr<const MediaIndex>(std::move(index));
}

Result<void> MediaIndex::attach(std::span<const std::uint8_t> bytes) {
  layout::IndexHeader header;
  if (bytes.size() < sizeof header) return damaged("it is cut short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != layout::kMagic || header.version != layout::kVersion) return damaged("another version");
  if (header.total_size != bytes.size()) return damaged("it is cut short");
  if (layout::checksum(bytes.subspan(layout::kChecksumFrom)) != header.checksum) return damaged("its checksum");
  LAZULITE_TRY(const auto records, section<layout::TrackRecord>(bytes, {sizeof header, header.track_count}));
  for (const auto& record : records) {
    Track track;
    LAZULITE_TRY(track.info, read_info(bytes, record));
    SampleTable& samples = track.samples;
    samples.count_ = record.sample_count;
    samples.size_width_ = record.size_width;
    samples.constant_size_ = record.constant_size;
    samples.all_sync_ = record.all_sync != 0;
    samples.offset_width_ = record.offset_width;
    LAZULITE_TRY(const auto sizes, section<std::uint8_t>(bytes, record.sizes));
    LAZULITE_TRY(const auto offset_index, section<std::uint8_t>(bytes, record.offset_index));
    LAZULITE_TRY(samples.offset_values_, section<std::int32_t>(bytes, record.offset_values));
    LAZULITE_TRY(samples.times_, section<SampleTable::TimeRun>(bytes, record.times));
    LAZULITE_TRY(samples.sync_, section<std::uint32_t>(bytes, record.sync));
    LAZULITE_TRY(samples.places_, section<SampleTable::Place>(bytes, record.places));
    LAZULITE_TRY(samples.stored_fragments_, section<std::uint32_t>(bytes, record.fragments));
    const std::uint64_t count = samples.count_;
    const std::uint64_t size_bytes = samples.size_width_ == 0 ? 0 : count * samples.size_width_ + 3;
    if (count == 0 || samples.times_.empty() || samples.places_.empty() || samples.size_width_ > 4 ||
        sizes.size() != size_bytes || offset_index.size() != count * samples.offset_width_ ||
        (samples.offset_width_ == 1 && samples.offset_values_.empty())) {
      return damaged("the tables of a track");
    }
    samples.sizes_ = sizes.data();
    samples.offset_index_ = samples.offset_width_ == 0 ? nullptr : offset_index.data();
    tracks_.push_back(std::move(track));
  }
  LAZULITE_TRY(const auto skipped, section<std::uint8_t>(bytes, header.skipped));
  for (const auto line : split(as_text(skipped), '\n')) {
    if (!line.empty()) skipped_.emplace_back(line);
  }
  bytes_ = bytes;
  source_size_ = header.source_size;
  return {};
}

const MediaIndex::Track* MediaIndex::find(TrackKind kind, std::optional<std::uint32_t> track_id) const {
  const auto found = std::find_if(tracks_.begin(), tracks_.end(), [&](const Track& track) {
    return track.info.kind == kind && (!track_id || *track_id == track.info.id);
  });
  return found == tracks_.end() ? nullptr : &*found;
}

std::size_t MediaIndex::memory_bytes() const { return bytes_.size() + tracks_.size() * sizeof(Track) + sizeof *this; }

std::uint32_t SampleTable::size(std::uint32_t sample) const {
  assert(sample < count_);
  if (size_width_ == 0) return constant_size_;
  std::uint32_t value = 0;
  std::memcpy(&value, sizes_ + std::size_t{sample} * size_width_, sizeof value);
  return value & (0xffffffffU >> (32 - 8 * size_width_));
}

std::uint64_t SampleTable::decode_time(std::uint32_t sample) const {
  assert(sample <= count_);
  const auto after = std::upper_bound(times_.begin(), times_.end(), sample,
                                      [](std::uint32_t s, const TimeRun& run) { return s < run.first_sample; });
  const TimeRun& run = *std::prev(after);
  return run.decode_time + std::uint64_t{sample - run.first_sample} * run.duration;
}

std::int32_t SampleTable::composition_offset(std::uint32_t sample) const {
  assert(sample < count_);
  if (offset_index_ == nullptr) return 0;
  if (offset_width_ == 1) return offset_values_[offset_index_[sample]];
  std::int32_t value = 0;
  std::memcpy(&value, offset_index_ + std::size_t{sample} * 4, sizeof value);
  return value;
}

bool SampleTable::is_sync(std::uint32_t sample) const {
  return all_sync_ || std::binary_search(sync_.begin(), sync_.end(), sample);
}

std::uint64_t SampleTable::file_offset(std::uint32_t sample) const {
  assert(sample < count_);
  const auto after = std::upper_bound(places_.begin(), places_.end(), sample,
                                      [](std::uint32_t s, const Place& place) { return s < place.first_sample; });
  const Place& place = *std::prev(after);
  std::uint64_t offset = place.file_offset;
  for (std::uint32_t i = place.first_sample; i < sample; ++i) offset += size(i);
  return offset;
}

std::uint32_t SampleTable::first_at_or_after(std::uint64_t time) const {
  std::uint32_t low = 0, high = count_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (decode_time(middle) < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::uint32_t SampleTable::next_sync(std::uint32_t sample) const {
  if (all_sync_) return std::min(sample, count_);
  const auto found = std::lower_bound(sync_.begin(), sync_.end(), sample);
  return found == sync_.end() ? count_ : *found;
}

SampleView SampleTable::sample(std::uint32_t sample) const { return samples(sample, 1).view(); }

SampleCursor SampleTable::samples(std::uint32_t first, std::uint32_t n) const {
  assert(first <= count_ && n <= count_ - first);
  return SampleCursor(*this, first, first + n);
}

SampleCursor::SampleCursor(const SampleTable& table, std::uint32_t first, std::uint32_t end)
    : table_(&table), number_(first), end_(end) {
  if (done()) return;
  const auto& times = table.times_;
  const auto& places = table.places_;
  time_run_ = static_cast<std::size_t>(
      std::upper_bound(times.begin(), times.end(), first,
                       [](std::uint32_t s, const SampleTable::TimeRun& run) { return s < run.first_sample; }) -
      times.begin() - 1);
  place_ = static_cast<std::size_t>(
      std::upper_bound(places.begin(), places.end(), first,
                       [](std::uint32_t s, const SampleTable::Place& place) { return s < place.first_sample; }) -
      places.begin() - 1);
  sync_ =
      static_cast<std::size_t>(std::lower_bound(table.sync_.begin(), table.sync_.end(), first) - table.sync_.begin());
  view_.decode_time = table.decode_time(first);
  view_.file_offset = table.file_offset(first);
  load();
}

void SampleCursor::load() {
  view_.size = table_->size(number_);
  view_.duration = table_->times_[time_run_].duration;
  view_.composition_offset = table_->composition_offset(number_);
  view_.sync = table_->all_sync_ || (sync_ < table_->sync_.size() && table_->sync_[sync_] == number_);
}

void SampleCursor::next() {
  if (!table_->all_sync_ && view_.sync) ++sync_;
  if (++number_ == end_) return;
  view_.decode_time += view_.duration;
  view_.file_offset += view_.size;
  const auto& times = table_->times_;
  if (time_run_ + 1 < times.size() && times[time_run_ + 1].first_sample == number_) ++time_run_;
  const auto& places = table_->places_;
  if (place_ + 1 < places.size() && places[place_ + 1].first_sample == number_) {
    ++place_;
    view_.file_offset = places[place_].file_offset;
  }
  load();
}

}  // namespace lazulite::packager
