// Pictures, videos and sounds laid over a source, by the presets of both encoders, and the canvas of Pad (processing.md
// 3c.8, 3d): looked at in the decoded result.
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"
#include "tests/unit/encoder/processors/ramp.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace lazulite::encoder {
namespace {

constexpr int kWidth = 320, kHeight = 180;

std::string mes_preset(const std::string& source, const std::string& audio = "") {
  return fmt::format(
      R"({{"Version": 1.0, "Sources": [{{{}}}], "Codecs": [{{"Type": "H264Video", "Complexity": "Speed",
         "H264Layers": [{{"Type": "H264Layer", "Bitrate": 1500, "Width": {}, "Height": {}}}]}}{}],
         "Outputs": [{{"FileName": "out.mp4", "Format": {{"Type": "MP4Format"}}}}]}})",
      source, kWidth, kHeight, audio);
}
const std::string kAac = R"(, {"Type": "AACAudio", "Bitrate": 128})";

std::string azure_preset(const std::string& attributes) {
  return fmt::format(
      R"(<Presets><Preset Version="5.0" DefaultMediaOutputFileName="out.mp4"><Job/><MediaFile {}><OutputFormat>
         <MP4OutputFormat><VideoProfile><MainH264VideoProfile AutoFit="True" KeyFrameDistance="00:00:02"><Streams><StreamInfo Size="320, 180"><Bitrate>
         <ConstantBitrate Bitrate="1500"/></Bitrate></StreamInfo></Streams></MainH264VideoProfile></VideoProfile>
         <AudioProfile><AacAudioProfile Channels="2" SamplesPerSecond="48000"><Bitrate><ConstantBitrate Bitrate="128"/></Bitrate></AacAudioProfile></AudioProfile>
         </MP4OutputFormat></OutputFormat></MediaFile></Preset></Presets>)",
      attributes);
}

// A grey video of 10 frames a second, `sound` an input of ffmpeg or nothing; and a white picture of `size`.
void make_grey(EncodeRun& run, double seconds, const std::string& sound = "") {
  run.make_input("grey.mp4",
                 fmt::format("-f lavfi -i color=0x404040:s={}x{}:r=10:d={} {} -c:v libx264 -preset ultrafast "
                             "-pix_fmt yuv420p",
                             kWidth, kHeight, seconds, sound));
}
void make_companion(EncodeRun& run, const std::string& name, const std::string& arguments) {
  run.make_input(name, arguments);
  run.context.inputs.front().files.back().is_primary = false;
}
void make_white(EncodeRun& run, const std::string& name, const std::string& size = "40x20") {
  make_companion(run, name, fmt::format("-f lavfi -i color=white:s={}:d=1 -frames:v 1 -update 1", size));
}

// The brightness of one pixel in every frame.
std::vector<int> luma_at(const std::filesystem::path& video, int x, int y) {
  const auto ran = test::run_command(
      fmt::format("ffmpeg -v error -i '{}' -map 0:v -vf extractplanes=y,crop=1:1:{}:{}:exact=1 -fps_mode passthrough "
                  "-f rawvideo - | od -An -v -tu1 -w1",
                  video.string(), x, y));
  INFO(ran.text.substr(0, 300));
  REQUIRE(ran.status == 0);
  std::vector<int> luma;
  std::istringstream lines{ran.text};
  for (int value = 0; lines >> value;) luma.push_back(value);
  REQUIRE_FALSE(luma.empty());
  return luma;
}

constexpr int kGrey = 71, kWhite = 235;  // 0x404040 and white in limited range
bool is_near(int luma, int wanted) { return std::abs(luma - wanted) <= 8; }

// As '#' for the overlay, '.' for what is beneath, '~' for something between them; a sign for each frame.
std::string seen_at(const std::filesystem::path& video, int x, int y) {
  std::string signs;
  for (const int luma : luma_at(video, x, y)) signs += is_near(luma, kWhite) ? '#' : is_near(luma, kGrey) ? '.' : '~';
  return signs;
}

