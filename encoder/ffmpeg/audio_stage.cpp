#include "encoder/ffmpeg/audio_stage.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

#include <algorithm>
#include <array>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr std::size_t kQueueItems = 512, kQueueBytes = 8U << 20U;

Result<FramePtr> make_samples(const AVChannelLayout& layout, int format, int rate, int samples) {
  auto frame = make_frame();
  frame->format = format;
  frame->sample_rate = rate;
  frame->nb_samples = samples;
  int code = av_channel_layout_copy(&frame->ch_layout, &layout);
  if (code >= 0) code = av_frame_get_buffer(frame.get(), 0);
  if (code < 0) return processing_failed("making samples", code);
  return frame;
}

Result<FramePtr> make_silence(const AVChannelLayout& layout, int format, int rate, int samples) {
  LAZULITE_TRY(auto frame, make_samples(layout, format, rate, samples));
  av_samples_set_silence(frame->extended_data, 0, samples, layout.nb_channels, static_cast<AVSampleFormat>(format));
  return frame;
}

}  // namespace

AudioStage::AudioStage(RunState& state, ProgressMeter* progress, MediaEncoder encoder,
                       std::vector<MediaWriter*> writers)
    : state_(state),
      progress_(progress),
      encoder_(std::move(encoder)),
      writers_(std::move(writers)),
      queue_(state, kQueueItems, kQueueBytes),
      rate_(encoder_.context().sample_rate),
      frame_size_(encoder_.context().frame_size) {
  fifo_ = own<AudioFifoPtr>(
      av_audio_fifo_alloc(encoder_.context().sample_fmt, encoder_.context().ch_layout.nb_channels, 4 * frame_size_));
}

bool AudioStage::begin(ClipStart clip) {
  return queue_.push({.packet = {}, .begin = std::make_unique<ClipStart>(std::move(clip)), .end_at = 0}, 0);
}

bool AudioStage::push(PacketPtr packet) {
  const auto bytes = static_cast<std::size_t>(packet->size);
  return queue_.push({.packet = std::move(packet), .begin = {}, .end_at = 0}, bytes);
}

bool AudioStage::end_at(double seconds) { return queue_.push({.packet = {}, .begin = {}, .end_at = seconds}, 0); }

void AudioStage::run() {
  run_guarded(state_, [this]() -> Result<void> {
    while (auto item = queue_.pop()) LAZULITE_CHECK(take(std::move(*item)));
    if (state_.aborted()) return {};
    return finish_all();
  });
}

Result<void> AudioStage::take(Item item) {
  if (item.packet) return decode(item.packet.get());
  LAZULITE_CHECK(finish_clip());
  if (!item.begin) {
    const std::int64_t due = std::llround(item.end_at * rate_);
    to_skip_ = std::max<std::int64_t>(0, samples_ - due);
    return append_silence(due - samples_);
  }
  decoder_ = std::move(item.begin->decoder);
  clip_overlays_ = std::move(item.begin->overlays);
  if (decoder_)
    filter_.emplace(AudioFilter::Options{.time_base = decoder_->time_base(),
                                         .sampling_rate = rate_,
                                         .channels = encoder_.context().ch_layout.nb_channels,
                                         .frame_size = 0});
  origin_ = item.begin->origin;
  limit_seconds_ = item.begin->limit_seconds;
  next_pts_ = 0;
  clip_first_ = samples_ - to_skip_;
  return {};
}

Result<void> AudioStage::finish_clip() {
  if (!decoder_) return {};
  LAZULITE_CHECK(decode(nullptr));
  LAZULITE_CHECK(filter_->close());
  LAZULITE_CHECK(append_filtered());
  damaged_packets_ += decoder_->damaged_packets();
  decoder_.reset();
  return {};
}

Result<void> AudioStage::finish_all() {
  LAZULITE_CHECK(finish_clip());
  if (samples_ == 0) {
    return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedContent,
                     "no sample of the audio stream could be decoded");
  }
  LAZULITE_CHECK(encode_whole_frames(1));
  LAZULITE_CHECK(encode(nullptr));
  for (MediaWriter* writer : writers_) LAZULITE_CHECK(writer->end_audio());
  return {};
}

Result<void> AudioStage::decode(const AVPacket* packet) {
  if (!decoder_) return {};
  frames_.clear();
  {
    const RunState::Permit permit{state_};
    decoder_->decode(packet, frames_);
  }
  for (const FramePtr& frame : frames_) LAZULITE_CHECK(conform(*frame));
  return {};
}

Result<void> AudioStage::conform(AVFrame& frame) {
  if (frame.nb_samples <= 0 || frame.sample_rate <= 0) return {};
  const AVRational base = decoder_->time_base();
  const std::int64_t time = frame.best_effort_timestamp;
  frame.pts = time == AV_NOPTS_VALUE ? next_pts_ : time - origin_;
  const std::int64_t end = frame.pts + av_rescale_q(frame.nb_samples, {1, frame.sample_rate}, base);
  if (end <= 0 || static_cast<double>(frame.pts) * av_q2d(base) > limit_seconds_) return {};
  LAZULITE_CHECK(fill_gap(frame));
  next_pts_ = end;
  return filter(frame);
}

