#include "encoder/ffmpeg/overlay_pictures.hpp"

#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kMaxPlaySeconds = 7 * 24 * 3600.0;
constexpr int kMaxSide = 8192;

int even_side(double side) { return std::clamp(static_cast<int>(std::lround(side / 2)) * 2, 2, kMaxSide); }

// As the scale filter names the matrix of a picture that may not say it.
const char* matrix_of(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return "bt709";
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_BT470BG:
      return "bt601";
    default:
      return frame.height >= 720 ? "bt709" : "bt601";
  }
}

// Shown at `seconds` of what it lies on.
bool is_due(const OverlayTimes& times, double seconds) {
  constexpr double kTolerance = 1e-6;
  if (seconds < times.start - kTolerance) return false;
  return !times.duration || seconds < times.start + *times.duration - kTolerance;
}

// What makes the overlay fainter than it is.
std::string strength_filters(const Overlay& overlay) {
  const OverlayTimes& times = overlay.times;
  std::string filters;
  if (times.fade_in_seconds > 0)
    filters += fmt::format("fade=t=in:st={:.6f}:d={:.6f}:alpha=1,", times.fade_in_start.value_or(times.start),
                           times.fade_in_seconds);
  if (times.fade_out_seconds > 0 && times.fade_out_start)
    filters += fmt::format("fade=t=out:st={:.6f}:d={:.6f}:alpha=1,", *times.fade_out_start, times.fade_out_seconds);
  if (overlay.opacity < 1) filters += fmt::format("lutyuv=a=val*{:.6f},", overlay.opacity);
  return filters + "format=yuva420p";
}

}  // namespace

Result<OverlayReader> OverlayReader::open(const Overlay& overlay, const Options& options, const std::stop_token& stop) {
  OverlayReader reader{overlay, options, stop};
  LAZULITE_CHECK(reader.play());
  return reader;
}

// From the beginning, once more.
Result<void> OverlayReader::play() {
  LAZULITE_TRY(input_, Input::open(overlay_->file, stop_, Input::Kind::kMediaOrPicture));
  LAZULITE_TRY(AVStream* const chosen, input_->choose_stream(overlay_->video->index));
  AVStream& stream = *chosen;
  LAZULITE_TRY(auto decoder, Decoder::open(stream, 1));
  decoder_.emplace(std::move(decoder));
  filter_.emplace(VideoFilter::Options{.rate = options_.rate,
                                       .time_base = stream.time_base,
                                       .rotation = overlay_->video->rotation,
                                       .interlaced = overlay_->video->interlaced,
                                       .filters = {},
                                       .overlay = VideoFilter::OverlayForm{options_.size, options_.matrix},
                                       .threads = 1});
  start_ticks_ = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
  next_pts_ = 0;
  drained_ = false;
  ++plays_;
  return {};
}

Result<FramePtr> OverlayReader::next() {
  for (;;) {
    if (over_) return FramePtr{};
    if (gap_frames_ > 0) {
      --gap_frames_;
      return FramePtr{};
    }
    LAZULITE_TRY(auto frame, filter_->pull());
    if (frame) {
      last_ = share(*frame);
      return frame;
    }
    if (!drained_) {
      LAZULITE_CHECK(read());
      continue;
    }
    if (!last_)
      return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedContent,
                       "{}: no picture of the overlay could be decoded", overlay_->file.name);
    if (decoder_->frames() == 1) return share(*last_);
    LAZULITE_CHECK(end_of_play());
  }
}

Result<void> OverlayReader::end_of_play() {
  const OverlayTimes& times = overlay_->times;
  over_ = times.plays > 0 && plays_ >= times.plays;
  if (over_) return {};
  gap_frames_ = std::llround(times.gap * options_.rate.value());
  return play();
}

Result<void> OverlayReader::read() {
  LAZULITE_TRY(const auto packet, input_->read());
  if (packet && packet->stream_index != overlay_->video->index) return {};
  std::vector<FramePtr> frames;
  decoder_->decode(packet.get(), frames);
  for (const FramePtr& frame : frames) LAZULITE_CHECK(filter(*frame));
  if (packet) return {};
  drained_ = true;
  return filter_->close(kMaxPlaySeconds);
}

