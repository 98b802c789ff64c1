#include "encoder/ffmpeg/media_encoder.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
}

#include "encoder/ffmpeg/filter_chain.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace lazulite::encoder::ffmpeg {
namespace {

class Options {
 public:
  Options() = default;
  ~Options() { av_dict_free(&dictionary_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  void set(const char* key, const std::string& value) { av_dict_set(&dictionary_, key, value.c_str(), 0); }
  AVDictionary** address() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

const char* x264_preset(Effort effort) {
  switch (effort) {
    case Effort::kSpeed:
      return "veryfast";
    case Effort::kQuality:
      return "slow";
    case Effort::kBalanced:
      break;
  }
  return "faster";
}

const char* x264_profile(H264Profile profile) {
  switch (profile) {
    case H264Profile::kBaseline:
      return "baseline";
    case H264Profile::kMain:
      return "main";
    case H264Profile::kAuto:
    case H264Profile::kHigh:
      break;
  }
  return "high";
}

Result<CodecContextPtr> allocate(const char* name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr)
    return fail_with(ErrorCode::kInternal, task_error::kProcessing, "this FFmpeg has no encoder {}", name);
  return own<CodecContextPtr>(avcodec_alloc_context3(codec));
}

void apply_picture(const MediaEncoder::VideoOptions& options, AVCodecContext& context) {
  context.width = options.width;
  context.height = options.height;
  context.pix_fmt = AV_PIX_FMT_YUV420P;
  context.time_base = {options.rate.denominator, options.rate.numerator};
  context.framerate = {options.rate.numerator, options.rate.denominator};
  context.sample_aspect_ratio = {1, 1};
  context.color_range = AVCOL_RANGE_MPEG;
  context.color_primaries = options.colour.primaries;
  context.color_trc = options.colour.transfer;
  context.colorspace = options.colour.matrix;
}

void apply_rate_control(const VideoLayer& layer, AVCodecContext& context) {
  context.bit_rate = layer.bitrate_kbps * 1000LL;
  context.rc_max_rate = layer.max_bitrate_kbps * 1000LL;
  context.rc_buffer_size =
      static_cast<int>(std::min<std::int64_t>(layer.max_bitrate_kbps * layer.buffer_window.count(), INT32_MAX));
}

}  // namespace

Result<MediaEncoder> MediaEncoder::open_video(const VideoOptions& options) {
  const VideoLayer& layer = options.layer;
  LAZULITE_TRY(auto context, allocate("libx264"));
  apply_picture(options, *context);
  if (layer.constant_quality == 0) apply_rate_control(layer, *context);
  const double frames_per_key =
      std::max(1.0, static_cast<double>(options.key_frame_interval.count()) / 1000 * options.rate.value());
  // Key frames are forced from outside; x264's own limit lies beyond, so that it adds none (processing.md 7.2).
  context->gop_size = static_cast<int>(std::min(frames_per_key * 4 + 100, 1e6));
  context->keyint_min = 1;
  context->max_b_frames = layer.profile == H264Profile::kBaseline ? 0 : layer.b_frames;
  context->refs = layer.reference_frames;
  context->slices = layer.slices;
  context->thread_count = static_cast<int>(options.threads);
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;

  Options extra;
  extra.set("preset", x264_preset(options.effort));
  extra.set("profile", x264_profile(layer.profile));
  if (!layer.level.empty()) extra.set("level", layer.level);
  if (layer.constant_quality > 0) extra.set("crf", std::to_string(layer.constant_quality));
  extra.set("forced-idr", "1");
  extra.set("sc_threshold", options.scene_change_detection ? "40" : "0");
  extra.set("b_strategy", layer.adaptive_b_frames ? "1" : "0");
  extra.set("coder", layer.cabac && layer.profile != H264Profile::kBaseline ? "cabac" : "cavlc");
  if (!layer.in_loop_filter) extra.set("x264-params", "no-deblock=1");
  if (const int code = avcodec_open2(context.get(), nullptr, extra.address()); code < 0) {
    return processing_failed(
        fmt::format("opening x264 for {}x{} at {} kb/s", options.width, options.height, layer.bitrate_kbps), code);
  }
  return MediaEncoder{std::move(context)};
}

Result<MediaEncoder> MediaEncoder::open_audio(int channels, int sampling_rate, int bitrate_kbps) {
  LAZULITE_TRY(auto context, allocate("aac"));
  context->sample_rate = sampling_rate;
  context->sample_fmt = AV_SAMPLE_FMT_FLTP;
  context->bit_rate = bitrate_kbps * 1000LL;
  context->time_base = {1, sampling_rate};
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  int code = av_channel_layout_from_string(&context->ch_layout, layout_name(channels));
  if (code >= 0) code = avcodec_open2(context.get(), nullptr, nullptr);
  if (code < 0) {
    return processing_failed(
        fmt::format("opening AAC for {} channels, {} Hz, {} kb/s", channels, sampling_rate, bitrate_kbps), code);
  }
  return MediaEncoder{std::move(context)};
}

Result<void> MediaEncoder::send(const AVFrame* frame) {
  if (const int code = avcodec_send_frame(context_.get(), frame); code < 0) return processing_failed("encoding", code);
  return {};
}

Result<PacketPtr> MediaEncoder::receive() {
  auto packet = make_packet();
  const int code = avcodec_receive_packet(context_.get(), packet.get());
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return PacketPtr{};
  if (code < 0) return processing_failed("encoding", code);
  return packet;
}

std::pair<std::string, std::string> profile_and_level(const AVCodecContext& context) {
  const std::uint8_t* data = context.extradata;
  for (int i = 0; i + 6 < context.extradata_size; ++i) {
    const bool sequence_parameter_set =
        data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1 && (data[i + 3] & 0x1F) == 7;
    if (!sequence_parameter_set) continue;
    const int profile = data[i + 4], level = data[i + 6];
    const char* name = profile == 66 ? "Baseline" : profile == 77 ? "Main" : "High";
    return {name, fmt::format("{}.{}", level / 10, level % 10)};
  }
  return {};
}

}  // namespace lazulite::encoder::ffmpeg
