// One transport stream segment (ISO/IEC 13818-1, delivery.md 2.7): PAT, PMT, then PES packets of H.264 and AAC,
// (E-)AC-3 samples in decode order. plan() decides everything and so knows the exact size; write() then copies each
// media byte once, with no allocation. A Segment views the samples and tracks it was planned from: they must outlive
// it. It does not know tracks, playlists or encryption.
#pragma once

#include "packager/ts/codec_config.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lazulite::packager::ts {

struct TsSample {
  std::span<const std::uint8_t> data;         // as in the MP4: length-prefixed NAL units, or one audio frame
  std::int64_t dts_ticks = 0, pts_ticks = 0;  // 10 MHz
  bool sync = false;
};

struct SegmentInput {
  const VideoTrack* video = nullptr;  // null or without samples: audio alone, which then carries the PCR
  std::span<const TsSample> video_samples;
  const AudioTrack* audio = nullptr;
  std::span<const TsSample> audio_samples;
};

// 90 kHz clock of a time, modulo 2^33: floor(ticks × 9 / 1000) + 900000.
std::uint64_t clock_90khz(std::int64_t ticks);

class Segment {
 public:
  // Unsupported "MPE_INVALID_NALU_SIZE" when a NAL unit leaves its sample, "MPE_AUDIO_ENCODING_NOT_SUPPORTED" for a
  // frame too long for ADTS.
  static Result<Segment> plan(const SegmentInput& input);

  [[nodiscard]] std::size_t size() const { return packets_ * kPacketBytes; }
  // `out` is size() bytes.
  void write(std::span<std::uint8_t> out) const;

 private:
  // One PES packet: an access unit of video, or a run of audio frames.
  struct Unit {
    std::size_t first = 0, count = 1;
    std::size_t bytes = 0;  // PES header and payload
    bool is_video = false, has_pcr = false, random_access = false;
    bool add_delimiter = false, add_parameter_sets = false;
  };
  friend class UnitPlanner;
  friend class UnitWriter;

  SegmentInput input_;
  std::vector<Unit> units_;  // in the order of the file
  std::size_t packets_ = 2;  // PAT and PMT
};

}  // namespace lazulite::packager::ts
