// Reads one clip of an encode: a part of one source, or a whole. Pictures come out upright, at the output's constant
// rate, counted from the clip's start; sound and what is only copied come out as packets. One thread at a time.
#pragma once

#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/packet_reader.hpp"
#include "encoder/ffmpeg/run_state.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace lazulite::encoder::ffmpeg {

// Takes what a clip gives, in the order of the file; an error ends the clip.
class ClipSink {
 public:
  virtual ~ClipSink() = default;
  // Before all else: `origin` in seconds on the sources' time line is the clip's 0.
  virtual Result<void> begin(double origin) = 0;
  virtual Result<void> picture(FramePtr frame) = 0;
  virtual Result<void> coded_picture(PacketPtr packet) = 0;  // time stamps from the clip's 0
  virtual Result<void> sound(PacketPtr packet) = 0;          // time stamps as in the source
};

class ClipReader {
 public:
  struct Options {
    Fraction rate;            // of the pictures that come out
    bool copy_video = false;  // coded_picture() instead of picture()
    unsigned threads = 1;
  };
  // Errors as probe(). `clip` and `state` outlive this.
  static Result<ClipReader> open(const Clip& clip, const Options& options, RunState& state,
                                 const std::stop_token& stop);

  // To the end of the clip, or until the run is aborted.
  Result<void> run(ClipSink& sink);

  [[nodiscard]] const AVStream& stream_of(const StreamChoice& choice) const { return reader_.stream_of(choice); }
  [[nodiscard]] double video_reached() const { return video_reached_; }  // seconds of the clip
  [[nodiscard]] std::int64_t damaged_packets() const { return decoder_ ? decoder_->damaged_packets() : 0; }
  [[nodiscard]] std::int64_t decoded_frames() const { return decoder_ ? decoder_->frames() : 0; }
  [[nodiscard]] bool jumped() const { return reader_.jumped(); }  // as PacketReader
  // Seconds from the clip's 0 beyond which nothing is wanted.
  [[nodiscard]] double limit_seconds() const { return limit_seconds_; }

 private:
  ClipReader(const Clip& clip, const Options& options, RunState& state, PacketReader reader)
      : clip_(&clip), options_(options), state_(&state), reader_(std::move(reader)) {}
  Result<void> open_decoder();
  Result<void> set_origin(double origin, ClipSink& sink);
  Result<void> route(std::size_t source, PacketPtr packet, ClipSink& sink);
  Result<void> copy(PacketPtr packet, ClipSink& sink);
  Result<void> begin_copy(ClipSink& sink);
  Result<void> pass_on(PacketPtr packet, ClipSink& sink);
  Result<void> hear(PacketPtr packet, ClipSink& sink);
  Result<void> decode(const AVPacket* packet, ClipSink& sink);
  Result<void> filter(AVFrame& frame, ClipSink& sink);
  Result<void> pull(ClipSink& sink);
  [[nodiscard]] bool done() const { return video_done_ && audio_done_; }

  const Clip* clip_;
  Options options_;
  RunState* state_;
  PacketReader reader_;
  std::optional<Decoder> decoder_;
  std::optional<VideoFilter> filter_;
  std::vector<FramePtr> frames_;
  std::vector<PacketPtr> early_pictures_, early_sound_;  // that came before a copy's begin was known
  std::optional<double> origin_;
  std::int64_t origin_ticks_ = 0, next_pts_ = 0;
  double limit_seconds_ = 0, video_reached_ = 0;
  bool video_done_ = false, audio_done_ = false;
};

}  // namespace lazulite::encoder::ffmpeg