TEST_CASE("a picture lies where it is put, for as long as it is to", "[unit][encoder]") {
  const auto* name = GENERATE("white.png", "white.jpg", "white.bmp", "white.gif");
  EncodeRun run{mes_preset(fmt::format(R"("Filters": {{"VideoOverlay": {{"Source": "{}",
      "Position": {{"X": 100, "Y": "50%", "Width": 80, "Height": 40}},
      "Clip": {{"StartTime": "00:00:01", "Duration": "00:00:01"}},
      "MediaParams": [{{"OverlayLoopCount": 1}}, {{"IsOverlay": true, "OverlayLoopCount": 1, "InputLoop": true}}]}}}})",
                                       name))};
  INFO(name);
  make_grey(run, 3);
  make_white(run, name);
  REQUIRE(run.run());
  const auto out = run.output("out.mp4").path;
  const std::string shown = "..........##########..........";
  CHECK(seen_at(out, 104, 94) == shown);
  CHECK(seen_at(out, 175, 125) == shown);
  for (const auto& [x, y] : {std::pair{95, 94}, {185, 110}, {140, 86}, {140, 135}})
    CHECK(seen_at(out, x, y) == std::string(30, '.'));
}

TEST_CASE("the overlay of the service's own sample is seen, fading, whatever its opacity says", "[unit][encoder]") {
  EncodeRun run{R"(<?xml version="1.0" encoding="utf-16"?>
    <Preset Version="1.0" xmlns="https://www.windowsazure.com/media/encoding/Preset/2014/03"><Sources><Source><Streams/>
    <Filters><VideoOverlay><Source>Image001.png</Source><Clip Duration="PT5S"/><FadeInDuration Duration="PT1S"/>
      <FadeOutDuration StartTime="PT3S" Duration="PT1S"/><Position X="100" Y="100" Width="100" Height="50"/>
      <Opacity>0</Opacity><AudioGainLevel>0</AudioGainLevel><MediaParams>
        <MediaParam><IsOverlay>false</IsOverlay><OverlayLoopCount>1</OverlayLoopCount></MediaParam>
        <MediaParam><IsOverlay>true</IsOverlay><OverlayLoopCount>1</OverlayLoopCount></MediaParam></MediaParams>
    </VideoOverlay></Filters><Pad>true</Pad></Source></Sources>
    <Encoding><H264Video><KeyFrameInterval>00:00:02</KeyFrameInterval><H264Layers><H264Layer><Bitrate>1045</Bitrate>
      <Width>320</Width><Height>180</Height><FrameRate>0/1</FrameRate><BFrames>0</BFrames></H264Layer></H264Layers>
    </H264Video><CopyAudio/></Encoding>
    <Outputs><Output FileName="{Basename}{Extension}"><MP4Format/></Output></Outputs></Preset>)"};
  make_grey(run, 5, tone(5));
  make_white(run, "Image001.png");
  REQUIRE(run.run());
  const auto out = run.output("grey.mp4").path;
  const auto luma = luma_at(out, 150, 125);
  REQUIRE(luma.size() == 50);
  CHECK(is_near(luma[0], kGrey));
  CHECK(luma[5] == Approx((kGrey + kWhite) / 2).margin(15));
  for (std::size_t i = 11; i < 30; ++i) CHECK(is_near(luma[i], kWhite));
  CHECK(luma[35] == Approx((kGrey + kWhite) / 2).margin(15));
  for (std::size_t i = 41; i < 50; ++i) CHECK(is_near(luma[i], kGrey));
  CHECK(decode(out).channels == 1);  // the tone, as it was
}

TEST_CASE("opacity is honoured, and transparent parts of a picture are", "[unit][encoder]") {
  EncodeRun run{mes_preset(R"("Filters": {"VideoOverlay": {"Source": "half.png", "Opacity": "0.5",
      "Position": {"X": 0, "Y": 0, "Width": "100%", "Height": "100%"}}})")};
  make_grey(run, 1);
  // Its left half is white, its right half is not there.
  make_companion(run, "half.png",
                 "-f lavfi -i \"color=white:s=64x36,format=rgba,geq=r=255:g=255:b=255:a='255*lt(X,32)'\" "
                 "-frames:v 1 -update 1");
  REQUIRE(run.run());
  const auto out = run.output("out.mp4").path;
  for (const int luma : luma_at(out, 80, 90)) CHECK(luma == Approx((kGrey + kWhite) / 2).margin(8));
  for (const int luma : luma_at(out, 240, 90)) CHECK(is_near(luma, kGrey));
}

