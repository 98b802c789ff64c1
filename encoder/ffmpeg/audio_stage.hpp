// Decodes, conforms and encodes the sound once; its packets go to every writer. Clips follow each other without a gap:
// each is padded with silence or cut to where the next begins. A thread behind a bounded queue; made and joined by the
// Transcoder.
#pragma once

#include "encoder/ffmpeg/branches.hpp"
#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/media_encoder.hpp"
#include "encoder/ffmpeg/mp4_writer.hpp"
#include "encoder/ffmpeg/run_state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace lazulite::encoder::ffmpeg {

using AudioFifoPtr = std::unique_ptr<AVAudioFifo, FreeDirectly<av_audio_fifo_free>>;

class AudioStage {
 public:
  // `progress` is null when the video reports it.
  AudioStage(RunState& state, ProgressMeter* progress, MediaEncoder encoder, std::vector<Mp4Writer*> writers);
  void start() {
    thread_ = std::thread{[this] { run(); }};
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  // False when the run was aborted. A clip begins: packets of its stream follow. `origin`: what is subtracted from
  // their time stamps, in the stream's time base; samples beyond `limit_seconds` of the clip are dropped.
  bool begin(Decoder decoder, std::int64_t origin, double limit_seconds);
  bool push(PacketPtr packet);
  // The clip's sound ends; silence up to that time of the output, or what is beyond is taken off the next clip.
  bool end_at(double seconds);
  void close() { queue_.close(); }
  // After join():
  [[nodiscard]] std::int64_t damaged_packets() const { return damaged_packets_; }
  [[nodiscard]] double reached() const { return static_cast<double>(samples_) / rate_; }  // seconds of output

 private:
  struct Begin {
    Decoder decoder;
    std::int64_t origin;
    double limit_seconds;
  };
  struct Item {
    PacketPtr packet;
    std::unique_ptr<Begin> begin;
    double end_at = 0;  // where neither is set
  };

  void run();
  Result<void> take(Item item);
  Result<void> finish_clip();
  Result<void> finish_all();
  Result<void> decode(const AVPacket* packet);
  Result<void> conform(AVFrame& frame);
  Result<void> fill_gap(const AVFrame& frame);
  Result<void> filter(AVFrame& frame);
  Result<void> append_filtered();
  Result<void> append(const AVFrame& frame);
  Result<void> append_silence(std::int64_t samples);
  Result<void> encode_whole_frames(int least);
  Result<void> encode(const AVFrame* frame);

  RunState& state_;
  ProgressMeter* progress_;
  std::optional<Decoder> decoder_;  // of the clip
  std::optional<AudioFilter> filter_;
  MediaEncoder encoder_;
  std::vector<Mp4Writer*> writers_;
  BoundedQueue<Item> queue_;
  std::thread thread_;
  std::vector<FramePtr> frames_;
  AudioFifoPtr fifo_;
  const int rate_, frame_size_;
  std::int64_t origin_ = 0, next_pts_ = 0;
  std::int64_t samples_ = 0, encoded_ = 0;     // of the output: conformed, given to the encoder
  std::int64_t clip_first_ = 0, to_skip_ = 0;  // where the clip begins; what the clip before has overrun
  std::int64_t damaged_packets_ = 0;
  double limit_seconds_ = 0;
};

}  // namespace lazulite::encoder::ffmpeg
