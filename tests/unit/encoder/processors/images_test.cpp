// Pictures of a video: the frames that were asked for, in the size and number that were asked for (processing.md 3c.7,
// 3g).
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"
#include "tests/unit/encoder/processors/ramp.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace lazulite::encoder {
namespace {

std::string image_preset(const std::string& codec, const std::string& format = "Jpg") {
  return fmt::format(R"({{"Version": 1.0, "Codecs": [{{"Type": "{0}Image", {1}}}],
    "Outputs": [{{"FileName": "{{Basename}}_{{Index}}{{Extension}}", "Format": {{"Type": "{0}Format"}}}}]}})",
                     format, codec);
}

struct Picture {
  int width = 0, height = 0;
  double luma = 0;  // 0 to 255, full range
};

Picture look_at(const std::filesystem::path& path, const std::string& crop = "null") {
  const auto size = test::run_command(
      fmt::format("ffprobe -v error -show_entries stream=width,height -of csv=p=0 '{}'", path.string()));
  Picture picture;
  char comma = 0;
  std::istringstream{size.text} >> picture.width >> comma >> picture.height;
  const auto mean = test::run_command(
      fmt::format("ffmpeg -v error -i '{}' -vf '{},scale=1:1:flags=area,format=rgb24' -f rawvideo - | od -An -tu1",
                  path.string(), crop));
  INFO(mean.text);
  REQUIRE(mean.status == 0);
  std::istringstream{mean.text} >> picture.luma;
  return picture;
}

double luma_of_frame(int frame) { return (kFirstLuma + frame * kLumaStep - 16) * 255.0 / 219; }

int frame_of(const Picture& picture) {
  return static_cast<int>(std::lround((picture.luma * 219 / 255 + 16 - kFirstLuma) / kLumaStep));
}

std::vector<int> frames_of(const EncodeRun& run) {
  std::vector<int> frames;
  for (const OutputFile& file : run.result.outputs.at(0)) {
    if (file.mime_type.starts_with("image/")) frames.push_back(frame_of(look_at(file.path)));
  }
  return frames;
}

TEST_CASE("pictures show the frames at their times, whatever the unit", "[unit][encoder]") {
  struct Case {
    const char* codec;
    std::vector<int> frames;
  };
  const Case each =
      GENERATE(Case{R"("Start": "00:00:01.5", "Step": "1", "Range": "1")", {15}},
               Case{R"("Start": "5%", "Step": "10%", "Range": "96%")", {2, 7, 12, 17, 22, 27, 32, 37, 42, 47}},
               Case{R"("Start": "00:00:00", "Step": "00:00:01", "Range": "00:00:03")", {0, 10, 20, 30}},
               Case{R"("Start": "7", "Step": "20")", {7, 27, 47}}, Case{R"("Start": "100%")", {49}});
  INFO(each.codec);
  EncodeRun run{image_preset(each.codec)};
  make_ramp(run, "ramp.mp4", kShortGroups);
  REQUIRE(run.run());
  CHECK(frames_of(run) == each.frames);
  CHECK(run.result.images == static_cast<int>(each.frames.size()));
  CHECK(run.result.outputs.at(0).front().name == "ramp_000001.jpg");
  CHECK(run.result.outputs.at(0).front().is_primary);
  CHECK(std::count_if(run.result.outputs.at(0).begin(), run.result.outputs.at(0).end(),
                      [](const OutputFile& file) { return file.name.ends_with(".ism"); }) == 0);
}

TEST_CASE("a long series takes the key frames nearest to its times", "[unit][encoder]") {
  EncodeRun run{image_preset(R"("Start": "0%", "Step": "00:00:00.2", "JpgLayers": [{"Width": 64}])")};
  make_ramp(run, "ramp.mp4", "-c:v libx264 -preset veryfast -qp 5 -g 4 -keyint_min 4 -sc_threshold 0 -bf 0");
  REQUIRE(run.run());
  const auto frames = frames_of(run);
  REQUIRE(frames.size() == 25);
  for (std::size_t i = 0; i < frames.size(); ++i) CHECK(std::abs(frames[i] - static_cast<int>(2 * i)) <= 1);
  CHECK(std::is_sorted(frames.begin(), frames.end()));
}

