// Small MP4 files made of given sample tables, for tests of what reads them: every number is the test's own. The
// samples hold one NAL unit each (video) or filler (audio); they do not decode.
#pragma once

#include "packager/presentation.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lazulite::test {

struct Mp4Track {
  bool video = true;
  std::uint32_t id = 1, timescale = 12800;
  std::vector<std::uint32_t> sizes, durations;  // one of each a sample
  std::vector<std::int32_t> offsets;            // composition offsets; empty: no ctts
  std::vector<std::uint32_t> sync;              // 0-based; empty: no stss
  std::optional<std::int64_t> media_time;       // of an edit list
  std::uint64_t empty_edit = 0;                 // of an edit list, movie timescale 1000
  std::string language = "und";
  std::uint16_t width = 640, height = 360;
  std::string config;                 // avcC or AudioSpecificConfig, in hex; a default when empty
  std::string sample_entry = "avc1";  // of video
  std::uint32_t sample_rate = 44100;  // of audio
};

struct Mp4File {
  std::vector<Mp4Track> tracks;
  std::uint32_t samples_per_chunk = 0;  // tracks take turns by chunks of so many; 0: one chunk a track
  bool moov_first = true, wide_offsets = false, wide_mdat = false;
};

std::string build_mp4(const Mp4File& file);
// The same as a file with a hole of so many bytes, a 64-bit `free` box, before the media: large, and small on disk.
void write_sparse_mp4(const std::filesystem::path& path, const Mp4File& file, std::uint64_t hole);

// `count` samples of that duration; sizes differ from one to the next and add up to `total_bytes`; a sync sample every
// `gop`, the first larger than the rest.
Mp4Track video_track(std::uint32_t count, std::uint32_t timescale, std::uint32_t duration, std::uint32_t gop,
                     std::uint64_t total_bytes);
// AAC-LC frames of 1024 samples.
Mp4Track audio_track(std::uint32_t count, std::uint32_t sample_rate, std::uint64_t total_bytes);

// The asset of delivery.md 1.5: clip.ism, clip_1964.mp4 and clip_640.mp4 (with the audio), by file name.
std::map<std::string, std::string> example_asset();

// Files by name as the asset behind a SourceLookup.
packager::SourceLookup memory_lookup(std::map<std::string, std::string> files);

}  // namespace lazulite::test
