#include "encoder/ffmpeg/filter_chain.hpp"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

// Pulls from the oldest chain; drops it when drained and a newer one waits.
Result<FramePtr> pull_in_order(std::vector<FilterChain>& chains) {
  while (!chains.empty()) {
    LAZULITE_TRY(auto frame, chains.front().pull());
    if (frame || chains.size() == 1) return frame;
    chains.erase(chains.begin());
  }
  return FramePtr{};
}

std::string describe(const AVChannelLayout& layout) {
  std::array<char, 128> text{};
  // Unordered or unknown layouts get the default of their count, which every filter understands.
  AVChannelLayout usual{};
  if (layout.order != AV_CHANNEL_ORDER_NATIVE) av_channel_layout_default(&usual, layout.nb_channels);
  av_channel_layout_describe(usual.nb_channels > 0 ? &usual : &layout, text.data(), text.size());
  return text.data();
}

}  // namespace

const char* layout_name(int channels) {
  switch (channels) {
    case 1:
      return "mono";
    case 5:
      return "5.0";
    case 6:
      return "5.1";
    case 8:
      return "7.1";
    default:
      return "stereo";
  }
}

Result<FilterChain> FilterChain::open(const char* source, std::span<const std::string> source_arguments,
                                      const std::string& filters, const char* sink, unsigned threads) {
  auto graph = own<FilterGraphPtr>(avfilter_graph_alloc());
  graph->nb_threads = static_cast<int>(std::clamp(threads, 1U, 16U));
  std::vector<AVFilterContext*> sources;
  AVFilterInOut* outputs = nullptr;  // of the sources, from the parser's point of view
  int code = 0;
  for (std::size_t i = 0; i < source_arguments.size() && code >= 0; ++i) {
    const std::string name = source_arguments.size() == 1 ? "in" : fmt::format("in{}", i);
    AVFilterContext* context = nullptr;
    code = avfilter_graph_create_filter(&context, avfilter_get_by_name(source), name.c_str(),
                                        source_arguments[i].c_str(), nullptr, graph.get());
    sources.push_back(context);
    AVFilterInOut* output = avfilter_inout_alloc();
    if (output == nullptr) throw std::bad_alloc();
    *output = {av_strdup(name.c_str()), context, 0, outputs};
    outputs = output;
  }
  AVFilterContext* sink_context = nullptr;
  if (code >= 0)
    code =
        avfilter_graph_create_filter(&sink_context, avfilter_get_by_name(sink), "out", nullptr, nullptr, graph.get());
  if (code < 0) {
    avfilter_inout_free(&outputs);
    return processing_failed(fmt::format("filter source {}", source_arguments.back()), code);
  }
  AVFilterInOut* inputs = avfilter_inout_alloc();
  if (inputs == nullptr) throw std::bad_alloc();
  *inputs = {av_strdup("out"), sink_context, 0, nullptr};
  code = avfilter_graph_parse_ptr(graph.get(), filters.c_str(), &inputs, &outputs, nullptr);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (code >= 0) code = avfilter_graph_config(graph.get(), nullptr);
  if (code < 0) return processing_failed(fmt::format("filters {}", filters), code);
  return FilterChain{std::move(graph), std::move(sources), sink_context};
}

Result<void> FilterChain::push(AVFrame& frame, std::size_t source) {
  const int code = av_buffersrc_add_frame_flags(sources_.at(source), &frame, AV_BUFFERSRC_FLAG_KEEP_REF);
  if (code < 0) return processing_failed("filtering", code);
  return {};
}

Result<void> FilterChain::close(std::int64_t end) {
  const int code = av_buffersrc_close(sources_.front(), end, 0);
  if (code < 0) return processing_failed("ending the filters", code);
  return {};
}

Result<FramePtr> FilterChain::pull() {
  auto frame = make_frame();
  const int code = av_buffersink_get_frame(sink_, frame.get());
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return FramePtr{};
  if (code < 0) return processing_failed("filtering", code);
  return frame;
}

