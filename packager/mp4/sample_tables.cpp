#include "packager/mp4/sample_tables.hpp"

#include "packager/errors.hpp"

#include <algorithm>
#include <optional>

namespace lazulite::packager::mp4 {
namespace {

constexpr std::uint32_t kPlaceSamples = 64;  // a place is noted at least every so many samples

// A full box that is a count and then that many entries of fixed width, viewed in place.
struct Table {
  std::uint8_t version = 0;
  std::uint32_t count = 0;
  unsigned width = 0;
  std::span<const std::uint8_t> entries;

  [[nodiscard]] std::uint64_t at(std::uint64_t entry, unsigned field_offset, unsigned bytes) const {
    return read_be(entries.data() + entry * width + field_offset, bytes);
  }
};

Result<Table> view_table(const BoxView& box, unsigned width, std::size_t head = 4) {
  const auto bytes = box.payload;
  if (bytes.size() < head + 4) return bad_input("table '{}' is cut short", fourcc_text(box.type));
  Table table;
  table.version = bytes[0];
  table.count = static_cast<std::uint32_t>(read_be(bytes.data() + head, 4));
  table.width = width;
  table.entries = bytes.subspan(head + 4);
  if (table.count > table.entries.size() / width) {
    return bad_input("table '{}' announces {} entries and has {}", fourcc_text(box.type), table.count,
                     table.entries.size() / width);
  }
  return table;
}

Result<const BoxView*> required(std::span<const BoxView> stbl, FourCc type) {
  const BoxView* box = find_box(stbl, type);
  if (box == nullptr) return bad_input("a track has no '{}'", fourcc_text(type));
  return box;
}

Result<void> read_compact_sizes(const BoxView& box, SampleTables& out) {  // stz2 §8.7.3.3
  const auto bytes = box.payload;
  if (bytes.size() < 12) return bad_input("table 'stz2' is cut short");
  const unsigned bits = bytes[7];
  out.count = static_cast<std::uint32_t>(read_be(bytes.data() + 8, 4));
  if (bits != 4 && bits != 8 && bits != 16) return bad_input("table 'stz2' has fields of {} bits", bits);
  if (out.count > kMaxSamples || (std::uint64_t{out.count} * bits + 7) / 8 > bytes.size() - 12) {
    return bad_input("table 'stz2' announces {} entries and is shorter", out.count);
  }
  const std::uint8_t* const entries = bytes.data() + 12;
  out.sizes.reserve(out.count);
  for (std::uint32_t i = 0; i < out.count; ++i) {
    if (bits == 4) {
      out.sizes.push_back(i % 2 == 0 ? entries[i / 2] >> 4U : entries[i / 2] & 15U);
    } else {
      out.sizes.push_back(static_cast<std::uint32_t>(read_be(entries + std::size_t{i} * (bits / 8), bits / 8)));
    }
  }
  return {};
}

Result<void> read_sizes(std::span<const BoxView> stbl, std::uint64_t file_size, SampleTables& out) {
  const BoxView* box = find_box(stbl, fourcc("stsz"));
  if (box == nullptr) {
    LAZULITE_TRY(box, required(stbl, fourcc("stz2")));
    LAZULITE_CHECK(read_compact_sizes(*box, out));
  } else {
    if (box->payload.size() < 12) return bad_input("table 'stsz' is cut short");
    const auto constant = static_cast<std::uint32_t>(read_be(box->payload.data() + 4, 4));
    out.count = static_cast<std::uint32_t>(read_be(box->payload.data() + 8, 4));
    if (out.count > kMaxSamples) return bad_input("a track announces {} samples, more than {}", out.count, kMaxSamples);
    if (constant != 0) {
      out.constant_size = true;
      out.sizes.push_back(constant);
    } else {
      LAZULITE_TRY(const auto table, view_table(*box, 4, 8));
      out.sizes.resize(out.count);
      for (std::uint32_t i = 0; i < out.count; ++i) out.sizes[i] = static_cast<std::uint32_t>(table.at(i, 0, 4));
    }
  }
  if (out.constant_size) {
    out.total_size = std::uint64_t{out.count} * out.sizes[0];
  } else {
    for (const std::uint32_t size : out.sizes) out.total_size += size;
  }
  if (out.total_size > file_size) {
    return bad_input("the samples of a track take {} bytes and the file has {}: it is cut short", out.total_size,
                     file_size);
  }
  return {};
}

Result<void> read_times(std::span<const BoxView> stbl, std::uint32_t timescale, SampleTables& out) {
  LAZULITE_TRY(const auto* box, required(stbl, fourcc("stts")));
  LAZULITE_TRY(const auto table, view_table(*box, 8));
  std::uint32_t sample = 0;
  std::uint64_t time = 0;
  for (std::uint32_t i = 0; i < table.count && sample < out.count; ++i) {
    const auto count = std::min(static_cast<std::uint32_t>(table.at(i, 0, 4)), out.count - sample);
    const auto duration = static_cast<std::uint32_t>(table.at(i, 4, 4));
    if (count == 0) continue;
    if (duration > 0x7fffffffU) return bad_input("decode times of a track run backwards at sample {}", sample);
    if (out.times.empty() || out.times.back().duration != duration) out.times.push_back({sample, duration, time});
    sample += count;
    time += std::uint64_t{count} * duration;
  }
  if (sample < out.count) return bad_input("'stts' gives times for {} of {} samples", sample, out.count);
  if (time == 0) return bad_input("a track has no duration");
  if (time / timescale > kMaxSeconds) return bad_input("a track lasts longer than {} seconds", kMaxSeconds);
  out.end_time = time;
  return {};
}

Result<void> read_composition_offsets(std::span<const BoxView> stbl, std::uint32_t timescale, SampleTables& out) {
  const BoxView* box = find_box(stbl, fourcc("ctts"));
  if (box == nullptr) return {};
  LAZULITE_TRY(const auto table, view_table(*box, 8));
  out.offsets.reserve(out.count);
  const std::int64_t limit = static_cast<std::int64_t>(kMaxCompositionSeconds) * timescale;
  bool any = false;
  for (std::uint32_t i = 0; i < table.count && out.offsets.size() < out.count; ++i) {
    const std::size_t count = std::min<std::size_t>(table.at(i, 0, 4), out.count - out.offsets.size());
    // Version 0 is unsigned by the text, and written signed by old encoders all the same.
    const auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(table.at(i, 4, 4)));
    if (offset > limit || -std::int64_t{offset} > limit) return bad_input("a composition offset is out of range");
    any = any || offset != 0;
    out.offsets.insert(out.offsets.end(), count, offset);
  }
  if (!any) {
    out.offsets.clear();
  } else {
    out.offsets.resize(out.count, 0);
  }
  return {};
}

Result<void> read_sync_samples(std::span<const BoxView> stbl, SampleTables& out) {
  const BoxView* box = find_box(stbl, fourcc("stss"));
  if (box == nullptr) return {};
  LAZULITE_TRY(const auto table, view_table(*box, 4));
  out.sync.reserve(std::min(table.count, out.count));
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const auto number = static_cast<std::uint32_t>(table.at(i, 0, 4));
    if (number == 0 || number > out.count) return bad_input("'stss' names sample {} of {}", number, out.count);
    if (!out.sync.empty() && number - 1 <= out.sync.back()) return bad_input("'stss' is not in ascending order");
    out.sync.push_back(number - 1);
  }
  out.all_sync = out.sync.size() == out.count;
  if (out.all_sync) out.sync.clear();
  return {};
}

