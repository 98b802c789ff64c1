// Lays pictures and videos over the frames of a clip or of the whole output, before they fan out to the sizes, so that
// it is done once. One thread at a time.
#pragma once

#include "encoder/ffmpeg/decoder.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/input.hpp"
#include "encoder/ffmpeg/overlay.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace lazulite::encoder::ffmpeg {

// The frames of one overlay at the output's rate, as often as it is played. A single picture stands without end.
class OverlayReader {
 public:
  struct Options {
    Fraction rate;
    FrameSize size;
    const char* matrix = "bt709";  // of the pictures beneath, as the scale filter names it
  };
  // `overlay` outlives this. Errors as probe().
  static Result<OverlayReader> open(const Overlay& overlay, const Options& options, const std::stop_token& stop);
  // What is shown with the next frame of the output, with transparency; null in gaps and when it is over().
  Result<FramePtr> next();
  [[nodiscard]] bool over() const { return over_; }

 private:
  OverlayReader(const Overlay& overlay, const Options& options, const std::stop_token& stop)
      : overlay_(&overlay), options_(options), stop_(stop) {}
  Result<void> play();
  Result<void> read();
  Result<void> filter(AVFrame& frame);
  Result<void> end_of_play();

  const Overlay* overlay_;
  Options options_;
  std::stop_token stop_;
  std::unique_ptr<Input> input_;
  std::optional<Decoder> decoder_;
  std::optional<VideoFilter> filter_;
  FramePtr last_;
  std::int64_t start_ticks_ = 0, next_pts_ = 0, gap_frames_ = 0;
  int plays_ = 0;
  bool drained_ = false, over_ = false;
};

class OverlayPictures {
 public:
  // `overlays` outlive this; those that are not seen are left out. The first lies lowest.
  OverlayPictures(std::span<const Overlay> overlays, Fraction rate, std::stop_token stop);
  // The next frame of what they lie on, 8-bit 4:2:0, with what is to be seen on it now.
  Result<FramePtr> apply(FramePtr frame);

 private:
  struct Layer {
    const Overlay* overlay;
    std::optional<OverlayReader> reader;
    std::optional<FilterChain> chain;
    int width = 0, height = 0;  // of the frames beneath that `chain` takes
    bool over = false;
  };
  Result<FramePtr> lay(Layer& layer, FramePtr frame);
  Result<void> prepare(Layer& layer, const AVFrame& frame) const;

  Fraction rate_;
  std::stop_token stop_;
  std::vector<Layer> layers_;
  std::int64_t frames_ = 0;
};

}  // namespace lazulite::encoder::ffmpeg
