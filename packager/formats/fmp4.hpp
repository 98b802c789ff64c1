// Fragments and init segments of fragmented MP4 for one level: what Smooth, DASH (CSF and CMAF) and HLS CMAF share
// (delivery.md 2.5 and 2.6). Headers are generated, media are coalesced ranges of the mapped source; nothing is read.
#pragma once

#include "packager/formats/format.hpp"
#include "packager/presentation.hpp"

namespace lazulite::packager {

enum class FragmentStyle : std::uint8_t { kSmooth, kCsf, kCmaf };

// ftyp + moov of the level, mdhd timescale 10^7. Not for kSmooth, which has none.
Result<Answer> fmp4_init(const Level& level, FragmentStyle style);
// The whole fragment at that position of the level's plan, or only its first (sync) sample.
Result<Answer> fmp4_fragment(const Level& level, std::size_t fragment, FragmentStyle style);
Result<Answer> fmp4_key_frame(const Level& level, std::size_t fragment, FragmentStyle style);

// The same from a request: level, then exact start time. NotFound MPE_FRAGMENT_TIMESTAMP_NOT_FOUND.
Result<Answer> answer_fmp4_init(const Presentation& presentation, const StreamRequest& request, FragmentStyle style);
Result<Answer> answer_fmp4_fragment(const Presentation& presentation, const StreamRequest& request,
                                    FragmentStyle style);
Result<Answer> answer_fmp4_key_frame(const Presentation& presentation, const StreamRequest& request,
                                     FragmentStyle style);

}  // namespace lazulite::packager
