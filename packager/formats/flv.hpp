// FLV tags (Adobe Flash Video File Format Specification 10.1, annex E), which fragments of HDS hold. Media are ranges
// of the mapped source; nothing is read.
#pragma once

#include "packager/formats/muxed_audio.hpp"
#include "packager/presentation.hpp"
#include "schema/base/result.hpp"
#include "storage/files/content.hpp"

#include <string>

namespace lazulite::packager::flv {

// Unsupported MPE_VIDEO_ENCODING_NOT_SUPPORTED, MPE_AUDIO_ENCODING_NOT_SUPPORTED for all but H.264 and AAC.
Result<void> require_codec(const TrackInfo& info);

// What a player needs to know first: the AMF0 text "onMetaData" and an array of duration and format.
std::string metadata(double seconds, const Level* video, const Level* audio);

struct Samples {
  const Level* level = nullptr;  // null: none of this kind
  SampleRange range;
};
// Sequence headers with the time `start` (ticks), then a tag for each sample, by decode time. Unsupported
// MPE_INPUT_FORMAT_NOT_SUPPORTED for a sample of 16 MiB or more.
Result<files::Content> write_tags(std::uint64_t start, const Samples& video, const Samples& audio);

}  // namespace lazulite::packager::flv
