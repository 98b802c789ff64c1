#include "encoder/ffmpeg/branches.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/samplefmt.h>
}

#include <algorithm>
#include <new>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr std::size_t kSizeQueueFrames = 8, kLayerQueueFrames = 4, kQueueBytes = 96U << 20U;
constexpr std::size_t kAudioQueuePackets = 512, kAudioQueueBytes = 8U << 20U;

std::size_t bytes_of(const AVFrame& frame) {
  const int bytes = av_image_get_buffer_size(static_cast<AVPixelFormat>(frame.format), frame.width, frame.height, 1);
  return static_cast<std::size_t>(std::max(bytes, 0));
}

}  // namespace

void run_guarded(RunState& state, const std::function<Result<void>()>& body) {
  try {
    if (auto done = body(); !done) state.fail(std::move(done).error());
  } catch (const std::bad_alloc&) {
    state.fail(fail_with(ErrorCode::kInternal, task_error::kTransient, "memory ran out while encoding"));
  }
}

void ProgressMeter::reached(double seconds) {
  if (expected_seconds_ <= 0 || !report_) return;
  const double percent = std::min(100.0, seconds / expected_seconds_ * 100);
  const std::lock_guard lock{mutex_};
  if (percent < percent_ + 0.05) return;
  percent_ = percent;
  report_(percent);
}

LayerStage::LayerStage(RunState& state, ProgressMeter& progress, MediaEncoder encoder, Mp4Writer& writer)
    : state_(state),
      progress_(progress),
      encoder_(std::move(encoder)),
      writer_(writer),
      queue_(state, kLayerQueueFrames, kQueueBytes) {}

bool LayerStage::push(FramePtr frame) {
  const std::size_t bytes = bytes_of(*frame);
  return queue_.push(std::move(frame), bytes);
}

void LayerStage::run() {
  run_guarded(state_, [this]() -> Result<void> {
    while (const auto frame = queue_.pop()) LAZULITE_CHECK(encode(frame->get()));
    LAZULITE_CHECK(encode(nullptr));
    if (state_.aborted()) return {};
    return writer_.end_video();
  });
}

Result<void> LayerStage::encode(const AVFrame* frame) {
  if (state_.aborted()) return {};
  {
    const RunState::Permit permit{state_};
    LAZULITE_CHECK(encoder_.send(frame));
  }
  while (!state_.aborted()) {
    PacketPtr packet;
    {
      const RunState::Permit permit{state_};
      LAZULITE_TRY(packet, encoder_.receive());
    }
    if (!packet) return {};
    progress_.reached(static_cast<double>(packet->dts) * av_q2d(encoder_.context().time_base));
    LAZULITE_CHECK(writer_.add_video(std::move(packet)));
  }
  return {};
}

SizeStage::SizeStage(RunState& state, FrameSize size)
    : state_(state), size_(size), scaler_(size), queue_(state, kSizeQueueFrames, kQueueBytes) {}

void SizeStage::start() {
  for (const auto& layer : layers_) layer->start();
  thread_ = std::thread{[this] { run(); }};
}

void SizeStage::join() {
  if (thread_.joinable()) thread_.join();
  for (const auto& layer : layers_) layer->join();
}

bool SizeStage::push(FramePtr frame) {
  const std::size_t bytes = bytes_of(*frame);
  return queue_.push(std::move(frame), bytes);
}

void SizeStage::run() {
  run_guarded(state_, [this]() -> Result<void> {
    while (const auto frame = queue_.pop()) {
      FramePtr scaled;
      {
        const RunState::Permit permit{state_};
        LAZULITE_TRY(scaled, scaler_.scale(**frame));
      }
      for (const auto& layer : layers_) {
        if (!layer->push(share(*scaled))) return {};
      }
    }
    for (const auto& layer : layers_) layer->close();
    return {};
  });
}