// Silence for gaps above a second, in pieces of one: the resampler would make a long one in a single buffer.
Result<void> AudioStage::fill_gap(const AVFrame& frame) {
  const std::int64_t second = av_rescale_q(1, {1, 1}, decoder_->time_base());
  while (second > 0 && frame.pts - next_pts_ > second && !state_.aborted()) {
    LAZULITE_TRY(auto silence, make_silence(frame.ch_layout, frame.format, frame.sample_rate, frame.sample_rate));
    silence->pts = next_pts_;
    next_pts_ += second;
    LAZULITE_CHECK(filter(*silence));
  }
  return {};
}

Result<void> AudioStage::filter(AVFrame& frame) {
  {
    const RunState::Permit permit{state_};
    LAZULITE_CHECK(filter_->push(frame));
  }
  return append_filtered();
}

Result<void> AudioStage::append_filtered() {
  while (!state_.aborted()) {
    FramePtr frame;
    {
      const RunState::Permit permit{state_};
      LAZULITE_TRY(frame, filter_->pull());
    }
    if (!frame) return {};
    LAZULITE_CHECK(append(*frame));
  }
  return {};
}

// Planar float of the output's rate and layout; the filter leaves no gaps.
Result<void> AudioStage::append(AVFrame& frame) {
  const std::int64_t skipped = std::min<std::int64_t>(to_skip_, frame.nb_samples);
  to_skip_ -= skipped;
  const auto last = clip_first_ + std::llround(std::min(limit_seconds_, 1e9) * rate_);
  const auto count = static_cast<int>(
      std::clamp<std::int64_t>(frame.nb_samples - skipped, 0, std::max<std::int64_t>(last - samples_, 0)));
  if (count == 0) return {};
  if (gain_ != 1 || !overlays_.empty() || !clip_overlays_.empty())
    LAZULITE_CHECK(mix(frame, static_cast<int>(skipped), count));
  std::array<void*, 8> planes{};
  for (int channel = 0; channel < std::min(frame.ch_layout.nb_channels, 8); ++channel)
    planes.at(static_cast<std::size_t>(channel)) =
        frame.extended_data[channel] + skipped * static_cast<int>(sizeof(float));
  if (av_audio_fifo_write(fifo_.get(), planes.data(), count) < count)
    return processing_failed("keeping samples", AVERROR(ENOMEM));
  samples_ += count;
  return encode_whole_frames(frame_size_);
}

// The gain, and the overlays of the clip and of the whole output, on so many samples behind the skipped ones.
Result<void> AudioStage::mix(AVFrame& frame, int skipped, int count) {
  if (const int code = av_frame_make_writable(&frame); code < 0) return processing_failed("mixing", code);
  std::vector<float*> planes;
  for (int channel = 0; channel < frame.ch_layout.nb_channels; ++channel) {
    planes.push_back(reinterpret_cast<float*>(frame.extended_data[channel]) + skipped);
    if (gain_ != 1)
      std::transform(planes.back(), planes.back() + count, planes.back(),
                     [this](float sample) { return sample * gain_; });
  }
  const RunState::Permit permit{state_};
  for (OverlaySound& overlay : clip_overlays_) LAZULITE_CHECK(overlay.mix(planes, count, samples_ - clip_first_));
  for (OverlaySound& overlay : overlays_) LAZULITE_CHECK(overlay.mix(planes, count, samples_));
  return {};
}

Result<void> AudioStage::append_silence(std::int64_t samples) {
  const AVCodecContext& encoder = encoder_.context();
  limit_seconds_ = 1e9;
  while (samples > 0 && !state_.aborted()) {
    const auto count = static_cast<int>(std::min<std::int64_t>(samples, rate_));
    LAZULITE_TRY(const auto silence, make_silence(encoder.ch_layout, encoder.sample_fmt, rate_, count));
    LAZULITE_CHECK(append(*silence));
    samples -= count;
  }
  return {};
}

// Gives the encoder all that is there in frames of its size; the last may be shorter when `least` says so.
Result<void> AudioStage::encode_whole_frames(int least) {
  const AVCodecContext& encoder = encoder_.context();
  while (av_audio_fifo_size(fifo_.get()) >= least && !state_.aborted()) {
    const int count = std::min(av_audio_fifo_size(fifo_.get()), frame_size_);
    LAZULITE_TRY(const auto frame, make_samples(encoder.ch_layout, encoder.sample_fmt, rate_, count));
    if (av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->extended_data), count) < count)
      return processing_failed("taking samples", AVERROR(EIO));
    frame->pts = encoded_;
    encoded_ += count;
    LAZULITE_CHECK(encode(frame.get()));
  }
  return {};
}

Result<void> AudioStage::encode(const AVFrame* frame) {
  {
    const RunState::Permit permit{state_};
    LAZULITE_CHECK(encoder_.send(frame));
  }
  for (;;) {
    PacketPtr packet;
    {
      const RunState::Permit permit{state_};
      LAZULITE_TRY(packet, encoder_.receive());
    }
    if (!packet) return {};
    if (progress_ != nullptr)
      progress_->reached(static_cast<double>(packet->pts) * av_q2d(encoder_.context().time_base));
    for (MediaWriter* writer : writers_) LAZULITE_CHECK(writer->add_audio(share(*packet)));
  }
}

}  // namespace lazulite::encoder::ffmpeg