TEST_CASE("pictures come out of containers without an index and of late starts", "[unit][encoder]") {
  const auto* name = GENERATE("ramp.ts", "ramp.mkv", "ramp.avi", "ramp.mpg");
  INFO(name);
  EncodeRun run{image_preset(R"("Start": "1", "Step": "00:00:01.2", "JpgLayers": [{"Width": 64}])")};
  const std::string_view file = name;
  std::string codec = kShortGroups;
  if (file == "ramp.ts") codec += " -output_ts_offset 300";
  if (file == "ramp.mpg") codec = "-c:v mpeg2video -q:v 2 -r 25";
  if (file == "ramp.avi") codec = "-c:v mpeg4 -q:v 2";
  make_ramp(run, name, codec);
  REQUIRE(run.run());
  const auto frames = frames_of(run);
  REQUIRE(frames.size() >= 4);
  const double start = file == "ramp.mpg" ? 0.4 : 1;  // frame 1 at 25 per second
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(frames[i] == Approx(std::floor(start + 12 * static_cast<double>(i) + 0.01)).margin(1));
}

TEST_CASE("layers, formats and qualities are as asked", "[unit][encoder]") {
  for (const char* format : {"Jpg", "Png", "Bmp"}) {
    INFO(format);
    EncodeRun run{fmt::format(
        R"({{"Version": 1.0, "Codecs": [{{"Type": "{0}Image", "Start": "2", "{0}Layers": [{{"Width": 160, "Height": 160}},
           {{"Width": "50%", "Height": "50%"}}, {{"Height": 64}}]}}],
           "Outputs": [{{"FileName": "{{Basename}}_{{Resolution}}_{{Index}}{{Extension}}", "Format": {{"Type": "{0}Format"}}}}]}})",
        format)};
    make_ramp(run, "ramp.mp4", kShortGroups, 10);
    // 160x90 twice would be one name for two files; the second is asked for in percents of 320x180.
    const auto done = run.run();
    REQUIRE_FALSE(done);
    CHECK(done.error().detail == "ErrorParsingConfiguration");
    run.context.configuration.replace(run.context.configuration.find("50%"), 3, "75%");
    run.context.configuration.replace(run.context.configuration.find("50%"), 3, "75%");
    REQUIRE(run.run());
    const auto& files = run.result.outputs.at(0);
    const std::vector<std::pair<int, int>> sizes{{160, 90}, {240, 136}, {114, 64}};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const Picture picture = look_at(files.at(i).path);
      INFO(files[i].name);
      CHECK(picture.width == sizes[i].first);
      CHECK(picture.height == sizes[i].second);
      CHECK(picture.luma == Approx(luma_of_frame(2)).margin(2));
      CHECK(files[i].name == fmt::format("ramp_{}x{}_000001.{}", sizes[i].first, sizes[i].second, to_lower(format)));
    }
  }
  std::vector<std::uintmax_t> sizes;
  for (const int quality : {10, 50, 95}) {
    EncodeRun run{image_preset(fmt::format(R"("Start": "0", "JpgLayers": [{{"Quality": {}}}])", quality))};
    run.make_input("busy.mp4", picture("320x180", "10", 1) + "-pix_fmt yuv420p");
    REQUIRE(run.run());
    sizes.push_back(std::filesystem::file_size(run.result.outputs.at(0).front().path));
  }
  CHECK(sizes[0] < sizes[1]);
  CHECK(sizes[1] < sizes[2]);
}

TEST_CASE("colours survive in pictures", "[unit][encoder]") {
  for (const char* format : {"Jpg", "Png", "Bmp"}) {
    INFO(format);
    EncodeRun run{image_preset(R"("Start": "0")", format)};
    run.make_input("red.mp4",
                   "-f lavfi -i color=c=0xC02040:s=1280x720:r=5:d=1 -vf scale=out_color_matrix=bt709 -pix_fmt yuv420p "
                   "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -c:v libx264 -qp 4");
    REQUIRE(run.run());
    const auto raw =
        test::run_command(fmt::format("ffmpeg -v error -i '{}' -vf scale=1:1,format=rgb24 -f rawvideo - | od -An -tu1",
                                      run.result.outputs.at(0).front().path.string()));
    int red = 0, green = 0, blue = 0;
    std::istringstream{raw.text} >> red >> green >> blue;
    CHECK(red == Approx(0xC0).margin(6));
    CHECK(green == Approx(0x20).margin(6));
    CHECK(blue == Approx(0x40).margin(6));
  }
}

