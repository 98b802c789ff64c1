// The samples of a fragmented file (ISO/IEC 14496-12 §8.8; `.ismv` and `.isma` of [MS-SSTR], CMAF): every `moof` of the
// file, expanded into the same tables that a plain file has. Pure; views the file's bytes, whatever they are.
#pragma once

#include "packager/mp4/box_walk.hpp"
#include "packager/mp4/sample_tables.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <map>
#include <span>

namespace lazulite::packager::mp4 {

struct FragmentedTrack {
  std::uint32_t id = 0, timescale = 1;
};

// By track_ID: the tables of each of these tracks that has fragments. `mvex`: its child boxes (the defaults of `trex`).
// Unsupported: a box that is cut short or inconsistent, samples beyond the file, decode times that run backwards, more
// than 2^25 samples. Times that a fragment states (tfdt, else tfxd, else the end of the fragment before) are
// taken as they are, so a track may begin later than 0 and have gaps.
Result<std::map<std::uint32_t, SampleTables>> read_movie_fragments(std::span<const std::uint8_t> file,
                                                                   std::span<const FragmentedTrack> tracks,
                                                                   std::span<const BoxView> mvex);

}  // namespace lazulite::packager::mp4
