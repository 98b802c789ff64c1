// build_media_index: `moov` of a file → the serialized block of a MediaIndex.
#include "packager/errors.hpp"
#include "packager/media_index.hpp"
#include "packager/media_index_layout.hpp"
#include "packager/mp4/box_walk.hpp"
#include "packager/mp4/boxes.hpp"
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

// `moov` of the file, wherever it stands. A fragmented file is told by its first `moof`, or by a `moov` of no samples.
Result<BoxView> find_moov(std::span<const std::uint8_t> file) {
  std::optional<BoxView> moov;
  std::uint64_t offset = 0;
  for (std::size_t count = 0; count < kMaxTopLevelBoxes; ++count) {
    LAZULITE_TRY(const auto box, mp4::box_at(file, offset));
    if (!box) break;
    if (box->type == fourcc("moof")) {
      return bad_input("the file is fragmented MP4 (.ismv, .isma, CMAF), which is not offered as a source");
    }
    if (box->type == fourcc("moov") && !moov) {
      if (!box->complete) return bad_input("the file is cut short within its 'moov' box");
      moov = box;
    }
    if (!box->complete) break;
    offset = box->offset + box->whole.size();
  }
  if (!moov) return bad_input("the file is no MP4, or is cut short: it has no 'moov' box");
  if (moov->payload.size() > kMaxMoovBytes) return bad_input("the 'moov' box is larger than {} bytes", kMaxMoovBytes);
  return *moov;
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
  const auto rate = bits / tables.end_time;
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
  record.presentation_shift = info.presentation_shift;
  record.composition_delay = composition_delay(tables, info.presentation_shift);
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

}  // namespace

Result<std::shared_ptr<const MediaIndex>> build_media_index(std::span<const std::uint8_t> file) {
  LAZULITE_TRY(const auto moov, find_moov(file));
  LAZULITE_TRY(const auto boxes, mp4::child_boxes(moov.payload));
  const BoxView* mvhd = mp4::find_box(boxes, fourcc("mvhd"));
  const auto movie = mvhd == nullptr ? std::nullopt : mp4::read_box<mp4::MovieHeader>(mvhd->payload);
  if (!movie) return bad_input("the 'moov' box has no movie header");
  const auto trak_count = static_cast<std::size_t>(
      std::count_if(boxes.begin(), boxes.end(), [](const BoxView& box) { return box.type == fourcc("trak"); }));
  if (trak_count > kMaxTracks) return bad_input("the file has more than {} tracks", kMaxTracks);

  BlockBuilder block(sizeof(layout::IndexHeader) + trak_count * sizeof(layout::TrackRecord));
  std::vector<layout::TrackRecord> records;
  std::string skipped;
  bool empty_tracks = false;
  for (const BoxView& box : boxes) {
    if (box.type != fourcc("trak")) continue;
    LAZULITE_TRY(const auto headers, mp4::read_track_headers(box.payload, movie->timescale));
    if (!headers) continue;
    if (!headers->unknown_sample_entry.empty()) {
      skipped += headers->unknown_sample_entry + '\n';
      continue;
    }
    LAZULITE_TRY(const auto tables, mp4::read_sample_tables(headers->stbl, headers->info.timescale, file.size()));
    empty_tracks = empty_tracks || tables.count == 0;
    if (tables.count > 0) records.push_back(encode_track(*headers, tables, block));
  }
  if (records.empty() && empty_tracks && mp4::find_box(boxes, fourcc("mvex")) != nullptr) {
    return bad_input("the file is fragmented MP4 (.ismv, .isma, CMAF), which is not offered as a source");
  }
  if (records.empty() && skipped.empty()) return bad_input("the file has no audio or video samples");
  layout::IndexHeader header;
  header.source_size = file.size();
  return finish(std::move(block), header, records, skipped);
}

}  // namespace lazulite::packager