TEST_CASE("{Best} is neither black nor the odd one out", "[unit][encoder]") {
  EncodeRun run{image_preset(R"("Start": "{Best}", "Step": "1", "Range": "5")", "Png")};
  // 20 s: black until 2.5 s, then a test picture, but a plain white flash from 3.5 to 3.7 s.
  run.make_input("film.mp4",
                 "-f lavfi -i \"testsrc2=s=320x180:r=10:d=20,drawbox=c=black:t=fill:enable='lt(t,2.5)',"
                 "drawbox=c=white:t=fill:enable='between(t,3.5,3.7)'\" -pix_fmt yuv420p -preset veryfast -g 5");
  REQUIRE(run.run());
  REQUIRE(run.result.images == 1);
  const Picture picture = look_at(run.result.outputs.at(0).front().path);
  CHECK(picture.luma > 40);
  CHECK(picture.luma < 220);
}

TEST_CASE("a sprite holds all pictures as tiles, and its track says where", "[unit][encoder]") {
  EncodeRun run{image_preset(
      R"("Start": "00:00:00", "Step": "00:00:01", "Range": "100%", "SpriteColumn": 3, "JpgLayers": [{"Width": 64, "Height": 36, "Quality": 95}])")};
  make_ramp(run, "ramp.mp4", kShortGroups);
  REQUIRE(run.run());
  CHECK(run.names().at(0) == "ramp_000001.jpg");
  CHECK(run.names().at(1) == "ramp_000001.vtt");
  const auto path = run.output("ramp_000001.jpg").path;
  const Picture whole = look_at(path);
  CHECK(whole.width == 192);
  CHECK(whole.height == 72);
  for (int i = 0; i < 5; ++i) {
    const auto crop = fmt::format("crop=48:20:{}:{}", i % 3 * 64 + 8, i / 3 * 36 + 8);
    CHECK(look_at(path, crop).luma == Approx(luma_of_frame(10 * i)).margin(3));
  }
  CHECK(look_at(path, "crop=48:20:136:44").luma < 3);  // the last row is filled with black
  const std::string track = run.text_of("ramp_000001.vtt");
  CHECK(track.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nramp_000001.jpg#xywh=0,0,64,36\n"));
  CHECK(track.ends_with("\n00:00:04.000 --> 00:00:05.000\nramp_000001.jpg#xywh=64,36,64,36\n"));
}

TEST_CASE("pictures beside video come with it", "[unit][encoder]") {
  std::string preset = small_preset();
  preset.insert(preset.find(R"({"Type": "H264Video")"),
                R"({"Type": "PngImage", "Start": "50%", "Step": "1", "Range": "1"},)");
  preset.insert(preset.rfind(']'), R"(, {"FileName": "{Basename}_{Index}.png", "Format": {"Type": "PngFormat"}})");
  EncodeRun run{preset};
  make_ramp(run, "ramp.mp4", kShortGroups, 20);
  REQUIRE(run.run());
  CHECK(run.names() == std::vector<std::string>{"ramp_320x180_300.mp4", "ramp_160x90_150.mp4", "ramp_160x90_80.mp4",
                                                "ramp_000001.png", "ramp_manifest.xml",
                                                "2a0e1f6c-3d6b-4a8e-9a53-0f4b7a4d0c11_metadata.xml", "ramp.ism"});
  CHECK(frame_of(look_at(run.output("ramp_000001.png").path)) == 10);
  CHECK(run.output("ramp.ism").is_primary);
  CHECK(std::is_sorted(run.progress.begin(), run.progress.end()));
}

TEST_CASE("turned pictures stand upright", "[unit][encoder]") {
  EncodeRun run{image_preset(
      R"("Start": "0", "PreserveResolutionAfterRotation": true, "JpgLayers": [{"Width": 320, "Height": 180}])")};
  const auto flat = run.folder.path() / "flat.mp4", turned = run.folder.path() / "turned.mp4";
  REQUIRE(
      test::run_command(fmt::format("ffmpeg -v error -f lavfi -i color=gray:s=320x180:r=5:d=1 -pix_fmt yuv420p '{}' && "
                                    "ffmpeg -v error -i '{}' -c copy -metadata:s:v rotate=90 '{}'",
                                    flat.string(), flat.string(), turned.string()))
          .status == 0);
  run.add_input(turned);
  REQUIRE(run.run());
  const Picture picture = look_at(run.result.outputs.at(0).front().path);
  CHECK(picture.width == 180);
  CHECK(picture.height == 320);
}

TEST_CASE("a picture beyond the end and pictures of mere sound are unsupported", "[unit][encoder]") {
  const bool sound = GENERATE(false, true);
  EncodeRun run{image_preset(R"("Start": "00:00:30")")};
  run.make_input("short.mp4", sound ? tone(1) : picture("160x90", "10", 1));
  const auto done = run.run();
  REQUIRE_FALSE(done);
  INFO(done.error().message);
  CHECK(done.error().detail == "ErrorExecutingTaskUnsupportedFormat");
}

TEST_CASE("the older encoder's thumbnails are named and numbered its way", "[unit][encoder]") {
  SECTION("by the preset's name") {
    EncodeRun run{"thumbnails"};
    run.make_input("a film.mp4", picture("640x360", "5", 11) + "-pix_fmt yuv420p -preset ultrafast");
    REQUIRE(run.run("Azure Media Encoder"));
    CHECK(run.names() == std::vector<std::string>{"a film_1.jpg", "a film_2.jpg", "a film_3.jpg"});
    const Picture first = look_at(run.output("a film_1.jpg").path);
    CHECK(first.width == 300);
    CHECK(first.height == 168);
  }
  SECTION("in XML, where Step 0 means one picture") {
    EncodeRun run{R"(<?xml version="1.0" encoding="utf-16"?><Thumbnail Size="50%,*" Type="Png"
      Filename="{OriginalFilename}_{ThumbnailTime}_{ThumbnailIndex}.{DefaultExtension}">
      <Time Value="0:0:1" Step="0:0:0"/><Time Value="10%" Step="0:0:2" Stop="0:0:3"/></Thumbnail>)"};
    make_ramp(run, "ramp.mp4", kShortGroups);
    REQUIRE(run.run("Windows Azure Media Encoder"));
    CHECK(run.names() == std::vector<std::string>{"ramp_00.00.01_1.png", "ramp_00.00.00_2.png", "ramp_00.00.02_3.png"});
    CHECK(frames_of(run) == std::vector<int>{10, 5, 25});
    CHECK(look_at(run.output("ramp_00.00.01_1.png").path).width == 160);
  }
}

// A preset of the older encoder: 320x180 over the whole picture, with these attributes of its MediaFile.
std::string azure_preset(const std::string& attributes) {
  return "<Presets><Preset><MediaFile " + attributes +
         R"(><OutputFormat><MP4OutputFormat><VideoProfile><MainH264VideoProfile><Streams><StreamInfo Size="320, 180"><Bitrate>
         <ConstantBitrate Bitrate="1500"/></Bitrate></StreamInfo></Streams></MainH264VideoProfile></VideoProfile></MP4OutputFormat>
         </OutputFormat></MediaFile></Preset></Presets>)";
}

