// The right side of the transcoder: size stages that scale and layer stages that encode, each a thread behind a bounded
// queue. Made and joined by the Transcoder; errors go to the RunState. Destroy only after
// RunState::fail can no longer be called.
#pragma once

#include "encoder/ffmpeg/media_encoder.hpp"
#include "encoder/ffmpeg/media_writer.hpp"
#include "encoder/ffmpeg/run_state.hpp"
#include "encoder/ffmpeg/scaler.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace lazulite::encoder::ffmpeg {

// Turns output times into a percentage that never falls.
class ProgressMeter {
 public:
  ProgressMeter(std::optional<double> expected_seconds, std::function<void(double)> report)
      : expected_seconds_(expected_seconds.value_or(0)), report_(std::move(report)) {}
  void reached(double seconds);

 private:
  const double expected_seconds_;
  const std::function<void(double)> report_;
  std::mutex mutex_;
  double percent_ = 0;
  std::chrono::steady_clock::time_point reported_{};
};

// One x264 and the file it fills.
class LayerStage {
 public:
  LayerStage(RunState& state, ProgressMeter& progress, MediaEncoder encoder, MediaWriter& writer);
  void start() {
    thread_ = std::thread{[this] { run(); }};
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  bool push(FramePtr frame);
  void close() { queue_.close(); }

 private:
  void run();
  Result<void> encode(const AVFrame* frame);

  RunState& state_;
  ProgressMeter& progress_;
  MediaEncoder encoder_;
  MediaWriter& writer_;
  BoundedQueue<FramePtr> queue_;
  std::thread thread_;
};

// One scaled size, shared by all layers that have it.
class SizeStage {
 public:
  SizeStage(RunState& state, FrameSize size);
  void add_layer(std::unique_ptr<LayerStage> layer) { layers_.push_back(std::move(layer)); }
  [[nodiscard]] const FrameSize& size() const { return size_; }
  void start();
  void join();
  bool push(FramePtr frame);
  void close() { queue_.close(); }

 private:
  void run();

  RunState& state_;
  FrameSize size_;
  Scaler scaler_;
  std::vector<std::unique_ptr<LayerStage>> layers_;
  BoundedQueue<FramePtr> queue_;
  std::thread thread_;
};

// Runs a thread's body; a Result's error or memory running out ends the whole run.
void run_guarded(RunState& state, const std::function<Result<void>()>& body);

}  // namespace lazulite::encoder::ffmpeg
