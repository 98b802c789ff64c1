// Every named preset is encoded and what comes out is looked at (processing.md 3a, 3b).
#include "encoder/presets/preset.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

namespace lazulite::encoder {
namespace {

// Few frames: what is checked here does not depend on the content. The largest pictures and the variants that differ
// from another preset in their sound only get the fewest.
int rate_for(std::string_view preset) {
  for (const std::string_view word : {"4K", "1080p", "Audio 5.1", "Video Only"}) {
    if (preset.find(word) != std::string_view::npos) return 1;
  }
  return 3;
}

constexpr double kSeconds = 2.4;

std::string source_for(std::string_view preset) {
  const bool narrow = preset.find("4x3") != std::string_view::npos;
  return picture(narrow ? "320x240" : "320x180", std::to_string(rate_for(preset)), kSeconds) + tone(kSeconds) +
         "-pix_fmt yuv420p -preset ultrafast";
}

std::vector<const OutputFile*> media_of(const EncodeRun& run) {
  std::vector<const OutputFile*> media;
  for (const OutputFile& file : run.result.outputs.at(0)) {
    for (const char* extension : {".mp4", ".ismv", ".isma"}) {
      if (file.name.ends_with(extension)) media.push_back(&file);
    }
  }
  return media;
}

// The size a layer's box gives for a source of its aspect.
void check_size(const VideoLayer& layer, const DecodedFile& file, double aspect) {
  const double box_height = layer.height.unit == Dimension::Unit::kPixels ? layer.height.value : 1e9;
  const double width = std::min<double>(layer.width.value, box_height * aspect);
  CHECK(std::abs(file.width.value() - width) <= 1.01);
  CHECK(std::abs(file.height.value() - width / aspect) <= 1.01);
}

void check_video(const EncodePlan& plan, const VideoLayer& layer, const OutputFile& output, std::string_view preset) {
  INFO(output.name);
  const DecodedFile file = decode(output.path);
  const bool narrow = preset.find("4x3") != std::string_view::npos;
  check_size(layer, file, narrow ? 4.0 / 3 : 16.0 / 9);
  const int frame_rate = plan.video->frame_rate.numerator > 0 ? plan.video->frame_rate.numerator : rate_for(preset);
  const auto frames = std::lround(std::ceil(kSeconds * rate_for(preset) - 1e-6) * frame_rate / rate_for(preset));
  CHECK(std::abs(static_cast<long>(file.frame_times.size()) - frames) <= std::max(1, frame_rate / rate_for(preset)));
  CHECK(file.channels == (plan.audio && plan.interleaved ? std::optional<int>{plan.audio->channels} : std::nullopt));
  if (plan.audio && plan.interleaved) CHECK(file.sampling_rate == plan.audio->sampling_rate);
  const double interval = static_cast<double>(plan.video->key_frame_interval.count()) / 1000;
  REQUIRE_FALSE(file.key_times.empty());
  // FFmpeg shows Smooth files later by what pictures are reordered.
  const double first = plan.container == Container::kSmooth ? file.frame_times.front() : 0;
  CHECK(file.key_times.front() == first);
  if (plan.video->scene_change_detection) return;
  CHECK(file.key_times.size() ==
        static_cast<std::size_t>(std::floor((file.frame_times.back() - first) / interval + 1e-6)) + 1);
}

// Profile and level that a preset names must be in the stream.
void check_profile(const VideoLayer& layer, const OutputFile& output) {
  const auto probed = test::run_command(fmt::format(
      "ffprobe -v error -select_streams v -show_entries stream=profile,level -of csv=p=0 '{}'", output.path.string()));
  const auto parts = split(trim(probed.text), ',');
  REQUIRE(parts.size() == 2);
  const std::string profile{parts[0]};
  if (layer.profile == H264Profile::kBaseline) CHECK(profile.find("Baseline") != std::string::npos);
  if (layer.profile == H264Profile::kMain) CHECK(profile == "Main");
  if (layer.profile == H264Profile::kHigh) CHECK(profile == "High");
  if (layer.level.empty()) return;
  CHECK(std::stoi(std::string{parts[1]}) == std::lround(std::stod(layer.level) * 10));
}

void check_preset(std::string_view preset, PresetFamily family) {
  const auto plan = compile_preset(preset, family);
  REQUIRE(plan);
  EncodeRun run{std::string{preset}};
  run.make_input("p.mp4", source_for(preset));
  REQUIRE(run.run(family == PresetFamily::kMediaEncoderStandard ? "Media Encoder Standard" : "Azure Media Encoder"));
  const auto media = media_of(run);
  const std::size_t layers = plan->video ? plan->video->layers.size() : 0;
  const std::size_t sounds = plan->audio && (layers == 0 || !plan->interleaved) ? 1 : 0;
  REQUIRE(media.size() == layers + sounds + plan->audio_files.size());
  for (std::size_t i = 0; i < layers; ++i) {
    check_video(*plan, plan->video->layers[i], *media[i], preset);
    check_profile(plan->video->layers[i], *media[i]);
    CHECK(media[i]->name.find(std::to_string(plan->video->layers[i].bitrate_kbps)) != std::string::npos);
  }
  for (std::size_t i = layers; i < media.size(); ++i) {
    INFO(media[i]->name);
    const DecodedFile file = decode(media[i]->path);
    CHECK_FALSE(file.width);
    CHECK(file.channels == 2);
    CHECK(file.audio_end == Approx(kSeconds).margin(0.1));
  }
  const auto& last = run.result.outputs.at(0).back();
  CHECK(last.name.ends_with(".ism") == plan->server_manifest);
  CHECK(last.is_primary == plan->server_manifest);
  CHECK(media.front()->is_primary == !plan->server_manifest);
}

TEST_CASE("every preset of Media Encoder Standard encodes to what it says", "[unit][encoder][slow]") {
  for (const NamedPreset& preset : named_presets(PresetFamily::kMediaEncoderStandard)) {
    INFO(preset.name);
    check_preset(preset.name, PresetFamily::kMediaEncoderStandard);
  }
}

TEST_CASE("every H264 and AAC string of Azure Media Encoder encodes to what it says", "[unit][encoder][slow]") {
  for (const NamedPreset& preset : named_presets(PresetFamily::kAzureMediaEncoder)) {
    if (preset.name.starts_with("VC1") || preset.name.starts_with("WMA") || preset.name == "Thumbnails") continue;
    INFO(preset.name);
    check_preset(preset.name, PresetFamily::kAzureMediaEncoder);
  }
}

TEST_CASE("an adaptive set of Azure Media Encoder has its names and its sound apart", "[unit][encoder][slow]") {
  EncodeRun run{"H264 Adaptive Bitrate MP4 Set SD 4x3"};
  run.make_input("A long name of more than thirty-two characters.mp4",
                 picture("320x180", "5", 2) + tone(2) + "-pix_fmt yuv420p -metadata:s:a language=fra");
  REQUIRE(run.run("Windows Azure Media Encoder"));
  const std::string stem = "A long name of more than thirty-two characters_";
  CHECK(run.names().at(0) == stem + "H264_1600kbps_AAC_fra_ch2_96kbps.mp4");
  CHECK(run.names().at(5) == stem + "AAC_fra_ch2_96kbps.mp4");
  CHECK(run.names().at(6) == stem + "AAC_fra_ch2_56kbps.mp4");
  // AutoFit: the widths stay, the heights follow the source (processing.md 3a).
  const auto top = decode(run.result.outputs.at(0).front().path);
  CHECK(top.width == 640);
  CHECK(top.height == 360);
  CHECK(top.sampling_rate == 44100);
  const std::string manifest = run.text_of(run.names().back());
  CHECK(manifest.find("title=\"AAC_fra_ch2_96kbps\"") != std::string::npos);
  CHECK(manifest.find("title=\"AAC_fra_ch2_56kbps\"") != std::string::npos);
}

// With the presets' buffer of five seconds a short clip may lie well above, as the service's own samples do
// (processing.md 4.4).
TEST_CASE("rates are kept within ten percent where the content has enough to say", "[unit][encoder][slow]") {
  EncodeRun run{small_preset("", R"("BufferWindow": "00:00:01")")};
  run.make_input("noise.mp4",
                 "-f lavfi -i \"testsrc2=s=320x180:r=25:d=12,noise=alls=40:allf=t\" -f lavfi -i "
                 "anoisesrc=d=12:a=0.3:r=48000 -pix_fmt yuv420p -preset ultrafast -crf 18");
  REQUIRE(run.run());
  const std::pair<const char*, int> layers[] = {
      {"noise_320x180_300.mp4", 300}, {"noise_160x90_150.mp4", 150}, {"noise_160x90_80.mp4", 80}};
  for (const auto& [name, kbps] : layers) {
    INFO(name);
    const auto probed = test::run_command(
        fmt::format("ffprobe -v error -show_entries stream=bit_rate -of csv=p=0 '{}'", run.output(name).path.string()));
    double video = 0, audio = 0;
    std::istringstream{probed.text} >> video >> audio;
    CHECK(video / 1000 == Approx(kbps).epsilon(0.1));
    CHECK(audio / 1000 == Approx(128).epsilon(0.1));
  }
}

TEST_CASE("a preset of VC-1 fails with its code and says what to use", "[unit][encoder]") {
  EncodeRun run{"VC1 Broadband 720p"};
  run.make_input("p.mp4", picture("160x90", "5", 1));
  const auto done = run.run("Azure Media Encoder");
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorExecutingTaskUnsupportedFormat");
  CHECK(done.error().message.find("H264") != std::string::npos);
}

}  // namespace
}  // namespace lazulite::encoder