void FilterChain::set_frame_size(int samples) { av_buffersink_set_frame_size(sink_, static_cast<unsigned>(samples)); }

bool VideoFilter::wants_deinterlacing(const AVFrame& frame) const {
  if (options_.filters.deinterlace != Deinterlace::kAuto) return options_.filters.deinterlace == Deinterlace::kForce;
  return interlaced_ || options_.interlaced || frame.interlaced_frame != 0;
}

// Of the picture as it was coded, and then upright at the output's rate.
std::string VideoFilter::shape_filters() const {
  std::string filters;
  const bool force = options_.filters.deinterlace == Deinterlace::kForce;
  if (interlaced_) filters += fmt::format("bwdif=mode=send_frame:deint={},", force ? "all" : "interlaced");
  if (const auto& crop = options_.filters.crop)
    filters += fmt::format("crop={}:{}:{}:{}:exact=1,", crop->width, crop->height, crop->x, crop->y);
  if (const auto& pad = options_.filters.pad) {
    const auto place = [](const std::optional<int>& side, const char* middle) {
      return side ? std::to_string(*side) : std::string{middle};
    };
    filters += fmt::format("pad={}:{}:{}:{}:black,", pad->width, pad->height, place(pad->x, "(ow-iw)/2"),
                           place(pad->y, "(oh-ih)/2"));
  }
  if (options_.rate.numerator > 0) {
    filters += fmt::format("fps=fps={}/{}:start_time={:.9f},", options_.rate.numerator, options_.rate.denominator,
                           static_cast<double>(next_output_) / options_.rate.value());
  }
  if (options_.rotation == 90) filters += "transpose=clock,";
  if (options_.rotation == 180) filters += "hflip,vflip,";
  if (options_.rotation == 270) filters += "transpose=cclock,";
  return filters;
}

