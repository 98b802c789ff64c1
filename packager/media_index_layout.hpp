// The bytes of a serialized MediaIndex, in memory and in `.idx` files. Little-endian; each section starts at a multiple
// of 8. Shared by the builder and the loader only.
//
//   IndexHeader | TrackRecord × track_count | sections of track 0 | sections of track 1 | … | skipped sample entries
//
// A section is {offset from the start, count of entries}. Sample sizes take 1 to 4 bytes each (3 bytes of padding
// follow, so that four can always be loaded); composition offsets take one byte into a table of distinct values where
// there are at most 256 of them.
#pragma once

#include "packager/media_index.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace lazulite::packager::layout {

static_assert(std::endian::native == std::endian::little, "the layout is read in place");

inline constexpr std::uint64_t kMagic = 0x0000'5849'444e'495aULL;  // "ZINDIX"
inline constexpr std::uint32_t kVersion = 4;

struct Section {
  std::uint64_t offset = 0, count = 0;
};

struct IndexHeader {
  std::uint64_t magic = kMagic;
  std::uint64_t checksum = 0;  // checksum() of everything after this field
  std::uint64_t total_size = 0;
  std::uint32_t version = kVersion;
  std::uint32_t track_count = 0;
  std::uint64_t source_size = 0;
  Section skipped;  // text, one sample entry a line
};
inline constexpr std::size_t kChecksumFrom = 16;

struct TrackRecord {
  std::uint64_t bitrate = 0;
  std::int64_t presentation_shift = 0;
  std::uint64_t composition_delay = 0;
  std::uint32_t id = 0, timescale = 0, sample_rate = 0, samples_per_frame = 0;
  std::uint32_t sample_count = 0, constant_size = 0;
  std::uint16_t width = 0, height = 0, display_width = 0, display_height = 0, channels = 0;
  std::uint8_t kind = 0, codec = 0, audio_object_type = 0, all_sync = 1, size_width = 0, offset_width = 0;
  std::array<char, 4> sample_entry{};
  std::array<char, 4> language{};  // three letters and a zero
  std::array<std::uint8_t, 4> reserved{};
  Section codec_config, extra_boxes, sizes, offset_index, offset_values, times, sync, places, fragments;
};

static_assert(std::is_trivially_copyable_v<IndexHeader> && sizeof(IndexHeader) == 56);
static_assert(std::is_trivially_copyable_v<TrackRecord> && sizeof(TrackRecord) == 224);
static_assert(sizeof(SampleTable::TimeRun) == 16 && sizeof(SampleTable::Place) == 16);

// FNV-1a over words of 8 bytes; the tail counts as one word. Finds accidents, not forgeries.
inline std::uint64_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    hash = (hash ^ word) * 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace lazulite::packager::layout