TEST_CASE("a video lies over another as often as it is to, its sound as loud as it is to be", "[unit][encoder]") {
  struct Row {
    const char* parameters;
    const char* seen;
    double loud_until;
  };
  // Half a second of white, then half a second of black.
  const auto row = GENERATE(Row{R"({"IsOverlay": true, "OverlayLoopCount": 1})", "#####~~~~~....................", 1},
                            Row{R"({"IsOverlay": true, "OverlayLoopCount": 2})", "#####~~~~~#####~~~~~..........", 2},
                            Row{R"({"IsOverlay": true, "InputLoop": true})", "#####~~~~~#####~~~~~#####~~~~~", 3});
  INFO(row.parameters);
  EncodeRun run{mes_preset(fmt::format(R"("Filters": {{"VideoOverlay": {{"Source": "clip.mp4", "AudioGainLevel": 0.5,
      "Position": {{"Width": "25%", "Height": "25%"}}, "MediaParams": [{{"IsOverlay": false}}, {}]}}}})",
                                       row.parameters),
                           kAac)};
  make_grey(run, 3);
  make_companion(run, "clip.mp4",
                 "-f lavfi -i \"color=white:s=160x90:r=10:d=0.5[a];color=black:s=160x90:r=10:d=0.5[b];"
                 "[a][b]concat\" " +
                     tone(1) + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
  REQUIRE(run.run());
  const auto out = run.output("out.mp4").path;
  CHECK(seen_at(out, 40, 20) == row.seen);
  CHECK(seen_at(out, 120, 20) == std::string(30, '.'));
  const DecodedFile file = decode(out);
  CHECK(file.audio_end == Approx(3).margin(0.05));
  const double beneath = loudness(run.folder.path() / "clip.mp4", 0.1, 0.8);
  CHECK(loudness(out, 0.1, row.loud_until - 0.2) == Approx(beneath - 6.02).margin(0.8));
  if (row.loud_until < 3) CHECK(loudness(out, row.loud_until + 0.1, 2.7 - row.loud_until) < -70);
}

TEST_CASE("a sound is added to the source's own, between its times and with its fades", "[unit][encoder]") {
  EncodeRun run{mes_preset(R"("Filters": {"AudioOverlay": {"Source": "1", "AudioGainLevel": 1,
      "Clip": {"StartTime": "00:00:01", "Duration": "00:00:03"}, "FadeOutDuration": {"Duration": "00:00:01"}}})",
                           kAac)};
  make_grey(run, 5, "-f lavfi -i anullsrc=d=5 ");
  run.context.inputs.push_back({.asset_id = "nb:cid:UUID:11111111-1111-1111-1111-111111111111", .files = {}});
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  run.make_input("music.wav", tone(10));
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  REQUIRE(run.run());
  const auto out = run.output("out.mp4").path;
  const double full = loudness(run.folder.path() / "music.wav", 1, 1);
  CHECK(loudness(out, 0.1, 0.8) < -70);
  CHECK(loudness(out, 1.2, 1.6) == Approx(full).margin(0.8));
  CHECK(loudness(out, 3.45, 0.1) == Approx(full - 6).margin(1.5));
  CHECK(loudness(out, 4.1, 0.8) < -70);
}

TEST_CASE("overlays of joined clips each lie over their own", "[unit][encoder]") {
  EncodeRun run{R"({"Version": 1.0, "Sources": [
      {"Duration": "00:00:01"},
      {"Duration": "00:00:01", "Filters": {"VideoOverlay": {"Source": "white.png", "Clip": {"StartTime": "00:00:00.5"}}}},
      {"Duration": "00:00:01"}],
    "Codecs": [{"Type": "H264Video", "H264Layers": [{"Bitrate": 1500, "Width": 320, "Height": 180}]}],
    "Outputs": [{"FileName": "out.mp4", "Format": {"Type": "MP4Format"}}]})"};
  make_grey(run, 2);
  make_white(run, "white.png");
  REQUIRE(run.run());
  CHECK(seen_at(run.output("out.mp4").path, 20, 10) == "...............#####..........");
}

