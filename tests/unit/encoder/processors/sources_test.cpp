// Clips, joined sources, picked streams, filters, copies and what stands in for missing sound or video (processing.md
// 3c.3, 3c.6, 3c.8).
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"
#include "tests/unit/encoder/processors/ramp.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lazulite::encoder {
namespace {

std::string sound(int seconds) { return tone(seconds) + "-c:a aac"; }

// One layer of 320x180 at a rate that keeps the ramp's brightness.
std::string preset(const std::string& sources, const std::string& video_members = "",
                   const std::string& audio_members = R"("Bitrate": 128)") {
  const std::string audio = audio_members.empty() ? "" : fmt::format(R"(, {{"Type": "AACAudio", {}}})", audio_members);
  return fmt::format(
      R"({{"Version": 1.0, "Sources": [{}], "Codecs": [{{"Type": "H264Video", "KeyFrameInterval": "00:00:02", {}
         "H264Layers": [{{"Bitrate": 1500, "Width": 320, "Height": 180}}]}}{}],
         "Outputs": [{{"FileName": "{{Basename}}_out.mp4", "Format": {{"Type": "MP4Format"}}}}]}})",
      sources, video_members, audio);
}

std::string copy_preset(const std::string& sources) {
  return fmt::format(
      R"({{"Version": 1.0, "Sources": [{}], "Codecs": [{{"Type": "CopyVideo"}}, {{"Type": "CopyAudio"}}],
         "Outputs": [{{"FileName": "ArchiveTopBitrate_{{Basename}}.mp4", "Format": {{"Type": "MP4Format"}}}}]}})",
      sources);
}

std::vector<int> count_from(int first, int last) {
  std::vector<int> numbers(static_cast<std::size_t>(last - first + 1));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

void check_refused(EncodeRun& run, const char* code, const char* word) {
  const auto done = run.run();
  REQUIRE_FALSE(done);
  INFO(done.error().message);
  CHECK(done.error().detail == code);
  CHECK(done.error().message.find(word) != std::string::npos);
}

TEST_CASE("a clip holds the frames between its times, and starts with a key frame", "[unit][encoder][sources]") {
  const auto* name = GENERATE("ramp.mp4", "ramp.mkv", "ramp.ts");
  INFO(name);
  EncodeRun run{preset(R"({"StartTime": "00:00:01.3", "Duration": "00:00:02.5"})")};
  make_ramp(run, name, kShortGroups + " " + (std::string{name} == "ramp.ts" ? "-output_ts_offset 777" : ""), 50,
            sound(5));
  REQUIRE(run.run());
  const auto path = run.output("ramp_out.mp4").path;
  CHECK(ramp_frames(path) == count_from(13, 37));
  const DecodedFile file = decode(path);
  CHECK(file.frame_times.front() == Approx(0).margin(1e-6));
  CHECK(file.key_times == std::vector<double>{0, 2});
  CHECK(file.audio_start == Approx(0).margin(0.03));
  CHECK(file.audio_end == Approx(2.5).margin(0.03));
  CHECK(loudness(path, 0.1, 2.2) > -40);
  CHECK(run.progress.back() == 100);
}

TEST_CASE("a clip in XML is the same", "[unit][encoder][sources]") {
  EncodeRun run{R"(<Preset Version="1.0" xmlns="http://www.windowsazure.com/media/encoding/Preset/2014/03">
    <Sources><Source StartTime="PT4S" Duration="PT14S"><Streams><VideoStream>TopBitrate</VideoStream></Streams></Source></Sources>
    <Encoding><H264Video><H264Layers><H264Layer><Bitrate>1500</Bitrate><Width>320</Width><Height>180</Height></H264Layer></H264Layers></H264Video></Encoding>
    <Outputs><Output FileName="{Basename}_out.mp4"><MP4Format/></Output></Outputs></Preset>)"};
  make_ramp(run, "ramp.mp4", kShortGroups);
  REQUIRE(run.run());
  CHECK(ramp_frames(run.output("ramp_out.mp4").path) == count_from(40, 49));  // the source ends before the clip does
}

TEST_CASE("clips of one source are joined without a gap", "[unit][encoder][sources]") {
  EncodeRun run{preset(
      R"({"StartTime": "00:00:03", "Duration": "00:00:01"}, {"StartTime": "00:00:00.5", "Duration": "00:00:01.5"})")};
  make_ramp(run, "ramp.mp4", kShortGroups, 50, sound(5));
  REQUIRE(run.run());
  const auto path = run.output("ramp_out.mp4").path;
  auto expected = count_from(30, 39);
  const auto second = count_from(5, 19);
  expected.insert(expected.end(), second.begin(), second.end());
  CHECK(ramp_frames(path) == expected);
  const DecodedFile file = decode(path);
  CHECK(file.audio_end == Approx(2.5).margin(0.05));
}

TEST_CASE("assets are joined in the order of the preset, silence standing in for missing sound",
          "[unit][encoder][sources]") {
  const std::string first = "11111111-1111-1111-1111-111111111111", second = "22222222-2222-2222-2222-222222222222";
  EncodeRun run{preset(fmt::format(R"({{"AssetID": "nb:cid:UUID:{}"}}, {{"AssetId": "{}", "Duration": "00:00:02"}},
                                      {{"AssetID": "{}", "StartTime": "00:00:01", "Duration": "00:00:01"}})",
                                   second, first, second))};
  run.context.inputs.front().asset_id = "nb:cid:UUID:" + first;
  make_ramp(run, "silent.mp4", kShortGroups, 30);
  run.context.inputs.push_back({.asset_id = "nb:cid:UUID:" + second, .files = {}});
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  make_ramp(run, "loud.mp4", kShortGroups, 20, sound(2));
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  REQUIRE(run.run());
  const auto path = run.output("loud_out.mp4").path;
  auto expected = count_from(0, 19);
  for (const auto& part : {count_from(0, 19), count_from(10, 19)})
    expected.insert(expected.end(), part.begin(), part.end());
  CHECK(ramp_frames(path) == expected);
  CHECK(decode(path).audio_end == Approx(5).margin(0.05));
  CHECK(loudness(path, 0.2, 1.6) > -40);
  CHECK(loudness(path, 2.2, 1.6) < -70);
  CHECK(loudness(path, 4.2, 0.6) > -40);
}

