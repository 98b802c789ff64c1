#include "encoder/ffmpeg/scaler.hpp"

extern "C" {
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <cstddef>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr int kAlign = 64;

}  // namespace

Scaler::Scaler(FrameSize size) : size_(size) {
  const int bytes = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, size.width, size.height, kAlign);
  pool_ = av_buffer_pool_init(static_cast<std::size_t>(bytes) + kAlign, nullptr);
  if (pool_ == nullptr) throw std::bad_alloc();
}

Scaler::~Scaler() {
  sws_freeContext(context_);
  av_buffer_pool_uninit(&pool_);  // freed when the last frame is
}

FramePtr Scaler::blank_frame() {
  auto frame = make_frame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = size_.width;
  frame->height = size_.height;
  frame->buf[0] = av_buffer_pool_get(pool_);
  if (frame->buf[0] == nullptr) throw std::bad_alloc();
  av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, AV_PIX_FMT_YUV420P, size_.width, size_.height,
                       kAlign);
  if (size_.picture_width != size_.width || size_.picture_height != size_.height) {
    const std::array<std::ptrdiff_t, 4> lines{frame->linesize[0], frame->linesize[1], frame->linesize[2], 0};
    av_image_fill_black(frame->data, lines.data(), AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, size_.width, size_.height);
  }
  return frame;
}

Result<FramePtr> Scaler::scale(const AVFrame& frame) {
  if (frame.width == size_.width && frame.height == size_.height && frame.width == size_.picture_width &&
      frame.height == size_.picture_height) {
    return share(frame);
  }
  context_ = sws_getCachedContext(context_, frame.width, frame.height, AV_PIX_FMT_YUV420P, size_.picture_width,
                                  size_.picture_height, AV_PIX_FMT_YUV420P, SWS_BICUBIC, nullptr, nullptr, nullptr);
  if (context_ == nullptr) {
    return processing_failed(
        fmt::format("scaling {}x{} to {}x{}", frame.width, frame.height, size_.picture_width, size_.picture_height),
        AVERROR(EINVAL));
  }
  auto scaled = blank_frame();
  if (const int code = av_frame_copy_props(scaled.get(), &frame); code < 0) return processing_failed("scaling", code);
  const int left = (size_.width - size_.picture_width) / 4 * 2, top = (size_.height - size_.picture_height) / 4 * 2;
  const std::array<std::uint8_t*, 4> planes{
      scaled->data[0] + static_cast<std::ptrdiff_t>(top) * scaled->linesize[0] + left,
      scaled->data[1] + static_cast<std::ptrdiff_t>(top / 2) * scaled->linesize[1] + left / 2,
      scaled->data[2] + static_cast<std::ptrdiff_t>(top / 2) * scaled->linesize[2] + left / 2, nullptr};
  const int code = sws_scale(context_, frame.data, frame.linesize, 0, frame.height, planes.data(), scaled->linesize);
  if (code < 0) return processing_failed("scaling", code);
  return scaled;
}

}  // namespace lazulite::encoder::ffmpeg
