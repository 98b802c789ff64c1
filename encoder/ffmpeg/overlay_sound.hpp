// Adds the sound of an overlay to samples of the output, as loud as it is to be. One thread at a time.
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

class OverlaySound {
 public:
  struct Options {
    int sampling_rate = 0, channels = 0;  // of the output
  };
  // `overlay` outlives this. Errors as probe().
  static Result<OverlaySound> open(const Overlay& overlay, const Options& options, const std::stop_token& stop);
  // Those of `overlays` that are heard.
  static Result<std::vector<OverlaySound>> open_all(std::span<const Overlay> overlays, const Options& options,
                                                    const std::stop_token& stop);

  // Adds to `count` samples of each plane. The first is sample `position` of what the overlay lies on; positions
  // ascend without gaps.
  Result<void> mix(std::span<float* const> planes, int count, std::int64_t position);

 private:
  OverlaySound(const Overlay& overlay, const Options& options, const std::stop_token& stop)
      : overlay_(&overlay), options_(options), stop_(stop) {}
  Result<void> play();
  Result<void> fill(int samples);
  Result<void> read();
  Result<void> end_of_play();
  Result<void> keep_filtered();
  void add(std::span<float* const> planes, int offset, int count, std::int64_t position);
  [[nodiscard]] float level(std::int64_t position) const;

  const Overlay* overlay_;
  Options options_;
  std::stop_token stop_;
  std::unique_ptr<Input> input_;
  std::optional<Decoder> decoder_;
  std::optional<AudioFilter> filter_;
  std::vector<std::vector<float>> kept_;  // per channel: not yet mixed
  std::int64_t start_ticks_ = 0, next_pts_ = 0, samples_of_play_ = 0;
  int plays_ = 0;
  bool drained_ = false, over_ = false;
};

}  // namespace lazulite::encoder::ffmpeg