TEST_CASE("clips that cannot be are refused", "[unit][encoder][sources]") {
  SECTION("beyond the end") {
    EncodeRun run{preset(R"({"StartTime": "00:01:00"})")};
    make_ramp(run, "ramp.mp4", kShortGroups, 10);
    check_refused(run, "ErrorExecutingTaskUnsupportedFormat", "beyond the end");
  }
  SECTION("an asset that is no input") {
    EncodeRun run{preset(R"({"AssetID": "33333333-3333-3333-3333-333333333333"})")};
    make_ramp(run, "ramp.mp4", kShortGroups, 10);
    check_refused(run, "ErrorParsingConfiguration", "33333333");
  }
  SECTION("a crop outside of the picture") {
    EncodeRun run{preset(R"({"Filters": {"Crop": {"X": 200, "Y": 0, "Width": 200, "Height": 100}}})")};
    make_ramp(run, "ramp.mp4", kShortGroups, 10);
    check_refused(run, "ErrorParsingConfiguration", "outside of the picture");
  }
  SECTION("several inputs and no Sources") {
    EncodeRun run{small_preset()};
    make_ramp(run, "ramp.mp4", kShortGroups, 10);
    run.context.inputs.push_back(run.context.inputs.front());
    check_refused(run, "ErrorParsingConfiguration", "Sources");
  }
  SECTION("a track that is not there") {
    EncodeRun run{preset(R"({"Streams": [{"Type": "AudioStream", "Value": "77"}]})")};
    make_ramp(run, "ramp.mp4", kShortGroups, 10);
    check_refused(run, "ErrorExecutingTaskUnsupportedFormat", "track 77");
  }
}

