#include "encoder/ffmpeg/content_probe.hpp"

#include "encoder/ffmpeg/clip_reader.hpp"
#include "encoder/ffmpeg/media_encoder.hpp"
#include "encoder/ffmpeg/scaler.hpp"

#include <algorithm>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr int kSamples = 3, kQuality = 23;
constexpr double kSampleSeconds = 4;

// Encodes the pictures of one sample and counts what comes out.
class SampleEncoder final : public ClipSink {
 public:
  SampleEncoder(MediaEncoder encoder, FrameSize size) : encoder_(std::move(encoder)), scaler_(size) {}

  Result<void> begin(double) override { return {}; }
  Result<void> coded_picture(PacketPtr) override { return {}; }
  Result<void> sound(PacketPtr) override { return {}; }
  Result<void> picture(FramePtr frame) override {
    LAZULITE_TRY(const auto scaled, scaler_.scale(*frame));
    scaled->pts = frames_;
    scaled->pict_type = frames_++ == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return encode(scaled.get());
  }
  Result<void> finish() { return encode(nullptr); }
  [[nodiscard]] std::int64_t frames() const { return frames_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  Result<void> encode(const AVFrame* frame) {
    LAZULITE_CHECK(encoder_.send(frame));
    for (;;) {
      LAZULITE_TRY(const auto packet, encoder_.receive());
      if (!packet) return {};
      bytes_ += packet->size;
    }
  }

  MediaEncoder encoder_;
  Scaler scaler_;
  std::int64_t frames_ = 0, bytes_ = 0;
};

Result<MediaEncoder> open_encoder(const ContentProbe& probe) {
  VideoLayer layer;
  layer.constant_quality = kQuality;
  return MediaEncoder::open_video({.layer = layer,
                                   .width = probe.size.width,
                                   .height = probe.size.height,
                                   .rate = probe.rate,
                                   .key_frame_interval = std::chrono::seconds{2},
                                   .scene_change_detection = false,
                                   .effort = Effort::kSpeed,
                                   .threads = probe.threads,
                                   .colour = {}});
}

// Where samples begin, in seconds of the clip; short clips are taken whole.
std::vector<double> sample_starts(double seconds) {
  if (seconds <= kSamples * kSampleSeconds) return {0};
  std::vector<double> starts;
  starts.reserve(kSamples);
  for (int i = 0; i < kSamples; ++i) starts.push_back(seconds * (0.1 + 0.35 * i));
  return starts;
}

}  // namespace

Result<double> measure_content(const ContentProbe& probe) {
  std::int64_t frames = 0, bytes = 0;
  const auto starts = sample_starts(probe.seconds);
  for (const double start : starts) {
    Clip clip = probe.clip;
    clip.audio.reset();
    if (start > 0) clip.start = clip.start.value_or(0) + start;
    const double most = starts.size() == 1 ? kSamples * kSampleSeconds : kSampleSeconds;
    clip.duration = std::min(clip.duration.value_or(most), most);
    RunState state{0};
    LAZULITE_TRY(
        auto reader,
        ClipReader::open(clip, {.rate = probe.rate, .copy_video = false, .threads = probe.threads}, state, probe.stop));
    LAZULITE_TRY(auto encoder, open_encoder(probe));
    SampleEncoder sample{std::move(encoder), probe.size};
    LAZULITE_CHECK(reader.run(sample));
    LAZULITE_CHECK(sample.finish());
    frames += sample.frames();
    bytes += sample.bytes();
  }
  if (frames == 0) return 0.0;
  return static_cast<double>(bytes) * 8 * probe.rate.value() / static_cast<double>(frames);
}

}  // namespace lazulite::encoder::ffmpeg
