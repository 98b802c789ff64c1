#include "tests/unit/encoder/processors/ramp.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <sstream>

namespace lazulite::encoder {

void make_ramp(EncodeRun& run, const std::string& name, const std::string& options, int frames,
               const std::string& sound) {
  run.make_input(name, fmt::format("-f lavfi -i \"nullsrc=s=320x180:r=10:d={},geq=lum='{}+N*{}':cb=128:cr=128\" {} "
                                   "-pix_fmt yuv420p {}",
                                   frames / 10.0, kFirstLuma, kLumaStep, sound, options));
}

std::vector<int> ramp_frames(const std::filesystem::path& video) {
  const auto ran =
      test::run_command(fmt::format("ffmpeg -v error -i '{}' -map 0:v -vf extractplanes=y,crop=1:1 -fps_mode "
                                    "passthrough -f rawvideo - | od -An -v -tu1 -w1",
                                    video.string()));
  INFO(ran.text.substr(0, 300));
  REQUIRE(ran.status == 0);
  std::vector<int> frames;
  std::istringstream lines{ran.text};
  for (int luma = 0; lines >> luma;)
    frames.push_back(static_cast<int>(std::lround((luma - kFirstLuma) / double{kLumaStep})));
  REQUIRE_FALSE(frames.empty());
  return frames;
}

double loudness(const std::filesystem::path& path, double from, double seconds) {
  const auto ran = test::run_command(
      fmt::format("ffmpeg -hide_banner -ss {} -t {} -i '{}' -vn -af volumedetect -f null - 2>&1 | grep -o "
                  "'mean_volume: [-0-9.]*' | cut -d' ' -f2",
                  from, seconds, path.string()));
  INFO(ran.text);
  REQUIRE_FALSE(ran.text.empty());
  return std::stod(ran.text);
}

}  // namespace lazulite::encoder
