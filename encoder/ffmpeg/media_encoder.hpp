// The two encoders of a task: H.264 by x264 and AAC by FFmpeg's own. One thread at a time; frames that go in are only
// read.
#pragma once

#include "encoder/ffmpeg/colour.hpp"
#include "encoder/ffmpeg/handles.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <string>
#include <utility>

namespace lazulite::encoder::ffmpeg {

class MediaEncoder {
 public:
  struct VideoOptions {
    VideoLayer layer;
    int width = 0, height = 0;
    Fraction rate;
    std::chrono::milliseconds key_frame_interval{2000};
    bool scene_change_detection = false;
    Effort effort = Effort::kBalanced;
    unsigned threads = 1;
    Colour colour;
  };
  // Frames' pts counts frames; those with pict_type I become IDR frames, and no others unless scenes change.
  static Result<MediaEncoder> open_video(const VideoOptions& options);
  // Takes planar float frames of context().frame_size samples; pts counts samples.
  static Result<MediaEncoder> open_audio(int channels, int sampling_rate, int bitrate_kbps);

  // Takes a frame; null begins the drain. Take all packets out before the next.
  Result<void> send(const AVFrame* frame);
  // The next packet, or null when more frames are needed or all is drained.
  Result<PacketPtr> receive();
  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

 private:
  explicit MediaEncoder(CodecContextPtr context) : context_(std::move(context)) {}
  CodecContextPtr context_;
};

// What the sequence parameter set of an H.264 encoder says: {"High", "3.1"}; empty when there is none.
std::pair<std::string, std::string> profile_and_level(const AVCodecContext& context);

}  // namespace lazulite::encoder::ffmpeg
