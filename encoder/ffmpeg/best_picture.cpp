#include "encoder/ffmpeg/best_picture.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr std::size_t kBins = 64;
constexpr int kCandidates = 24;
constexpr double kUnknownSeconds = 40;  // taken for videos that do not say how long they are

using Histogram = std::array<double, kBins>;

// How much of the picture has each brightness; of the first component whatever the pixel format, which is luma or, for
// RGB, red or green.
Histogram brightness(const AVFrame& frame) {
  Histogram bins{};
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (pixels == nullptr || (pixels->flags & (AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM)) != 0) return bins;
  const AVComponentDescriptor& first = pixels->comp[0];
  double counted = 0;
  constexpr int kEvery = 4;
  for (int y = 0; y < frame.height; y += kEvery) {
    const std::uint8_t* line =
        frame.data[first.plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[first.plane] + first.offset;
    for (int x = 0; x < frame.width; x += kEvery) {
      const std::uint8_t* sample = line + static_cast<std::ptrdiff_t>(x) * first.step;
      const int value = first.depth > 8 ? (sample[0] | sample[1] << 8) >> (first.depth + first.shift - 8) : sample[0];
      bins[static_cast<std::size_t>(std::clamp(value, 0, 255)) * kBins / 256] += 1;
      counted += 1;
    }
  }
  for (double& bin : bins) bin /= std::max(counted, 1.0);
  return bins;
}

// Nearly black, or nearly all of one brightness.
bool is_empty(const Histogram& bins) {
  double mean = 0;
  for (std::size_t i = 0; i < kBins; ++i) mean += bins[i] * static_cast<double>(i) * 256 / kBins;
  return mean < 32 || *std::max_element(bins.begin(), bins.end()) > 0.9;
}

double distance(const Histogram& a, const Histogram& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kBins; ++i) sum += std::abs(a[i] - b[i]);
  return sum;
}

struct Candidate {
  FramePtr frame;
  Histogram bins;
};

std::size_t most_usual(const std::vector<Candidate>& candidates) {
  Histogram mean{};
  for (const Candidate& candidate : candidates) {
    for (std::size_t i = 0; i < kBins; ++i) mean[i] += candidate.bins[i] / static_cast<double>(candidates.size());
  }
  const auto nearest = std::min_element(
      candidates.begin(), candidates.end(),
      [&mean](const Candidate& a, const Candidate& b) { return distance(a.bins, mean) < distance(b.bins, mean); });
  return static_cast<std::size_t>(nearest - candidates.begin());
}

}  // namespace

Result<FramePtr> best_picture(PictureReader& reader, TimeRange range, const std::stop_token& stop) {
  const double length = range.seconds > 0 ? range.seconds : kUnknownSeconds;
  const double first = range.offset + length * 0.05, step = length * 0.2 / (kCandidates - 1);
  std::vector<Candidate> good;
  FramePtr any;
  for (int i = 0; i < kCandidates && !stop.stop_requested(); ++i) {
    LAZULITE_TRY(auto frame, reader.near(first + i * step, step));
    auto bins = brightness(*frame);
    if (is_empty(bins)) {
      if (!any) any = std::move(frame);
      continue;
    }
    good.push_back({std::move(frame), bins});
  }
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "the task was cancelled");
  if (good.empty()) return any;
  return std::move(good[most_usual(good)].frame);
}

}  // namespace lazulite::encoder::ffmpeg