AudioStage::AudioStage(RunState& state, ProgressMeter* progress, Decoder decoder, MediaEncoder encoder,
                       std::vector<Mp4Writer*> writers)
    : state_(state),
      progress_(progress),
      decoder_(std::move(decoder)),
      encoder_(std::move(encoder)),
      filter_({.time_base = decoder_.time_base(),
               .sampling_rate = encoder_.context().sample_rate,
               .channels = encoder_.context().ch_layout.nb_channels,
               .frame_size = encoder_.context().frame_size}),
      writers_(std::move(writers)),
      queue_(state, kAudioQueuePackets, kAudioQueueBytes) {}

bool AudioStage::push(PacketPtr packet) {
  const auto bytes = static_cast<std::size_t>(packet->size);
  return queue_.push(std::move(packet), bytes);
}

void AudioStage::run() {
  run_guarded(state_, [this]() -> Result<void> {
    while (const auto packet = queue_.pop()) LAZULITE_CHECK(decode(packet->get()));
    if (state_.aborted()) return {};
    LAZULITE_CHECK(decode(nullptr));
    LAZULITE_CHECK(filter_.close());
    LAZULITE_CHECK(encode_filtered());
    if (samples_ == 0) {
      return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedContent,
                       "no sample of the audio stream could be decoded");
    }
    LAZULITE_CHECK(encode(nullptr));
    for (Mp4Writer* writer : writers_) LAZULITE_CHECK(writer->end_audio());
    return {};
  });
}

Result<void> AudioStage::decode(const AVPacket* packet) {
  frames_.clear();
  {
    const RunState::Permit permit{state_};
    decoder_.decode(packet, frames_);
  }
  for (const FramePtr& frame : frames_) LAZULITE_CHECK(conform(*frame));
  return {};
}

Result<void> AudioStage::conform(AVFrame& frame) {
  if (frame.nb_samples <= 0 || frame.sample_rate <= 0) return {};
  const AVRational base = decoder_.time_base();
  const std::int64_t time = frame.best_effort_timestamp;
  frame.pts = time == AV_NOPTS_VALUE ? next_pts_ : time - origin_;
  if (static_cast<double>(frame.pts) * av_q2d(base) > limit_seconds_) return {};
  LAZULITE_CHECK(fill_gap(frame));
  next_pts_ = frame.pts + av_rescale_q(frame.nb_samples, {1, frame.sample_rate}, base);
  reached_ = std::max(reached_, static_cast<double>(next_pts_) * av_q2d(base));
  return filter(frame);
}

// Silence for gaps above a second, in pieces of one: the resampler would make a long one in a single buffer.
Result<void> AudioStage::fill_gap(const AVFrame& frame) {
  const std::int64_t second = av_rescale_q(1, {1, 1}, decoder_.time_base());
  while (second > 0 && frame.pts - next_pts_ > second && !state_.aborted()) {
    auto silence = make_frame();
    silence->format = frame.format;
    silence->sample_rate = frame.sample_rate;
    silence->nb_samples = frame.sample_rate;
    int code = av_channel_layout_copy(&silence->ch_layout, &frame.ch_layout);
    if (code >= 0) code = av_frame_get_buffer(silence.get(), 0);
    if (code < 0) return processing_failed("making silence", code);
    av_samples_set_silence(silence->extended_data, 0, silence->nb_samples, silence->ch_layout.nb_channels,
                           static_cast<AVSampleFormat>(silence->format));
    silence->pts = next_pts_;
    next_pts_ += second;
    LAZULITE_CHECK(filter(*silence));
  }
  return {};
}

Result<void> AudioStage::filter(AVFrame& frame) {
  {
    const RunState::Permit permit{state_};
    LAZULITE_CHECK(filter_.push(frame));
  }
  return encode_filtered();
}

Result<void> AudioStage::encode_filtered() {
  while (!state_.aborted()) {
    FramePtr frame;
    {
      const RunState::Permit permit{state_};
      LAZULITE_TRY(frame, filter_.pull());
    }
    if (!frame) return {};
    frame->pts = samples_;  // the filter leaves no gaps
    samples_ += frame->nb_samples;
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
    for (Mp4Writer* writer : writers_) LAZULITE_CHECK(writer->add_audio(share(*packet)));
  }
}

}  // namespace lazulite::encoder::ffmpeg
