// The right side of the transcoder: size stages that scale and layer stages that encode, each a thread behind a bounded
// queue, and the audio stage. Made and joined by the Transcoder; errors go to the RunState. Destroy only after
// RunState::fail can no longer be called.
#pragma once

#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/media_encoder.hpp"
#include "encoder/ffmpeg/mp4_writer.hpp"
#include "encoder/ffmpeg/run_state.hpp"
#include "encoder/ffmpeg/scaler.hpp"

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
};

// One x264 and the file it fills.
class LayerStage {
 public:
  LayerStage(RunState& state, ProgressMeter& progress, MediaEncoder encoder, Mp4Writer& writer);
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
  Mp4Writer& writer_;
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

// Decodes, conforms and encodes the audio once; its packets go to every writer.
class AudioStage {
 public:
  // `progress` is null when the video reports it.
  AudioStage(RunState& state, ProgressMeter* progress, Decoder decoder, MediaEncoder encoder,
             std::vector<Mp4Writer*> writers);
  void start() {
    thread_ = std::thread{[this] { run(); }};
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  // Before start(): what is subtracted from time stamps, in the stream's time base, and the time beyond which samples
  // are dropped.
  void set_times(std::int64_t origin, double limit_seconds) {
    origin_ = origin;
    limit_seconds_ = limit_seconds;
  }
  bool push(PacketPtr packet);
  void close() { queue_.close(); }
  // After join():
  [[nodiscard]] const Decoder& decoder() const { return decoder_; }
  [[nodiscard]] double reached() const { return reached_; }  // seconds of source decoded

 private:
  void run();
  Result<void> decode(const AVPacket* packet);
  Result<void> conform(AVFrame& frame);
  Result<void> fill_gap(const AVFrame& frame);
  Result<void> filter(AVFrame& frame);
  Result<void> encode_filtered();
  Result<void> encode(const AVFrame* frame);

  RunState& state_;
  ProgressMeter* progress_;
  Decoder decoder_;
  MediaEncoder encoder_;
  AudioFilter filter_;
  std::vector<Mp4Writer*> writers_;
  BoundedQueue<PacketPtr> queue_;
  std::thread thread_;
  std::vector<FramePtr> frames_;
  std::int64_t origin_ = 0, next_pts_ = 0, samples_ = 0;
  double reached_ = 0, limit_seconds_ = 0;
};

// Runs a thread's body; a Result's error or memory running out ends the whole run.
void run_guarded(RunState& state, const std::function<Result<void>()>& body);

}  // namespace lazulite::encoder::ffmpeg