TEST_CASE("the older encoder lays pictures and sounds over the whole sequence", "[unit][encoder]") {
  EncodeRun run{azure_preset(
      R"(OverlayFileName="%1%" OverlayRect="10%, 10%, 20%, 20%" OverlayOpacity="0.5" OverlayLayoutMode="Custom"
         OverlayStartTime="00:00:01" OverlayEndTime="00:00:02" AudioOverlayFileName="music.wav" AudioOverlayGainLevel="0.5"
         AudioOverlayLoop="True" AudioOverlayLoopingGap="00:00:01")")};
  make_grey(run, 4, "-f lavfi -i anullsrc=d=4 ");
  make_companion(run, "music.wav", tone(1));
  run.context.inputs.push_back({.asset_id = "nb:cid:UUID:11111111-1111-1111-1111-111111111111", .files = {}});
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  run.make_input("white.png", "-f lavfi -i color=white:s=40x20:d=1 -frames:v 1 -update 1");
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  REQUIRE(run.run("Azure Media Encoder"));
  const auto out = run.output("out.mp4").path;
  const auto luma = luma_at(out, 60, 36);
  REQUIRE(luma.size() == 40);
  for (std::size_t i = 0; i < luma.size(); ++i)
    CHECK(luma[i] == Approx(i >= 10 && i < 20 ? (kGrey + kWhite) / 2 : kGrey).margin(9));
  const double full = loudness(run.folder.path() / "music.wav", 0.1, 0.8);
  for (const double second : {0.0, 2.0}) {  // a second of sound, a second of none
    CHECK(loudness(out, second + 0.15, 0.7) == Approx(full - 6.02).margin(0.8));
    CHECK(loudness(out, second + 1.15, 0.7) < -70);
  }
}

TEST_CASE("the older encoder raises and lowers the source's own sound", "[unit][encoder]") {
  const auto [attributes, change] = GENERATE(table<std::string, double>(
      {{R"(AudioGainLevel="0.25")", -12.04}, {R"(NormalizeAudio="True")", 18.06}}));  // the tone's peak is 1/8
  INFO(attributes);
  EncodeRun run{azure_preset(attributes)};
  make_grey(run, 2, tone(2) + "-c:a pcm_s16le -strict -2 -f mov");
  REQUIRE(run.run("Windows Azure Media Encoder"));
  const double before = loudness(run.folder.path() / "grey.mp4", 0.2, 1.6);
  CHECK(loudness(run.output("out.mp4").path, 0.2, 1.6) == Approx(before + change).margin(0.8));
}

TEST_CASE("Pad puts the picture on a black canvas", "[unit][encoder]") {
  EncodeRun run{mes_preset(R"("Filters": {"Pad": {"Width": 640, "Height": 360, "X": 0}})")};
  make_grey(run, 0.5);
  REQUIRE(run.run());
  const auto out = run.output("out.mp4").path;  // half as large: the picture is 160x90 at 0,45
  for (const auto& [x, y] : {std::pair{4, 50}, {155, 130}}) CHECK(seen_at(out, x, y) == std::string(5, '.'));
  for (const auto& [x, y] : {std::pair{4, 40}, {170, 90}, {80, 140}})
    for (const int luma : luma_at(out, x, y)) CHECK(is_near(luma, 16));
}

TEST_CASE("overlays that cannot be are refused by name", "[unit][encoder]") {
  struct Row {
    std::string preset;
    const char *code, *word;
  };
  const auto overlay = [](const std::string& members) {
    return mes_preset(R"("Filters": {"VideoOverlay": {)" + members + "}}");
  };
  const auto row = GENERATE_COPY(
      Row{overlay(R"("Source": "nothing.png")"), "ErrorParsingConfiguration", "nothing.png"},
      Row{overlay(R"("Position": {"X": 1})"), "ErrorParsingConfiguration", "Source is missing"},
      Row{overlay(R"("Source": "white.png", "Position": {"X": 320})"), "ErrorParsingConfiguration", "outside"},
      Row{overlay(R"("Source": "white.png", "Clip": {"StartTime": "00:01:00"})"), "ErrorParsingConfiguration",
          "ends at"},
      Row{overlay(R"("Source": "white.png", "Opacity": 2)"), "ErrorParsingConfiguration", "Opacity"},
      Row{overlay(R"("Source": "white.png", "Blend": 2)"), "ErrorParsingConfiguration", "Blend"},
      Row{overlay(R"("Source": "notes.png")"), "ErrorDownloadingInputAssetMalformedContent", "notes.png"},
      Row{mes_preset(R"("Filters": {"AudioOverlay": {"Source": "white.png"}})"), "ErrorExecutingTaskUnsupportedFormat",
          "no sound"},
      Row{mes_preset(R"("Filters": {"Pad": {"Width": 100, "Height": 100}})"), "ErrorParsingConfiguration", "Pad"});
  EncodeRun run{row.preset};
  make_grey(run, 1);
  make_white(run, "white.png");
  test::write_text(run.folder.path() / "notes.png", "only words");
  run.add_input(run.folder.path() / "notes.png", false);
  const auto done = run.run();
  REQUIRE_FALSE(done);
  INFO(done.error().message);
  CHECK(done.error().detail == row.code);
  CHECK(done.error().message.find(row.word) != std::string::npos);
}

TEST_CASE("a picture is no source of its own", "[unit][encoder]") {
  EncodeRun run{mes_preset("")};
  run.make_input("white.png", "-f lavfi -i color=white:s=64x36:d=1 -frames:v 1 -update 1");
  const auto done = run.run();
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorExecutingTaskUnsupportedFormat");
}

}  // namespace
}  // namespace lazulite::encoder
