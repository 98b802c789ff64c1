// Takes single pictures out of a video: seeks, decodes as little as it can, and gives frames as the decoder made them.
// One thread at a time.
#pragma once

#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/input.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace lazulite::encoder::ffmpeg {

class PictureReader {
 public:
  // Errors as probe().
  static Result<PictureReader> open(const SourceFile& source, int stream_index, unsigned threads,
                                    const std::stop_token& stop);

  // The picture shown at that time, counted from the start of the stream; the last one when the stream ends before.
  // Cheap when times ascend. Errors: malformed content when nothing can be decoded.
  Result<FramePtr> at(double seconds);
  // A key frame at most `tolerance` seconds off, or what at() gives when there is none.
  Result<FramePtr> near(double seconds, double tolerance);

  [[nodiscard]] const AVStream& stream() const { return *input_->format().streams[stream_]; }

 private:
  PictureReader(std::unique_ptr<Input> input, Decoder decoder, int stream)
      : input_(std::move(input)), decoder_(std::move(decoder)), stream_(stream) {}
  Result<void> seek(std::int64_t ticks);
  Result<void> rewind();
  void forget();
  Result<FramePtr> next_frame(std::int64_t wanted);
  Result<FramePtr> decode_to(std::int64_t wanted);
  // Whether the container's index has key frames; that of a broadcast container has all frames it happened to see.
  [[nodiscard]] bool knows_key_frames() const;
  [[nodiscard]] bool should_seek(std::int64_t wanted) const;
  [[nodiscard]] std::optional<std::int64_t> nearest_key(std::int64_t wanted) const;
  [[nodiscard]] std::int64_t ticks_of(double seconds) const;

  std::unique_ptr<Input> input_;
  Decoder decoder_;
  int stream_;
  std::vector<FramePtr> decoded_;  // not yet taken, in order
  std::size_t taken_ = 0;
  FramePtr current_, next_;                 // the last two frames in order of time
  std::optional<std::int64_t> read_up_to_;  // time stamp of the last packet since a seek
  bool drained_ = false;
};

}  // namespace lazulite::encoder::ffmpeg
