#include "encoder/ffmpeg/peak_level.hpp"

#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/packet_reader.hpp"

#include <algorithm>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

class PeakMeter {
 public:
  PeakMeter(Decoder decoder, const AudioPlan& plan, double origin, double limit_seconds)
      : decoder_(std::move(decoder)),
        filter_({.time_base = decoder_.time_base(),
                 .sampling_rate = plan.sampling_rate,
                 .channels = plan.channels,
                 .frame_size = 0}),
        origin_(std::llround(origin / av_q2d(decoder_.time_base()))),
        limit_seconds_(limit_seconds) {}

  // Null at the end. False when the clip has ended.
  Result<bool> take(const AVPacket* packet) {
    std::vector<FramePtr> frames;
    decoder_.decode(packet, frames);
    for (const FramePtr& frame : frames) {
      if (frame->nb_samples <= 0 || frame->sample_rate <= 0) continue;
      frame->pts = frame->best_effort_timestamp == AV_NOPTS_VALUE ? next_ : frame->best_effort_timestamp - origin_;
      next_ = frame->pts + av_rescale_q(frame->nb_samples, {1, frame->sample_rate}, decoder_.time_base());
      if (next_ <= 0) continue;
      if (static_cast<double>(frame->pts) * av_q2d(decoder_.time_base()) >= limit_seconds_) return false;
      LAZULITE_CHECK(filter_.push(*frame));
    }
    if (packet == nullptr) LAZULITE_CHECK(filter_.close());
    LAZULITE_CHECK(measure());
    return true;
  }
  [[nodiscard]] double peak() const { return peak_; }

 private:
  Result<void> measure() {
    for (;;) {
      LAZULITE_TRY(const auto frame, filter_.pull());
      if (!frame) return {};
      for (int channel = 0; channel < frame->ch_layout.nb_channels; ++channel) {
        const auto* samples = reinterpret_cast<const float*>(frame->extended_data[channel]);
        for (int i = 0; i < frame->nb_samples; ++i) peak_ = std::max(peak_, std::abs(samples[i]));
      }
    }
  }

  Decoder decoder_;
  AudioFilter filter_;
  std::int64_t origin_, next_ = 0;
  double limit_seconds_;
  float peak_ = 0;
};

Result<double> peak_of(const Clip& whole, const AudioPlan& plan, const std::stop_token& stop) {
  Clip clip = whole;
  clip.video.reset();
  LAZULITE_TRY(auto reader, PacketReader::open(clip, {}, stop));
  LAZULITE_TRY(auto decoder, Decoder::open(reader.stream_of(*clip.audio), 1));
  PeakMeter meter{std::move(decoder), plan, reader.origin(), clip.duration.value_or(1e9)};
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "the task was cancelled");
    LAZULITE_TRY(const auto item, reader.next());
    if (item.packet && item.packet->stream_index != clip.audio->stream.index) continue;
    LAZULITE_TRY(const bool more, meter.take(item.packet.get()));
    if (!item.packet || !more) return meter.peak();
  }
}

}  // namespace

Result<double> peak_level(std::span<const Clip> clips, const AudioPlan& plan, const std::stop_token& stop) {
  double peak = 0;
  for (const Clip& clip : clips) {
    if (!clip.audio) continue;
    LAZULITE_TRY(const double of_clip, peak_of(clip, plan, stop));
    peak = std::max(peak, of_clip);
  }
  return peak;
}

}  // namespace lazulite::encoder::ffmpeg