TEST_CASE("the lowest of a set and a track by its id are picked", "[unit][encoder][sources]") {
  EncodeRun run{preset(R"({"Streams": [{"Type": "VideoStream", "Value": "LowestBitrate"}]})", "", "")};
  make_ramp(run, "high.mp4", "-c:v libx264 -qp 0", 10);
  make_ramp(run, "low.mp4", "-c:v libx264 -qp 30 -vf negate", 10);
  for (auto& file : run.context.inputs.front().files) file.is_primary = false;
  const auto manifest = run.folder.path() / "set.ism";
  test::write_text(
      manifest,
      R"(<smil><body><switch><video src="low.mp4" systemBitrate="100"/><video src="high.mp4" systemBitrate="900"/></switch></body></smil>)");
  run.add_input(manifest, true);
  REQUIRE(run.run());
  CHECK(ramp_frames(run.output("set_out.mp4").path).front() > 30);  // the negative one

  EncodeRun tracks{preset(R"({"Streams": [{"Type": "AudioStream", "Value": "3"}]})")};
  tracks.make_input("two.mp4",
                    picture("320x180", "10", 1) +
                        "-f lavfi -i sine=d=1 -f lavfi -i anullsrc=d=1 -map 0 -map 1 -map 2 -pix_fmt yuv420p");
  REQUIRE(tracks.run());
  CHECK(loudness(tracks.output("two_out.mp4").path, 0, 1) < -70);
}

TEST_CASE("a crop leaves what it names, and turning by hand overrides the metadata", "[unit][encoder][sources]") {
  EncodeRun run{
      preset(R"({"Filters": {"Crop": {"X": 160, "Y": 90, "Width": 160, "Height": 90}, "Rotation": "90"}})", "", "")};
  // White in the lower right quarter, black elsewhere; red-free, so that brightness tells.
  run.make_input(
      "quarter.mp4",
      "-f lavfi -i \"color=black:s=320x180:r=10:d=1,drawbox=x=160:y=90:w=160:h=90:c=white:t=fill\" -pix_fmt yuv420p");
  REQUIRE(run.run());
  const auto path = run.output("quarter_out.mp4").path;
  const DecodedFile file = decode(path);
  CHECK(file.width == 320);  // the box stays, with bars
  CHECK(file.height == 180);
  const auto luma = ramp_frames(path);  // of the middle
  CHECK(luma.front() > 40);
}

TEST_CASE("an interlaced source stays so when deinterlacing is off", "[unit][encoder][sources]") {
  // Fields of different brightness: combed lines survive only without deinterlacing.
  const auto combing = [](const char* mode) {
    EncodeRun run{preset(fmt::format(R"({{"Filters": {{"Deinterlace": {{"Mode": "{}"}}}}}})", mode), "", "")};
    run.make_input("field.mpg",
                   "-f lavfi -i \"nullsrc=s=320x180:r=50:d=1,geq=lum='30+mod(N*67,180)':cb=128:cr=128,interlace\" "
                   "-c:v mpeg2video -flags +ilme+ildct -q:v 2 -r 25 -pix_fmt yuv420p");
    REQUIRE(run.run());
    const auto ran =
        test::run_command(fmt::format("ffmpeg -v error -ss 0.3 -i '{}' -frames:v 1 -vf extractplanes=y,crop=2:8:100:80 "
                                      "-f rawvideo - | od -An -v -tu1 -w2",
                                      run.output("field_out.mp4").path.string()));
    std::vector<int> lines;
    std::istringstream text{ran.text};
    for (int a = 0, b = 0; text >> a >> b;) lines.push_back(a);
    REQUIRE(lines.size() == 8);
    return std::abs(lines[3] - lines[4]);
  };
  CHECK(combing("Off") > 40);
  CHECK(combing("Auto") < 20);
}

TEST_CASE("a copied clip begins at the key frame before and keeps the coded bytes", "[unit][encoder][sources]") {
  EncodeRun run{copy_preset(R"({"StartTime": "00:00:01.5", "Duration": "00:00:02"})")};
  make_ramp(run, "ramp.mp4", kShortGroups, 50, sound(5));
  REQUIRE(run.run());
  const auto path = run.output("ArchiveTopBitrate_ramp.mp4").path;
  const auto frames = ramp_frames(path);
  REQUIRE_FALSE(frames.empty());
  CHECK(frames.front() == 10);
  CHECK(frames.back() >= 33);
  CHECK(frames.back() <= 36);
  const DecodedFile file = decode(path);
  CHECK(file.frame_times.front() == Approx(0).margin(1e-3));
  CHECK(std::abs(file.audio_start) < 0.05);
  CHECK(file.audio_end == Approx(file.frame_times.back() + 0.1).margin(0.2));
  CHECK(run.names().back() == "ramp.ism");
  CHECK(run.text_of("ramp_manifest.xml").find("Width=\"320\"") != std::string::npos);
}

