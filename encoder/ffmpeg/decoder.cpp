#include "encoder/ffmpeg/decoder.hpp"

#include "encoder/processors/task_error.hpp"

#include <algorithm>

namespace lazulite::encoder::ffmpeg {

Result<Decoder> Decoder::open(const AVStream& stream, unsigned threads) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  CodecContextPtr context = own<CodecContextPtr>(avcodec_alloc_context3(codec));
  int code = codec == nullptr ? AVERROR_DECODER_NOT_FOUND : avcodec_parameters_to_context(context.get(), &parameters);
  if (code >= 0) {
    context->pkt_timebase = stream.time_base;
    context->thread_count = static_cast<int>(std::clamp(threads, 1U, 16U));
    context->max_pixels = 8192LL * 8192;
    code = avcodec_open2(context.get(), codec, nullptr);
  }
  if (code < 0) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "stream {}: the decoder for {} does not open: {}", stream.index,
                     avcodec_get_name(parameters.codec_id), error_text(code));
  }
  return Decoder{std::move(context)};
}

void Decoder::decode(const AVPacket* packet, std::vector<FramePtr>& frames) {
  int code = avcodec_send_packet(context_.get(), packet);
  if (code == AVERROR(EAGAIN)) {
    receive(frames);
    code = avcodec_send_packet(context_.get(), packet);
  }
  if (code < 0 && packet != nullptr) ++damaged_packets_;
  receive(frames);
}

void Decoder::receive(std::vector<FramePtr>& frames) {
  // A decoder that reports an error without consuming anything would be asked for ever; the bound ends that.
  constexpr int kMaxErrors = 64;
  for (int errors = 0; errors < kMaxErrors;) {
    auto frame = make_frame();
    const int code = avcodec_receive_frame(context_.get(), frame.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    if (code < 0) {
      ++damaged_packets_;
      ++errors;
      continue;
    }
    ++frames_;
    frames.push_back(std::move(frame));
  }
}

}  // namespace lazulite::encoder::ffmpeg
