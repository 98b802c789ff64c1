#include "encoder/ffmpeg/overlay_sound.hpp"

#include <algorithm>
#include <cmath>

namespace lazulite::encoder::ffmpeg {

Result<OverlaySound> OverlaySound::open(const Overlay& overlay, const Options& options, const std::stop_token& stop) {
  OverlaySound sound{overlay, options, stop};
  sound.kept_.resize(static_cast<std::size_t>(options.channels));
  LAZULITE_CHECK(sound.play());
  return sound;
}

Result<std::vector<OverlaySound>> OverlaySound::open_all(std::span<const Overlay> overlays, const Options& options,
                                                         const std::stop_token& stop) {
  std::vector<OverlaySound> sounds;
  for (const Overlay& overlay : overlays) {
    if (!overlay.audio) continue;
    LAZULITE_TRY(auto sound, open(overlay, options, stop));
    sounds.push_back(std::move(sound));
  }
  return sounds;
}

// From the beginning, once more.
Result<void> OverlaySound::play() {
  LAZULITE_TRY(input_, Input::open(overlay_->file, stop_));
  LAZULITE_TRY(AVStream* const chosen, input_->choose_stream(overlay_->audio->index));
  AVStream& stream = *chosen;
  LAZULITE_TRY(auto decoder, Decoder::open(stream, 1));
  decoder_.emplace(std::move(decoder));
  filter_.emplace(AudioFilter::Options{.time_base = stream.time_base,
                                       .sampling_rate = options_.sampling_rate,
                                       .channels = options_.channels,
                                       .frame_size = 0});
  start_ticks_ = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
  next_pts_ = samples_of_play_ = 0;
  drained_ = false;
  ++plays_;
  return {};
}

Result<void> OverlaySound::mix(std::span<float* const> planes, int count, std::int64_t position) {
  const OverlayTimes& times = overlay_->times;
  const std::int64_t first = std::llround(times.start * options_.sampling_rate);
  const auto skipped = static_cast<int>(std::clamp<std::int64_t>(first - position, 0, count));
  std::int64_t wanted = count - skipped;
  if (times.duration) {
    const std::int64_t last = first + std::llround(*times.duration * options_.sampling_rate);
    wanted = std::min(wanted, last - position - skipped);
  }
  if (wanted <= 0) return {};
  LAZULITE_CHECK(fill(static_cast<int>(wanted)));
  const auto there = std::min(wanted, static_cast<std::int64_t>(kept_.front().size()));
  add(planes, skipped, static_cast<int>(there), position + skipped);
  for (auto& channel : kept_) channel.erase(channel.begin(), channel.begin() + there);
  return {};
}

// Until so many samples are kept, or there are no more.
Result<void> OverlaySound::fill(int samples) {
  while (kept_.front().size() < static_cast<std::size_t>(samples) && !over_) {
    if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "the task was cancelled");
    if (drained_) {
      LAZULITE_CHECK(end_of_play());
    } else {
      LAZULITE_CHECK(read());
    }
  }
  return {};
}

Result<void> OverlaySound::end_of_play() {
  const OverlayTimes& times = overlay_->times;
  over_ = samples_of_play_ == 0 || (times.plays > 0 && plays_ >= times.plays);
  if (over_) return {};
  const auto gap = static_cast<std::size_t>(std::llround(times.gap * options_.sampling_rate));
  for (auto& channel : kept_) channel.resize(channel.size() + gap, 0.0F);
  return play();
}

Result<void> OverlaySound::read() {
  LAZULITE_TRY(const auto packet, input_->read());
  if (packet && packet->stream_index != overlay_->audio->index) return {};
  std::vector<FramePtr> frames;
  decoder_->decode(packet.get(), frames);
  const AVRational base = decoder_->time_base();
  for (const FramePtr& frame : frames) {
    if (frame->nb_samples <= 0 || frame->sample_rate <= 0) continue;
    const std::int64_t time = frame->best_effort_timestamp;
    frame->pts = time == AV_NOPTS_VALUE ? next_pts_ : time - start_ticks_;
    next_pts_ = frame->pts + av_rescale_q(frame->nb_samples, {1, frame->sample_rate}, base);
    LAZULITE_CHECK(filter_->push(*frame));
  }
  if (!packet) {
    drained_ = true;
    LAZULITE_CHECK(filter_->close());
  }
  return keep_filtered();
}

Result<void> OverlaySound::keep_filtered() {
  for (;;) {
    LAZULITE_TRY(const auto frame, filter_->pull());
    if (!frame) return {};
    for (std::size_t channel = 0; channel < kept_.size(); ++channel) {
      const auto* samples = reinterpret_cast<const float*>(frame->extended_data[channel]);
      kept_[channel].insert(kept_[channel].end(), samples, samples + frame->nb_samples);
    }
    samples_of_play_ += frame->nb_samples;
  }
}

void OverlaySound::add(std::span<float* const> planes, int offset, int count, std::int64_t position) {
  for (int i = 0; i < count; ++i) {
    const float now = level(position + i);
    for (std::size_t channel = 0; channel < kept_.size(); ++channel)
      planes[channel][offset + i] += now * kept_[channel][static_cast<std::size_t>(i)];
  }
}

// How loud it is there, fades included.
float OverlaySound::level(std::int64_t position) const {
  const OverlayTimes& times = overlay_->times;
  const double seconds = static_cast<double>(position) / options_.sampling_rate;
  double level = overlay_->gain;
  if (times.fade_in_seconds > 0)
    level *= std::clamp((seconds - times.fade_in_start.value_or(times.start)) / times.fade_in_seconds, 0.0, 1.0);
  if (times.fade_out_seconds > 0 && times.fade_out_start)
    level *= 1 - std::clamp((seconds - *times.fade_out_start) / times.fade_out_seconds, 0.0, 1.0);
  return static_cast<float>(level);
}

}  // namespace lazulite::encoder::ffmpeg