TEST_CASE("the older encoder takes one picture beside the video", "[unit][encoder]") {
  const auto [attributes, frame] = GENERATE(table<std::string, int>(
      {{R"(ThumbnailMode="FirstFrame" ThumbnailCodec="Png" ThumbnailSize="160, *")", 0},
       {R"(ThumbnailMode="Custom" ThumbnailCodec="Png" ThumbnailSize="50%,*" ThumbnailTime="00:00:02")", 20}}));
  EncodeRun run{azure_preset(attributes)};
  make_ramp(run, "ramp.mp4", kShortGroups);
  REQUIRE(run.run("Azure Media Encoder"));
  const auto names = run.names();
  CHECK(std::count_if(names.begin(), names.end(), [](const auto& name) { return name.ends_with(".mp4"); }) == 1);
  const auto path = run.output("ramp_1.png").path;
  const auto size = test::run_command(
      fmt::format("ffprobe -v error -f png_pipe -show_entries stream=width,height -of csv=p=0 '{}'", path.string()));
  CHECK(size.text.starts_with("160,90"));
  const auto luma = test::run_command(fmt::format(
      "ffmpeg -v error -f png_pipe -i '{}' -vf format=yuv420p,extractplanes=y,crop=1:1 -f rawvideo - | od -An -tu1 -N1",
      path.string()));
  CHECK(std::stoi(luma.text) == Approx(kFirstLuma + frame * kLumaStep).margin(4));
}

TEST_CASE("the older encoder crops by percents", "[unit][encoder]") {
  EncodeRun run{azure_preset(R"(CropRect="50%, 0%, 50%, 100%" VideoResizeMode="Stretch")")};
  run.make_input(
      "halves.mp4",
      "-f lavfi -i \"color=black:s=320x180:r=10:d=0.5,drawbox=x=160:w=160:c=white:t=fill\" -pix_fmt yuv420p");
  REQUIRE(run.run("Azure Media Encoder"));
  const auto luma = test::run_command(fmt::format(
      "ffmpeg -v error -i '{}' -frames:v 1 -vf extractplanes=y,crop=1:1:8:8 -f rawvideo - | od -An -tu1 -N1",
      run.output(run.names().front()).path.string()));
  CHECK(std::stoi(luma.text) > 225);
}

}  // namespace
}  // namespace lazulite::encoder
