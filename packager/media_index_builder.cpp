// build_media_index: `moov` of a file → the serialized block of a MediaIndex.
#include "packager/errors.hpp"
#include "packager/media_index.hpp"
#include "packager/media_index_layout.hpp"
#include "packager/mp4/box_walk.hpp"
#include "packager/mp4/boxes.hpp"
#include "packager/mp4/movie_fragments.hpp"
#include "packager/mp4/sample_tables.hpp"
#include "packager/mp4/track_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

namespace lazulite::packager {
namespace {

constexpr std::size_t kMaxMoovBytes = std::size_t{128} << 20U;  // delivery.md 5.4, limits.moov_bytes
constexpr std::size_t kMaxTracks = 64;
constexpr std::size_t kMaxTopLevelBoxes = 100'000;

using mp4::BoxView;
using mp4::fourcc;

struct Movie {
  BoxView moov;
  bool fragmented = false;  // a `moof` was seen
};

// `moov` of the file, wherever it stands; the first `moof` behind it ends the search.
Result<Movie> find_moov(std::span<const std::uint8_t> file) {
  std::optional<BoxView> moov;
  Movie movie;
  std::uint64_t offset = 0;
  for (std::size_t count = 0; count < kMaxTopLevelBoxes; ++count) {
    LAZULITE_TRY(const auto box, mp4::box_at(file, offset));
    if (!box) break;
    movie.fragmented = movie.fragmented || box->type == fourcc("moof");
    if (movie.fragmented && moov) break;
    if (box->type == fourcc("moov") && !moov) {
      if (!box->complete) return bad_input("the file is cut short within its 'moov' box");
      moov = box;
    }
    if (!box->complete) break;
    offset = box->offset + box->whole.size();
  }
  if (!moov) return bad_input("the file is no MP4, or is cut short: it has no 'moov' box");
  if (moov->payload.size() > kMaxMoovBytes) return bad_input("the 'moov' box is larger than {} bytes", kMaxMoovBytes);
  movie.moov = *moov;
  return movie;
}

class BlockBuilder {
 public:
  explicit BlockBuilder(std::size_t head_bytes) : bytes_(head_bytes) {}

