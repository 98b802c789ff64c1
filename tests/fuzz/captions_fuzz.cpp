// Caption files, WebVTT or TTML: read or refused; what is read can be written, and read again.
#include "packager/captions/caption_track.hpp"
#include "packager/captions/ttml.hpp"
#include "packager/captions/webvtt.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto track = packager::parse_captions(fuzz::text_of(data, size));
  if (!fuzz::accepted(track)) return 0;
  const auto again = packager::parse_webvtt(packager::write_webvtt_segment(*track, 0, UINT64_MAX, 0));
  fuzz::must(again && again->cues() == track->cues(), "cues written as WebVTT and read again are the same");
  // Spans around each line may make a cue longer than is read again.
  fuzz::accepted(packager::parse_ttml(packager::write_ttml(*track, 0, UINT64_MAX, 0, track->language())));
  return 0;
}
