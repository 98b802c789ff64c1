#include "encoder/ffmpeg/image_writer.hpp"

#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/processors/task_error.hpp"
#include "storage/files/file.hpp"

#include <algorithm>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

struct Codec {
  AVCodecID id;
  AVPixelFormat pixels;
  const char* filters;  // JPEG files are full range BT.601 (JFIF)
};

Codec codec_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kPng:
      return {AV_CODEC_ID_PNG, AV_PIX_FMT_RGB24, "format=rgb24"};
    case ImageFormat::kBmp:
      return {AV_CODEC_ID_BMP, AV_PIX_FMT_BGR24, "format=bgr24"};
    case ImageFormat::kJpg:
      break;
  }
  return {AV_CODEC_ID_MJPEG, AV_PIX_FMT_YUVJ420P, "format=yuvj420p"};
}

}  // namespace

Result<void> ImageWriter::open(const AVFrame& frame) {
  const Codec codec = codec_of(format_);
  context_ = own<CodecContextPtr>(avcodec_alloc_context3(avcodec_find_encoder(codec.id)));
  context_->width = frame.width;
  context_->height = frame.height;
  context_->pix_fmt = codec.pixels;
  context_->time_base = {1, 25};
  context_->thread_count = 1;
  if (format_ == ImageFormat::kJpg) {
    // processing.md 3c.7
    const auto scale = std::clamp<std::int64_t>(std::llround(31 - quality_ * 0.29), 2, 31);
    context_->flags |= AV_CODEC_FLAG_QSCALE;
    context_->global_quality = static_cast<int>(scale) * FF_QP2LAMBDA;
    context_->color_range = AVCOL_RANGE_JPEG;
  }
  if (const int code = avcodec_open2(context_.get(), nullptr, nullptr); code < 0)
    return processing_failed("opening the picture encoder", code);
  return {};
}

Result<FramePtr> ImageWriter::convert(const AVFrame& frame) const {
  const auto arguments = fmt::format("video_size={}x{}:pix_fmt={}:time_base=1/25:pixel_aspect=1/1", frame.width,
                                     frame.height, frame.format);
  const auto filters = fmt::format(
      "scale=in_color_matrix={}:in_range=limited:out_color_matrix=bt601:out_range=full:flags=accurate_rnd,{}",
      matrix_ == AVCOL_SPC_BT709 ? "bt709" : "bt601", codec_of(format_).filters);
  LAZULITE_TRY(auto chain, FilterChain::open("buffer", {&arguments, 1}, filters, "buffersink", 1));
  auto input = share(frame);
  input->pts = 0;
  LAZULITE_CHECK(chain.push(*input));
  LAZULITE_TRY(auto converted, chain.pull());
  if (!converted) return processing_failed("converting a picture", AVERROR(EAGAIN));
  if (format_ == ImageFormat::kJpg) converted->quality = context_->global_quality;
  converted->pict_type = AV_PICTURE_TYPE_NONE;
  return converted;
}

Result<std::uint64_t> ImageWriter::write(const AVFrame& frame, const std::filesystem::path& path) {
  if (!context_) LAZULITE_CHECK(open(frame));
  LAZULITE_TRY(const auto converted, convert(frame));
  converted->pts = written_++;
  const auto packet = make_packet();
  int code = avcodec_send_frame(context_.get(), converted.get());
  if (code >= 0) code = avcodec_receive_packet(context_.get(), packet.get());
  if (code < 0) return processing_failed("encoding a picture", code);
  const auto written = [&]() -> Result<void> {
    LAZULITE_TRY(const auto file, files::create_file(path));
    return files::write_all(file, {packet->data, static_cast<std::size_t>(packet->size)}, 0);
  }();
  if (!written)
    return fail_with(ErrorCode::kIo, task_error::kUploading, "{}: {}", path.filename().string(),
                     written.error().message);
  return static_cast<std::uint64_t>(packet->size);
}

}  // namespace lazulite::encoder::ffmpeg