TEST_CASE("a whole transport stream is copied into MP4", "[unit][encoder][sources]") {
  EncodeRun run{copy_preset("")};
  make_ramp(run, "ramp.ts", kShortGroups, 30, sound(3));
  REQUIRE(run.run());
  CHECK(ramp_frames(run.output("ArchiveTopBitrate_ramp.mp4").path) == count_from(0, 29));
}

TEST_CASE("the older encoder joins clips of its inputs", "[unit][encoder][sources]") {
  EncodeRun run{
      R"(<Presets><Preset Version="5.0" DefaultMediaOutputFileName="{OriginalFileName}_joined.{DefaultExtension}"><Job />
    <MediaFile DeinterlaceMode="AutoPixelAdaptive" VideoResizeMode="Letterbox">
      <Sources>
        <Source MediaFile="%1%"><Clips><Clip StartTime="00:00:01" EndTime="00:00:02"/></Clips></Source>
        <Source MediaFile="%0%"><Clips><Clip StartTime="00:00:00" EndTime="00:00:00.5"/><Clip StartTime="00:00:02"/></Clips></Source>
      </Sources>
      <OutputFormat><MP4OutputFormat><VideoProfile><MainH264VideoProfile KeyFrameDistance="00:00:02"><Streams>
        <StreamInfo Size="320, 180"><Bitrate><ConstantBitrate Bitrate="1500" /></Bitrate></StreamInfo></Streams>
      </MainH264VideoProfile></VideoProfile></MP4OutputFormat></OutputFormat>
    </MediaFile></Preset></Presets>)"};
  make_ramp(run, "a.mp4", kShortGroups, 30);
  run.context.inputs.push_back({.asset_id = "nb:cid:UUID:22222222-2222-2222-2222-222222222222", .files = {}});
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  make_ramp(run, "b.mp4", kShortGroups, 30);
  std::swap(run.context.inputs[0], run.context.inputs[1]);
  REQUIRE(run.run("Azure Media Encoder"));
  auto expected = count_from(10, 19);
  for (const auto& part : {count_from(0, 4), count_from(20, 29)})
    expected.insert(expected.end(), part.begin(), part.end());
  CHECK(ramp_frames(run.output("b_joined.mp4").path) == expected);
  CHECK(run.output("b_joined.mp4").is_primary);
}

TEST_CASE("silence stands in for missing sound where the preset says so", "[unit][encoder][sources]") {
  EncodeRun run{preset("", "", R"("Bitrate": 128, "Condition": "InsertSilenceIfNoAudio")")};
  make_ramp(run, "ramp.mp4", kShortGroups, 30);
  REQUIRE(run.run());
  const auto path = run.output("ramp_out.mp4").path;
  const DecodedFile file = decode(path);
  CHECK(file.channels == 2);
  CHECK(file.audio_end == Approx(3).margin(0.05));
  CHECK(loudness(path, 0, 3) < -85);
  CHECK(run.text_of("ramp.ism").find("<audio ") != std::string::npos);
}

TEST_CASE("black stands in for missing video, on all layers or the lowest", "[unit][encoder][sources]") {
  const bool bottom = GENERATE(false, true);
  EncodeRun run{
      small_preset(fmt::format(R"("Condition": "InsertBlackIfNoVideo{}",)", bottom ? "BottomLayerOnly" : ""))};
  run.make_input("song.mp3", tone(3));
  REQUIRE(run.run());
  const auto& files = run.result.outputs.at(0);
  const auto count =
      std::count_if(files.begin(), files.end(), [](const auto& file) { return file.name.ends_with(".mp4"); });
  CHECK(count == (bottom ? 1 : 3));
  const DecodedFile file = decode(run.output("song_160x90_80.mp4").path);
  CHECK(file.video_rate == "30/1");
  CHECK(file.frame_times.size() == Approx(90).margin(3));
  CHECK(file.audio_end == Approx(3).margin(0.1));
  CHECK(ramp_frames(run.output("song_160x90_80.mp4").path).front() < -2);  // luma 16
}

}  // namespace
}  // namespace lazulite::encoder