  template <class T>
  layout::Section add(std::span<const T> values) {
    if (values.empty()) return {};
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    const layout::Section section{bytes_.size(), values.size()};
    const auto* data = reinterpret_cast<const std::uint8_t*>(values.data());
    bytes_.insert(bytes_.end(), data, data + values.size_bytes());
    return section;
  }
  template <class T>
  layout::Section add(const std::vector<T>& values) {
    return add(std::span<const T>(values));
  }
  std::vector<std::uint8_t>& bytes() { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

void add_sizes(const mp4::SampleTables& tables, BlockBuilder& block, layout::TrackRecord& record) {
  if (tables.constant_size) {
    record.constant_size = tables.sizes[0];
    return;
  }
  const std::uint32_t largest = *std::max_element(tables.sizes.begin(), tables.sizes.end());
  record.size_width = largest < 0x100 ? 1 : largest < 0x10000 ? 2 : largest < 0x1000000 ? 3 : 4;
  std::vector<std::uint8_t> packed(std::size_t{tables.count} * record.size_width + 3);
  for (std::size_t i = 0; i < tables.count; ++i) {
    std::memcpy(packed.data() + i * record.size_width, &tables.sizes[i], record.size_width);
  }
  record.sizes = block.add(packed);
}

void add_offsets(const std::vector<std::int32_t>& offsets, BlockBuilder& block, layout::TrackRecord& record) {
  if (offsets.empty()) return;
  auto distinct = offsets;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<std::uint8_t> index;
  if (distinct.size() <= 256) {
    record.offset_width = 1;
    index.reserve(offsets.size());
    for (const std::int32_t offset : offsets) {
      const auto at = std::lower_bound(distinct.begin(), distinct.end(), offset) - distinct.begin();
      index.push_back(static_cast<std::uint8_t>(at));
    }
    record.offset_values = block.add(distinct);
  } else {
    record.offset_width = 4;
    index.resize(offsets.size() * 4);
    std::memcpy(index.data(), offsets.data(), index.size());
  }
  record.offset_index = block.add(index);
}

// delivery.md 2.4: floor(8 × Σ sample_size × timescale / Σ sample_duration).
std::uint64_t bitrate_of(const mp4::SampleTables& tables, std::uint32_t timescale) {
  const auto bits = static_cast<unsigned __int128>(tables.total_size) * 8 * timescale;
  const auto rate = bits / (tables.end_time - tables.times.front().decode_time);
  return rate > std::numeric_limits<std::uint32_t>::max() ? std::numeric_limits<std::uint32_t>::max()
                                                          : static_cast<std::uint64_t>(rate);
}

std::uint64_t composition_delay(const mp4::SampleTables& tables, std::int64_t presentation_shift) {
  const auto lowest = std::min_element(tables.offsets.begin(), tables.offsets.end());
  const std::int64_t earliest = (lowest == tables.offsets.end() ? 0 : *lowest) + presentation_shift;
  return earliest < 0 ? static_cast<std::uint64_t>(-earliest) : 0;
}

layout::TrackRecord encode_track(const mp4::TrackHeaders& headers, const mp4::SampleTables& tables,
                                 BlockBuilder& block) {
  const TrackInfo& info = headers.info;
  layout::TrackRecord record;
  record.bitrate = bitrate_of(tables, info.timescale);
  record.presentation_shift = info.presentation_shift + tables.start_shift;
  record.composition_delay = composition_delay(tables, record.presentation_shift);
  record.id = info.id;
  record.timescale = info.timescale;
  record.sample_rate = info.sample_rate;
  record.samples_per_frame = info.samples_per_frame;
  record.sample_count = tables.count;
  record.width = info.width;
  record.height = info.height;
  record.display_width = info.display_width;
  record.display_height = info.display_height;
  record.channels = info.channels;
  record.kind = static_cast<std::uint8_t>(info.kind);
  record.codec = static_cast<std::uint8_t>(info.codec);
  record.audio_object_type = info.audio_object_type;
  record.all_sync = tables.all_sync ? 1 : 0;
  info.sample_entry.copy(record.sample_entry.data(), record.sample_entry.size());
  info.language.copy(record.language.data(), 3);
  record.codec_config = block.add(info.codec_config);
  record.extra_boxes = block.add(info.extra_boxes);
  add_sizes(tables, block, record);
  add_offsets(tables.offsets, block, record);
  record.times = block.add(tables.times);
  record.sync = block.add(tables.sync);
  record.places = block.add(tables.places);
  record.fragments = block.add(tables.fragments);
  return record;
}

Result<std::shared_ptr<const MediaIndex>> finish(BlockBuilder block, layout::IndexHeader header,
                                                 std::span<const layout::TrackRecord> records,
                                                 const std::string& skipped) {
  header.skipped = block.add(std::span<const char>(skipped));
  auto& bytes = block.bytes();
  header.track_count = static_cast<std::uint32_t>(records.size());
  header.total_size = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof header);
  const auto record_bytes = std::as_bytes(records);  // none when every track was left out
  std::copy(record_bytes.begin(), record_bytes.end(), std::as_writable_bytes(std::span(bytes)).begin() + sizeof header);
  header.checksum = layout::checksum(std::span<const std::uint8_t>(bytes).subspan(layout::kChecksumFrom));
  std::memcpy(bytes.data(), &header, sizeof header);
  std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return MediaIndex::load(std::move(words), bytes.size());
}

struct ReadTrack {
  mp4::TrackHeaders headers;
  mp4::SampleTables tables;
};

struct ReadMovie {
  std::vector<ReadTrack> tracks;  // those that have samples
  std::string skipped;            // sample entries that are unknown, one a line
};

// The headers of all tracks whose codec is known.
Result<ReadMovie> read_headers(std::span<const BoxView> moov) {
  const BoxView* mvhd = mp4::find_box(moov, fourcc("mvhd"));
  const auto header = mvhd == nullptr ? std::nullopt : mp4::read_box<mp4::MovieHeader>(mvhd->payload);
  if (!header) return bad_input("the 'moov' box has no movie header");
  ReadMovie movie;
  std::size_t count = 0;
  for (const BoxView& box : moov) {
    if (box.type != fourcc("trak")) continue;
    if (++count > kMaxTracks) return bad_input("the file has more than {} tracks", kMaxTracks);
    LAZULITE_TRY(auto headers, mp4::read_track_headers(box.payload, header->timescale));
    if (!headers) continue;
    if (headers->unknown_sample_entry.empty()) {
      movie.tracks.push_back({std::move(*headers), {}});
    } else {
      movie.skipped += headers->unknown_sample_entry + '\n';
    }
  }
  return movie;
}

// Samples stand in `moov`, or in fragments where it has none.
Result<ReadMovie> read_movie(std::span<const std::uint8_t> file, bool fragmented, std::span<const BoxView> moov) {
  LAZULITE_TRY(auto movie, read_headers(moov));
  std::vector<mp4::FragmentedTrack> empty;
  for (ReadTrack& track : movie.tracks) {
    const TrackInfo& info = track.headers.info;
    LAZULITE_TRY(track.tables, mp4::read_sample_tables(track.headers.stbl, info.timescale, file.size()));
    if (track.tables.count == 0) empty.push_back({info.id, info.timescale});
  }
  if (fragmented && !empty.empty()) {
    const BoxView* mvex = mp4::find_box(moov, fourcc("mvex"));
    LAZULITE_TRY(const auto defaults,
                 mp4::child_boxes(mvex == nullptr ? std::span<const std::uint8_t>{} : mvex->payload));
    LAZULITE_TRY(auto tables, mp4::read_movie_fragments(file, empty, defaults));
    for (ReadTrack& track : movie.tracks) {
      const auto found = tables.find(track.headers.info.id);
      if (found != tables.end()) track.tables = std::move(found->second);
    }
  }
  std::erase_if(movie.tracks, [](const ReadTrack& track) { return track.tables.count == 0; });
  return movie;
}

}  // namespace

Result<std::shared_ptr<const MediaIndex>> build_media_index(std::span<const std::uint8_t> file) {
  LAZULITE_TRY(const auto found, find_moov(file));
  LAZULITE_TRY(const auto boxes, mp4::child_boxes(found.moov.payload));
  LAZULITE_TRY(const auto movie, read_movie(file, found.fragmented, boxes));
  BlockBuilder block(sizeof(layout::IndexHeader) + movie.tracks.size() * sizeof(layout::TrackRecord));
  std::vector<layout::TrackRecord> records;
  for (const auto& track : movie.tracks) records.push_back(encode_track(track.headers, track.tables, block));
  if (records.empty() && movie.skipped.empty()) return bad_input("the file has no audio or video samples");
  layout::IndexHeader header;
  header.source_size = file.size();
  return finish(std::move(block), header, records, movie.skipped);
}

}  // namespace lazulite::packager