// Puts the samples of each chunk at their place, one chunk after another.
class PlaceWriter {
 public:
  PlaceWriter(SampleTables& tables, std::uint64_t file_size) : tables_(tables), file_size_(file_size) {}

  [[nodiscard]] bool complete() const { return sample_ == tables_.count; }
  [[nodiscard]] std::uint32_t placed() const { return sample_; }

  Result<void> add_chunk(std::uint64_t offset, std::uint32_t samples) {
    samples = std::min(samples, tables_.count - sample_);
    for (; samples > 0; --samples, ++sample_) {
      const std::uint32_t size = tables_.size(sample_);
      if (offset > file_size_ || size > file_size_ - offset) {
        return bad_input("sample {} lies at byte {} with {} bytes, and the file has {}: it is cut short", sample_,
                         offset, size, file_size_);
      }
      note_place(tables_, sample_, offset, offset == next_offset_);
      offset += size;
      next_offset_ = offset;
    }
    return {};
  }

 private:
  SampleTables& tables_;
  std::uint64_t file_size_;
  std::uint64_t next_offset_ = 0;
  std::uint32_t sample_ = 0;
};

Result<void> read_places(std::span<const BoxView> stbl, std::uint64_t file_size, SampleTables& out) {
  LAZULITE_TRY(const auto* stsc, required(stbl, fourcc("stsc")));
  LAZULITE_TRY(const auto runs, view_table(*stsc, 12));
  const BoxView* co64 = find_box(stbl, fourcc("co64"));
  const BoxView* offsets_box = co64;
  if (offsets_box == nullptr) {
    LAZULITE_TRY(offsets_box, required(stbl, fourcc("stco")));
  }
  const unsigned width = co64 != nullptr ? 8 : 4;
  LAZULITE_TRY(const auto offsets, view_table(*offsets_box, width));

  PlaceWriter writer(out, file_size);
  std::uint64_t chunk = 1;
  for (std::uint32_t run = 0; run < runs.count && !writer.complete(); ++run) {
    const bool last = run + 1 == runs.count;
    const std::uint64_t next = last ? std::uint64_t{offsets.count} + 1 : runs.at(run + 1, 0, 4);
    const auto samples = static_cast<std::uint32_t>(runs.at(run, 4, 4));
    if (runs.at(run, 0, 4) != chunk || next <= chunk || next > std::uint64_t{offsets.count} + 1 || samples == 0) {
      return bad_input("'stsc' is inconsistent at entry {}", run);
    }
    if (runs.at(run, 8, 4) != 1) return bad_input("a track changes its sample description within the file");
    for (; chunk < next && !writer.complete(); ++chunk) {
      LAZULITE_CHECK(writer.add_chunk(offsets.at(chunk - 1, 0, width), samples));
    }
    chunk = next;
  }
  if (!writer.complete()) return bad_input("'stsc' places {} of {} samples", writer.placed(), out.count);
  return {};
}

}  // namespace

void note_place(SampleTables& tables, std::uint32_t sample, std::uint64_t offset, bool contiguous) {
  const auto& places = tables.places;
  if (contiguous && !places.empty() && sample - places.back().first_sample < kPlaceSamples) return;
  tables.places.push_back({sample, 0, offset});
}

Result<SampleTables> read_sample_tables(std::span<const BoxView> stbl, std::uint32_t timescale,
                                        std::uint64_t file_size) {
  SampleTables tables;
  LAZULITE_CHECK(read_sizes(stbl, file_size, tables));
  if (tables.count == 0) return SampleTables{};
  LAZULITE_CHECK(read_times(stbl, timescale, tables));
  LAZULITE_CHECK(read_composition_offsets(stbl, timescale, tables));
  LAZULITE_CHECK(read_sync_samples(stbl, tables));
  LAZULITE_CHECK(read_places(stbl, file_size, tables));
  return tables;
}

}  // namespace lazulite::packager::mp4
