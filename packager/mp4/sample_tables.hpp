// The sample tables of one track (ISO/IEC 14496-12 §8.6, §8.7) expanded and checked: what goes into a MediaIndex. Pure.
#pragma once

#include "packager/media_index.hpp"
#include "packager/mp4/box_walk.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lazulite::packager::mp4 {

inline constexpr std::uint32_t kMaxSamples =
    1U << 25U;  // of a track: 372 hours at 25 frames a second, 198 of AAC at 48 kHz
inline constexpr std::uint64_t kMaxSeconds = 10'000'000;
inline constexpr std::uint64_t kMaxCompositionSeconds = 120;

struct SampleTables {
  std::uint32_t count = 0;
  std::vector<std::uint32_t> sizes;  // one entry when constant_size
  bool constant_size = false;
  std::vector<SampleTable::TimeRun> times;
  std::uint64_t end_time = 0;         // later than the first decode time
  std::uint64_t total_size = 0;       // Σ sizes, at most the file's
  std::vector<std::int32_t> offsets;  // composition offsets; empty: all 0
  std::vector<std::uint32_t> sync;    // 0-based, ascending
  bool all_sync = true;
  std::vector<SampleTable::Place> places;
  std::int64_t start_shift = 0;          // at most 0: what a fragmented file adds to all presentation times
  std::vector<std::uint32_t> fragments;  // 0-based first samples of the fragments of a fragmented file; else empty

  [[nodiscard]] std::uint32_t size(std::uint32_t sample) const { return sizes[constant_size ? 0 : sample]; }
};

// Notes where a sample lies; `contiguous`: right behind the one before.
void note_place(SampleTables& tables, std::uint32_t sample, std::uint64_t offset, bool contiguous);

// `stbl`: its child boxes. A track without samples gives count 0 and nothing else. `file_size` bounds every sample.
Result<SampleTables> read_sample_tables(std::span<const BoxView> stbl, std::uint32_t timescale,
                                        std::uint64_t file_size);

}  // namespace lazulite::packager::mp4
