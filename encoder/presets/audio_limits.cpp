#include "encoder/presets/audio_limits.hpp"

#include "encoder/presets/preset.hpp"

#include <algorithm>
#include <array>

namespace lazulite::encoder {
namespace {

struct Limit {
  AacProfile profile;
  int first_channels, last_channels;
  int first_rate, last_rate;
  int least_kbps, most_kbps;
};

constexpr AacProfile kLc = AacProfile::kLc, kV1 = AacProfile::kHeV1, kV2 = AacProfile::kHeV2;

// The table of processing.md 3c.6; "16-<24" there is 16 to 23 here.
constexpr Limit kLimits[] = {
    {kLc, 1, 1, 11025, 12000, 8, 15},     {kLc, 1, 1, 16000, 16000, 8, 31},     {kLc, 1, 1, 22050, 24000, 24, 31},
    {kLc, 1, 1, 32000, 32000, 32, 192},   {kLc, 1, 1, 44100, 48000, 56, 288},   {kLc, 1, 1, 88200, 96000, 128, 288},
    {kLc, 2, 2, 11025, 12000, 16, 23},    {kLc, 2, 2, 16000, 16000, 16, 39},    {kLc, 2, 2, 22050, 24000, 32, 39},
    {kLc, 2, 2, 32000, 32000, 40, 384},   {kLc, 2, 2, 44100, 48000, 96, 576},   {kLc, 2, 2, 88200, 96000, 256, 576},
    {kLc, 5, 6, 32000, 32000, 160, 896},  {kLc, 5, 6, 44100, 48000, 240, 1024}, {kLc, 5, 6, 88200, 96000, 640, 1024},
    {kLc, 8, 8, 32000, 32000, 224, 1024}, {kLc, 8, 8, 44100, 48000, 384, 1024}, {kLc, 8, 8, 88200, 96000, 896, 1024},
    {kV1, 1, 1, 22050, 22050, 8, 8},      {kV1, 1, 1, 24000, 24000, 8, 10},     {kV1, 1, 1, 32000, 32000, 12, 64},
    {kV1, 1, 1, 44100, 48000, 20, 64},    {kV1, 1, 1, 88200, 88200, 64, 64},    {kV1, 2, 2, 32000, 48000, 16, 128},
    {kV1, 2, 2, 88200, 96000, 96, 128},   {kV1, 5, 6, 32000, 48000, 64, 320},   {kV1, 5, 6, 88200, 96000, 256, 320},
    {kV1, 8, 8, 32000, 48000, 96, 448},   {kV1, 8, 8, 88200, 96000, 384, 448},  {kV2, 2, 2, 22050, 24000, 8, 10},
    {kV2, 2, 2, 32000, 32000, 12, 64},    {kV2, 2, 2, 44100, 48000, 20, 64},    {kV2, 2, 2, 88200, 88200, 64, 64},
};

constexpr std::array<int, 10> kRates = {11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000};

}  // namespace

Result<void> require_valid_aac(const AudioPlan& plan) {
  if (std::find(kRates.begin(), kRates.end(), plan.sampling_rate) == kRates.end()) {
    return bad_preset("SamplingRate {} Hz is not supported", plan.sampling_rate);
  }
  const auto limit = std::find_if(std::begin(kLimits), std::end(kLimits), [&plan](const Limit& row) {
    return row.profile == plan.profile && row.first_channels <= plan.channels && plan.channels <= row.last_channels &&
           row.first_rate <= plan.sampling_rate && plan.sampling_rate <= row.last_rate;
  });
  if (limit == std::end(kLimits)) {
    return bad_preset("the AAC profile does not allow {} channels at {} Hz", plan.channels, plan.sampling_rate);
  }
  if (plan.bitrate_kbps < limit->least_kbps || plan.bitrate_kbps > limit->most_kbps) {
    return bad_preset("Bitrate {} kb/s is outside {} to {} kb/s for {} channels at {} Hz", plan.bitrate_kbps,
                      limit->least_kbps, limit->most_kbps, plan.channels, plan.sampling_rate);
  }
  return {};
}

}  // namespace lazulite::encoder
