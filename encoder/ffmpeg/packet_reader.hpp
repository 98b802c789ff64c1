// Reads the chosen streams of one or more sources as one flow of packets: the source that lies behind comes next, so
// that sound and picture from two files stay together. Clocks that jump are mended on the way (processing.md 7.3). One
// thread at a time.
#pragma once

#include "encoder/ffmpeg/input.hpp"
#include "encoder/ffmpeg/transcoder.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

namespace lazulite::encoder::ffmpeg {

class PacketReader {
 public:
  // Errors as probe().
  static Result<PacketReader> open(const Clip& clip, Fraction rate, const std::stop_token& stop);

  [[nodiscard]] const AVStream& stream_of(const StreamChoice& choice) const;
  // Seconds on the sources' time line that become 0: where the clip begins; for a whole source the video's start, or
  // the audio's where that comes earlier by more than a frame.
  [[nodiscard]] double origin() const;

  struct Item {
    std::size_t source = 0;
    PacketPtr packet;  // null at the end of all sources
  };
  Result<Item> next();
  // Whether a clock has jumped so far; what the container says of its length then means nothing.
  [[nodiscard]] bool jumped() const {
    return std::any_of(sources_.begin(), sources_.end(), [](const Source& source) { return source.shift != 0; });
  }

 private:
  struct Source {
    std::unique_ptr<Input> input;
    bool ended = false;
    double position = 0;                     // seconds, of the last packet
    std::int64_t shift = 0;                  // microseconds added to time stamps
    std::vector<std::int64_t> expected_dts;  // per stream, microseconds; AV_NOPTS_VALUE before the first packet
  };

  PacketReader(const Clip& clip, Fraction rate) : clip_(&clip), rate_(rate) {}
  Result<void> open_sources(const std::stop_token& stop);
  Result<void> seek_to_start();
  static void mend_time_stamps(Source& source, AVPacket& packet);

  const Clip* clip_;  // outlives this
  Fraction rate_;
  std::optional<double> start_;  // of the clip, on the sources' time line
  std::vector<Source> sources_;
};

}  // namespace lazulite::encoder::ffmpeg
