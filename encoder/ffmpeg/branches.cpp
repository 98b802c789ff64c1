#include "encoder/ffmpeg/branches.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/imgutils.h>
}

#include <algorithm>
#include <chrono>
#include <new>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr std::size_t kSizeQueueFrames = 8, kLayerQueueFrames = 4, kQueueBytes = 96U << 20U;

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
  // Also when it hardly moves: a sign of life.
  constexpr std::chrono::seconds kLongest{1};
  const auto now = std::chrono::steady_clock::now();
  if (percent < percent_ + 0.05 && now < reported_ + kLongest) return;
  percent_ = std::max(percent, percent_);
  reported_ = now;
  report_(percent_);
}

LayerStage::LayerStage(RunState& state, ProgressMeter& progress, MediaEncoder encoder, MediaWriter& writer)
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

}  // namespace lazulite::encoder::ffmpeg
