// What a `trak` box says of its track apart from the sample tables: identity, timescale, language, edit list, codec and
// picture or sound format (ISO/IEC 14496-12 §8.3 to §8.6.6, §12). Pure.
#pragma once

#include "packager/media_index.hpp"
#include "packager/mp4/box_walk.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lazulite::packager::mp4 {

struct TrackHeaders {
  TrackInfo info;                    // all but the bitrate
  std::vector<BoxView> stbl;         // child boxes of the sample table
  std::string unknown_sample_entry;  // not empty: an audio or video track whose codec is not known; nothing else is set
};

// nullopt for a track that is neither audio nor video. Unsupported for what is inconsistent or cut short.
Result<std::optional<TrackHeaders>> read_track_headers(std::span<const std::uint8_t> trak,
                                                       std::uint32_t movie_timescale);

}  // namespace lazulite::packager::mp4
