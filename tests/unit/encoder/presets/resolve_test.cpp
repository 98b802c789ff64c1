// Sizes, the automatic ladder and names (processing.md 3c.5, 3c.9, 3e).
#include "encoder/presets/resolve.hpp"

#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

namespace lazulite::encoder {
namespace {

constexpr Dimension pixels(int value) { return {Dimension::Unit::kPixels, value}; }

VideoLayer box(Dimension width, Dimension height) {
  VideoLayer layer;
  layer.bitrate_kbps = 1000;
  layer.width = width;
  layer.height = height;
  return layer;
}

SizeRules rules(const VideoPlan& plan, const VideoLayer& layer) {
  return {layer.width, layer.height, plan.stretch, plan.preserve_resolution_after_rotation};
}

ffmpeg::StreamInfo video_stream(int width, int height) {
  ffmpeg::StreamInfo stream;
  stream.kind = ffmpeg::StreamKind::kVideo;
  stream.width = width;
  stream.height = height;
  stream.frame_rate = {25, 1};
  return stream;
}

SourceFacts facts(const char* name, const ffmpeg::StreamInfo* video, const ffmpeg::StreamInfo* audio) {
  SourceFacts source;
  source.name = name;
  source.video = video;
  source.audio = audio;
  source.video_seconds = 10;
  return source;
}

std::string ladder(int width, int height, double rate, std::int64_t source_bitrate) {
  std::string text;
  for (const VideoLayer& layer : automatic_layers(width, height, rate, source_bitrate)) {
    text += fmt::format("{}x{}:{} ", layer.width.value, layer.height.value, layer.bitrate_kbps);
  }
  return text;
}

TEST_CASE("AutoSize keeps the aspect inside the box", "[unit][encoder]") {
  const VideoPlan plan;
  CHECK(frame_size(rules(plan, box(pixels(1280), pixels(1280))), 1920, 1080, false) == FrameSize{1280, 720, 1280, 720});
  CHECK(frame_size(rules(plan, box(pixels(1280), pixels(720))), 640, 480, false) == FrameSize{960, 720, 960, 720});
  CHECK(frame_size(rules(plan, box(pixels(432), pixels(240))), 1920, 1080, false) == FrameSize{426, 240, 426, 240});
  CHECK(frame_size(rules(plan, box({}, pixels(360))), 1920, 1080, false) == FrameSize{640, 360, 640, 360});
  CHECK(frame_size(rules(plan, box(pixels(640), {})), 1920, 1080, false) == FrameSize{640, 360, 640, 360});
  CHECK(frame_size(rules(plan, box({}, {})), 1921, 1081, false) == FrameSize{1922, 1082, 1922, 1082});
  CHECK(frame_size(rules(plan, box({Dimension::Unit::kPercent, 50}, {Dimension::Unit::kPercent, 50})), 1920, 1080,
                   false) == FrameSize{960, 540, 960, 540});
}

TEST_CASE("AutoFit adds bars and None distorts", "[unit][encoder]") {
  VideoPlan plan;
  plan.stretch = StretchMode::kAutoFit;
  CHECK(frame_size(rules(plan, box(pixels(1280), pixels(720))), 640, 480, false) == FrameSize{1280, 720, 960, 720});
  plan.stretch = StretchMode::kNone;
  CHECK(frame_size(rules(plan, box(pixels(1280), pixels(720))), 640, 480, false) == FrameSize{1280, 720, 1280, 720});
}

TEST_CASE("a turned picture keeps the box or exchanges its sides", "[unit][encoder]") {
  VideoPlan plan;
  CHECK(frame_size(rules(plan, box(pixels(1280), pixels(720))), 1080, 1920, true) == FrameSize{1280, 720, 406, 720});
  plan.preserve_resolution_after_rotation = true;
  CHECK(frame_size(rules(plan, box(pixels(1280), pixels(720))), 1080, 1920, true) == FrameSize{720, 1280, 720, 1280});
}

TEST_CASE("the automatic ladder follows the published examples", "[unit][encoder]") {
  CHECK(ladder(1920, 1080, 30000 / 1001.0, 20'000'000) ==
        "1920x1080:6770 1280x720:3520 960x540:2210 640x360:1150 480x270:720 320x180:380 ");
  CHECK(ladder(1280, 720, 24000 / 1001.0, 0) == "1280x720:2940 960x540:1850 640x360:960 480x270:610 320x180:310 ");
  // The third published example: the source's own rate caps all.
  CHECK(ladder(640, 360, 30000 / 1001.0, 700'000) == "640x360:700 480x270:440 320x180:230 ");
}

TEST_CASE("the automatic ladder never exceeds the source", "[unit][encoder]") {
  CHECK(ladder(1066, 600, 25, 0).starts_with("1066x600:"));
  CHECK(ladder(160, 90, 25, 0) == "160x90:110 ");
  CHECK(ladder(3840, 2160, 25, 0).starts_with("1920x1080:"));
}

TEST_CASE("the content's factor is bounded, and rungs at the least rate fall away", "[unit][encoder]") {
  CHECK(content_factor(nominal_kbps(640 * 360, 25) / 2, 640 * 360, 25) == Approx(0.5));
  CHECK(content_factor(1, 640 * 360, 25) == Approx(0.4));
  CHECK(content_factor(1e6, 640 * 360, 25) == Approx(1.2));
  const auto layers = scale_layers(automatic_layers(1920, 1080, 25, 0), 0.5);
  REQUIRE(layers.size() == 6);
  CHECK(layers.front().bitrate_kbps ==
        Approx(automatic_layers(1920, 1080, 25, 0).front().bitrate_kbps * 0.5).margin(1));
  CHECK(layers.front().max_bitrate_kbps == layers.front().bitrate_kbps);
  const auto tiny = scale_layers(automatic_layers(640, 360, 5, 40'000), 0.4);
  CHECK(tiny.size() == 1);
}

TEST_CASE("names come from templates, the basename cut to 32 characters", "[unit][encoder]") {
  CHECK(basename_of("BigBuckBunny.mp4") == "BigBuckBunny");
  CHECK(basename_of("archive.tar.gz") == "archive.tar");
  CHECK(basename_of(std::string(40, 'a') + ".mp4") == std::string(32, 'a'));
  const std::string accents = "\xC3\xA9";
  std::string long_name;
  for (int i = 0; i < 40; ++i) long_name += accents;
  CHECK(basename_of(long_name + ".mp4").size() == 64);

  NameValues values;
  values.basename = "a";
  values.original_name = "abc";
  values.width = 640;
  values.height = 360;
  values.video_kbps = 900;
  values.audio_kbps = 128;
  values.channels = 2;
  CHECK(expand_name("{basename}_{Resolution}_{Bitrate}_{AudioBitrate}_{Codec}{Channel}{Extension}", values).value() ==
        "a_640x360_900_128_H2642.mp4");
  // As the older encoders write them, with blanks (processing.md 4.6).
  CHECK(expand_name("{Original File Name}_{Video Codec}_{Language}_ch{ChannelCount}.{DefaultExtension}", values)
            .value() == "abc_H264_und_ch2.mp4");
  CHECK(expand_name("{Index}.mp4", values).has_error());
  CHECK(require_valid_template("{Director}.mp4").has_error());
  CHECK(require_valid_template("../{Basename}.mp4").has_error());
  CHECK(require_valid_template("{Basename").has_error());
  NameValues only_audio;
  only_audio.basename = "a";
  only_audio.audio_kbps = 96;
  CHECK(expand_name("{Basename}_{Bitrate}.mp4", only_audio).value() == "a_96.mp4");
  CHECK(expand_name("{Basename}_{Width}.mp4", only_audio).has_error());
}

TEST_CASE("a plan meets its source", "[unit][encoder]") {
  const auto video = video_stream(1280, 720);
  ffmpeg::StreamInfo audio;
  audio.kind = ffmpeg::StreamKind::kAudio;
  const auto plan = compile_preset("H264 Multiple Bitrate 720p");
  REQUIRE(plan);
  const auto resolved = resolve_plan(*plan, facts("x.mov", &video, &audio));
  REQUIRE(resolved);
  REQUIRE(resolved->outputs.size() == 6);
  CHECK(resolved->outputs[0].name == "x_1280x720_3400.mp4");
  CHECK(resolved->outputs[0].audio == 0);
  CHECK(resolved->frame_rate == Fraction{25, 1});

  const auto silent = resolve_plan(*plan, facts("x.mov", &video, nullptr));
  REQUIRE(silent);
  CHECK_FALSE(silent->outputs[0].audio.has_value());

  const auto missing = resolve_plan(*plan, facts("x.mov", nullptr, &audio));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().detail == "ErrorExecutingTaskUnsupportedFormat");
}

TEST_CASE("two outputs of one name are a configuration error", "[unit][encoder]") {
  const auto video = video_stream(1280, 720);
  EncodePlan plan;
  plan.video.emplace();
  plan.video->layers = {box(pixels(640), pixels(360)), box(pixels(320), pixels(180))};
  plan.file_name = "{Basename}.mp4";
  const auto resolved = resolve_plan(plan, facts("x.mov", &video, nullptr));
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error().detail == "ErrorParsingConfiguration");
}

TEST_CASE("HE-AAC becomes AAC-LC and says so", "[unit][encoder]") {
  ffmpeg::StreamInfo audio;
  audio.kind = ffmpeg::StreamKind::kAudio;
  EncodePlan plan;
  plan.audio = AudioPlan{.profile = AacProfile::kHeV2, .channels = 2, .sampling_rate = 48000, .bitrate_kbps = 24};
  plan.file_name = "{Basename}_{AudioBitrate}.mp4";
  const auto resolved = resolve_plan(plan, facts("x.wav", nullptr, &audio));
  REQUIRE(resolved);
  CHECK(resolved->audio.at(0).encode.bitrate_kbps == 32);
  CHECK(resolved->outputs[0].name == "x_24.mp4");
  CHECK(resolved->notes.size() == 1);
}

TEST_CASE("a series of pictures begins at Start and ends at Range", "[unit][encoder]") {
  const auto video = video_stream(1280, 720);
  const auto source = facts("x.mov", &video, nullptr);
  const auto times = [&source](ImageSpan span) {
    ImagePlan plan;
    plan.spans.push_back(span);
    plan.layers.push_back({.width = pixels(320), .height = {}});
    plan.file_name = "{Basename}_{Index}{Extension}";
    return resolve_images(plan, source);
  };
  const auto percent = [](double value) { return ImageTime{ImageTime::Unit::kPercent, value}; };
  // The documented example: 5, 15, ... 95 %.
  const auto series = times({percent(5), percent(10), percent(96)});
  REQUIRE(series);
  REQUIRE(series->times.size() == 10);
  CHECK(series->times.front() == Approx(0.5));
  CHECK(series->times.back() == Approx(9.5));
  CHECK(series->tolerance == 0);
  REQUIRE(series->layers.size() == 1);
  CHECK(series->layers[0].size == FrameSize{320, 180, 320, 180});
  CHECK(series->layers[0].names.back() == "x_000010.jpg");

  const ImageTime frame_one{ImageTime::Unit::kFrame, 1};
  const auto one = times({{ImageTime::Unit::kSeconds, 3}, frame_one, frame_one});
  REQUIRE(one);
  CHECK(one->times == std::vector<double>{3});
  const auto frames = times({{ImageTime::Unit::kFrame, 50}, ImageTime{ImageTime::Unit::kFrame, 25}, {}});
  REQUIRE(frames);
  CHECK(frames->times.size() == 8);  // 2, 3, ... 9 s; a frame at 10 s would begin after the end
  const auto many = times({{ImageTime::Unit::kSeconds, 0}, ImageTime{ImageTime::Unit::kSeconds, 0.25}, {}});
  REQUIRE(many);
  CHECK(many->times.size() == 40);
  CHECK(many->tolerance == Approx(0.125));

  const auto late = times({{ImageTime::Unit::kSeconds, 11}, {}, {}});
  REQUIRE_FALSE(late);
  CHECK(late.error().detail == "ErrorExecutingTaskUnsupportedFormat");
}

}  // namespace
}  // namespace lazulite::encoder