std::string VideoFilter::colour_filters(const AVFrame& frame) const {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(format);
  std::string filters;
  const bool rgb = pixels != nullptr && (pixels->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  const bool transparent = pixels != nullptr && (pixels->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0;
  if (transparent && !options_.overlay) {
    filters += rgb || (pixels->flags & AV_PIX_FMT_FLAG_PAL) != 0 ? "format=gbrap," : "format=yuva420p,";
    filters += "premultiply=inplace=1,";  // on black, processing.md 7.4
  }
  if (frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67) {
    filters += fmt::format(
        "zscale=transfer=linear:npl=100:primariesin={}:matrixin={},format=gbrpf32le,zscale=primaries=bt709,tonemap="
        "tonemap=hable:desat=0,"
        "zscale=transfer=bt709:matrix=bt709:range=limited,",
        frame.color_primaries == AVCOL_PRI_UNSPECIFIED ? "bt2020" : "input",
        frame.colorspace == AVCOL_SPC_UNSPECIFIED ? "bt2020nc" : "input");
  } else if (options_.overlay) {
    return filters;  // its scaling takes any form
  } else if (rgb || format != AV_PIX_FMT_YUV420P || frame.color_range == AVCOL_RANGE_JPEG) {
    filters += fmt::format("scale=out_range=limited{},",
                           rgb ? (frame.height >= 720 ? ":out_color_matrix=bt709" : ":out_color_matrix=bt601") : "");
  }
  return filters;
}

std::string VideoFilter::filters_for(const AVFrame& frame) const {
  const std::string filters = shape_filters() + colour_filters(frame);
  if (!options_.overlay) return filters + "format=yuv420p";
  const FrameSize& size = options_.overlay->size;
  return filters + fmt::format("scale={}:{}:flags=bicubic:out_range=limited:out_color_matrix={},format=yuva420p",
                               size.width, size.height, options_.overlay->matrix);
}

Result<void> VideoFilter::rebuild(const AVFrame& frame) {
  if (!chains_.empty()) LAZULITE_CHECK(chains_.back().close(frame.pts));
  const auto arguments = fmt::format("video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect=1/1", frame.width,
                                     frame.height, frame.format, options_.time_base.num, options_.time_base.den);
  // Frames of the old graph end where those of the new one begin, so the count of outputs is known only when it is
  // drained; the start of the new one follows from the time of its first frame.
  next_output_ = chains_.empty() ? 0 : av_rescale_q(frame.pts, options_.time_base, frame_base());
  interlaced_ = wants_deinterlacing(frame);
  LAZULITE_TRY(auto chain,
               FilterChain::open("buffer", {&arguments, 1}, filters_for(frame), "buffersink", options_.threads));
  chains_.push_back(std::move(chain));
  width_ = frame.width;
  height_ = frame.height;
  format_ = frame.format;
  return {};
}

Result<void> VideoFilter::push(AVFrame& frame) {
  const bool same = frame.width == width_ && frame.height == height_ && frame.format == format_;
  if (chains_.empty() || !same || (wants_deinterlacing(frame) && !interlaced_)) LAZULITE_CHECK(rebuild(frame));
  const std::int64_t frame_ticks = av_rescale_q(1, frame_base(), options_.time_base);
  end_ = frame.pts + std::max<std::int64_t>(
                         frame.pkt_duration > 0 ? std::min(frame.pkt_duration, 2 * frame_ticks) : frame_ticks, 1);
  return chains_.back().push(frame);
}

Result<void> VideoFilter::close(double limit_seconds) {
  if (chains_.empty()) return {};
  const double limit = limit_seconds / av_q2d(options_.time_base);
  return chains_.back().close(limit < 1e15 ? std::min<std::int64_t>(end_, std::llround(limit)) : end_);
}

Result<FramePtr> VideoFilter::pull() { return pull_in_order(chains_); }

Result<void> AudioFilter::rebuild(const AVFrame& frame) {
  if (!chains_.empty()) LAZULITE_CHECK(chains_.back().close(frame.pts));
  const AVRational output_base{1, options_.sampling_rate};
  next_output_ = chains_.empty() ? 0 : av_rescale_q(frame.pts, options_.time_base, output_base);
  const auto arguments =
      fmt::format("time_base={}/{}:sample_rate={}:sample_fmt={}:channel_layout={}", options_.time_base.num,
                  options_.time_base.den, frame.sample_rate, frame.format, layout_);
  // One channel into two: the same in both, as loud as it was (processing.md 7.5).
  const char* spread = frame.ch_layout.nb_channels == 1 && options_.channels == 2 ? "pan=stereo|c0=c0|c1=c0," : "";
  const auto filters = fmt::format(
      "{3}aresample={0}:async=1:first_pts={1},aformat=sample_fmts=fltp:sample_rates={0}:channel_layouts={2}",
      options_.sampling_rate, next_output_, layout_name(options_.channels), spread);
  LAZULITE_TRY(auto chain, FilterChain::open("abuffer", {&arguments, 1}, filters, "abuffersink", 1));
  chain.set_frame_size(options_.frame_size);
  chains_.push_back(std::move(chain));
  sample_rate_ = frame.sample_rate;
  format_ = frame.format;
  return {};
}

Result<void> AudioFilter::push(AVFrame& frame) {
  const std::string layout = describe(frame.ch_layout);
  if (chains_.empty() || frame.sample_rate != sample_rate_ || frame.format != format_ || layout != layout_) {
    layout_ = layout;
    LAZULITE_CHECK(rebuild(frame));
  }
  if (frame.ch_layout.order != AV_CHANNEL_ORDER_NATIVE)
    av_channel_layout_default(&frame.ch_layout, frame.ch_layout.nb_channels);
  end_ = frame.pts + av_rescale_q(frame.nb_samples, {1, frame.sample_rate}, options_.time_base);
  return chains_.back().push(frame);
}

Result<void> AudioFilter::close() {
  if (chains_.empty()) return {};
  return chains_.back().close(end_);
}

Result<FramePtr> AudioFilter::pull() { return pull_in_order(chains_); }

}  // namespace lazulite::encoder::ffmpeg
