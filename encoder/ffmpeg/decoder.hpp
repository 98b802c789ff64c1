// Decodes one stream. Damaged packets are skipped and counted, not fatal (processing.md 7.7). One thread at a time.
#pragma once

#include "encoder/ffmpeg/handles.hpp"

#include <cstdint>
#include <vector>

namespace lazulite::encoder::ffmpeg {

class Decoder {
 public:
  // Errors: unsupported format when no decoder opens.
  static Result<Decoder> open(const AVStream& stream, unsigned threads);

  // Appends the frames that come out of a packet; null drains the decoder at the end of the stream.
  void decode(const AVPacket* packet, std::vector<FramePtr>& frames);
  // After a seek or a drain: forgets all that came before.
  void flush() { avcodec_flush_buffers(context_.get()); }
  // Frames of this kind are not decoded from now on.
  void skip(AVDiscard kind) { context_->skip_frame = kind; }

  [[nodiscard]] std::int64_t frames() const { return frames_; }
  [[nodiscard]] std::int64_t damaged_packets() const { return damaged_packets_; }
  [[nodiscard]] AVRational time_base() const { return context_->pkt_timebase; }
  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

 private:
  explicit Decoder(CodecContextPtr context) : context_(std::move(context)) {}
  void receive(std::vector<FramePtr>& frames);

  CodecContextPtr context_;
  std::int64_t frames_ = 0, damaged_packets_ = 0;
};

}  // namespace lazulite::encoder::ffmpeg