Result<void> OverlayReader::filter(AVFrame& frame) {
  if (frame.width <= 0 || frame.height <= 0) return {};
  const AVRational base = decoder_->time_base();
  const std::int64_t time = frame.best_effort_timestamp;
  frame.pts = std::max<std::int64_t>(0, time == AV_NOPTS_VALUE ? next_pts_ : time - start_ticks_);
  const std::int64_t usual =
      std::max<std::int64_t>(1, av_rescale_q(1, {options_.rate.denominator, options_.rate.numerator}, base));
  // A still picture says it lasts 40 ms, which may be less than a frame of the output.
  frame.pkt_duration = decoder_->frames() > 1 && frame.pkt_duration > 0 ? frame.pkt_duration : usual;
  next_pts_ = frame.pts + frame.pkt_duration;
  return filter_->push(frame);
}

OverlayPictures::OverlayPictures(std::span<const Overlay> overlays, Fraction rate, std::stop_token stop)
    : rate_(rate), stop_(std::move(stop)) {
  for (const Overlay& overlay : overlays) {
    if (overlay.video)
      layers_.push_back({.overlay = &overlay, .reader = {}, .chain = {}, .width = 0, .height = 0, .over = false});
  }
}

Result<FramePtr> OverlayPictures::apply(FramePtr frame) {
  for (Layer& layer : layers_) {
    if (layer.over || !is_due(layer.overlay->times, static_cast<double>(frames_) / rate_.value())) continue;
    LAZULITE_TRY(frame, lay(layer, std::move(frame)));
  }
  ++frames_;
  return frame;
}

Result<FramePtr> OverlayPictures::lay(Layer& layer, FramePtr frame) {
  LAZULITE_CHECK(prepare(layer, *frame));
  LAZULITE_TRY(const auto picture, layer.reader->next());
  layer.over = layer.reader->over();
  if (!picture) return frame;
  // Times in the graph are those of what the overlay lies on: fades go by them.
  frame->pts = picture->pts = frames_;
  LAZULITE_CHECK(layer.chain->push(*frame, 0));
  LAZULITE_CHECK(layer.chain->push(*picture, 1));
  LAZULITE_TRY(auto laid, layer.chain->pull());
  if (!laid) return processing_failed("laying an overlay", AVERROR(EAGAIN));
  return laid;
}

Result<void> OverlayPictures::prepare(Layer& layer, const AVFrame& frame) const {
  const OverlayRectangle& place = layer.overlay->rectangle;
  if (!layer.reader) {
    const int width = even_side(place.width * frame.width), height = even_side(place.height * frame.height);
    const OverlayReader::Options options{
        .rate = rate_, .size = {width, height, width, height}, .matrix = matrix_of(frame)};
    LAZULITE_TRY(auto reader, OverlayReader::open(*layer.overlay, options, stop_));
    layer.reader.emplace(std::move(reader));
    layer.width = layer.height = 0;
  }
  if (layer.chain && layer.width == frame.width && layer.height == frame.height) return {};
  const auto source = [&](int width, int height, AVPixelFormat format) {
    return fmt::format("video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect=1/1", width, height,
                       static_cast<int>(format), rate_.denominator, rate_.numerator);
  };
  const std::array<std::string, 2> sources{
      source(frame.width, frame.height, AV_PIX_FMT_YUV420P),
      source(even_side(place.width * frame.width), even_side(place.height * frame.height), AV_PIX_FMT_YUVA420P)};
  const auto filters = fmt::format("[in1]{}[over];[in0][over]overlay=x={}:y={}:eof_action=pass:format=yuv420",
                                   strength_filters(*layer.overlay), std::lround(place.left * frame.width),
                                   std::lround(place.top * frame.height));
  LAZULITE_TRY(auto chain, FilterChain::open("buffer", sources, filters, "buffersink", 1));
  layer.chain.emplace(std::move(chain));
  layer.width = frame.width;
  layer.height = frame.height;
  return {};
}

}  // namespace lazulite::encoder::ffmpeg
