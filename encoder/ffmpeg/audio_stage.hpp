// Decodes, conforms and encodes the sound once; its packets go to every writer. Clips follow each other without a gap:
// each is padded with silence or cut to where the next begins. Overlays are added to what lies under them. A thread
// behind a bounded queue; made and joined by the Transcoder.
#pragma once

#include "encoder/ffmpeg/branches.hpp"
#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/media_encoder.hpp"
#include "encoder/ffmpeg/media_writer.hpp"
#include "encoder/ffmpeg/overlay_sound.hpp"
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
  AudioStage(RunState& state, ProgressMeter* progress, MediaEncoder encoder, std::vector<MediaWriter*> writers);
  void start() {
    thread_ = std::thread{[this] { run(); }};
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  // Before start(): what the sources' sound is multiplied by, and what is added over the whole output.
  void set_gain(double gain) { gain_ = static_cast<float>(gain); }
  void set_overlays(std::vector<OverlaySound> overlays) { overlays_ = std::move(overlays); }
  [[nodiscard]] OverlaySound::Options sound_options() const {
    return {.sampling_rate = rate_, .channels = encoder_.context().ch_layout.nb_channels};
  }

  // A clip, whose packets follow.
  struct ClipStart {
    std::optional<Decoder> decoder;      // nothing: the clip has no sound
    std::int64_t origin = 0;             // what is subtracted from time stamps, in the stream's time base
    double limit_seconds = 0;            // samples beyond are dropped
    std::vector<OverlaySound> overlays;  // added over this clip
  };
  // False when the run was aborted.
  bool begin(ClipStart clip);
  bool push(PacketPtr packet);
  // The clip's sound ends; silence up to that time of the output, or what is beyond is taken off the next clip.
  bool end_at(double seconds);
  void close() { queue_.close(); }
  // After join():
  [[nodiscard]] std::int64_t damaged_packets() const { return damaged_packets_; }
  [[nodiscard]] double reached() const { return static_cast<double>(samples_) / rate_; }  // seconds of output

 private:
  struct Item {
    PacketPtr packet;
    std::unique_ptr<ClipStart> begin;
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
  Result<void> append(AVFrame& frame);
  Result<void> append_silence(std::int64_t samples);
  Result<void> mix(AVFrame& frame, int skipped, int count);
  Result<void> encode_whole_frames(int least);
  Result<void> encode(const AVFrame* frame);

  RunState& state_;
  ProgressMeter* progress_;
  std::optional<Decoder> decoder_;  // of the clip
  std::optional<AudioFilter> filter_;
  MediaEncoder encoder_;
  std::vector<MediaWriter*> writers_;
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
  float gain_ = 1;
  std::vector<OverlaySound> overlays_, clip_overlays_;
};

}  // namespace lazulite::encoder::ffmpeg
