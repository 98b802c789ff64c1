// What odd inputs become, looked at in the pictures and the sound, not only in counts (processing.md 4.7, 7.3 to 7.5).
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"
#include "tests/unit/encoder/processors/ramp.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lazulite::encoder {
namespace {

const std::string kFast = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p ";
constexpr const char* kTop = "s_320x180_300.mp4";

int number_in(const std::string& command) {
  const auto ran = test::run_command(command);
  INFO(ran.text.substr(0, 300));
  REQUIRE(ran.status == 0);
  const auto value = parse_int64(trim(ran.text));
  REQUIRE(value);
  return static_cast<int>(*value);
}

// Frames that FFmpeg's detector takes for interlaced.
int interlaced_frames(const std::filesystem::path& path) {
  return number_in(
      fmt::format("ffmpeg -hide_banner -i '{}' -vf idet -an -f null - 2>&1 | grep 'Multi frame' | sed "
                  "'s/.*TFF: *\\([0-9]*\\) *BFF: *\\([0-9]*\\).*/\\1 + \\2/' | xargs expr || true",
                  path.string()));
}

std::string colours_of(const std::filesystem::path& path) {
  const auto ran = test::run_command(
      fmt::format("ffprobe -v error -select_streams v -show_entries stream=pix_fmt,color_range,color_space,"
                  "color_transfer,color_primaries -of csv=p=0 '{}'",
                  path.string()));
  return std::string{trim(ran.text)};
}

int first_luma(const std::filesystem::path& path) {
  return number_in(
      fmt::format("ffmpeg -v error -i '{}' -frames:v 1 -vf extractplanes=y,crop=1:1 -f rawvideo - | od -An -tu1 -N1",
                  path.string()));
}

TEST_CASE("interlaced pictures come out without combs, and in half of the fields", "[unit][encoder]") {
  EncodeRun run{small_preset(R"("StretchMode": "None",)")};
  run.make_input("s.mpg",
                 "-f lavfi -i testsrc2=s=320x180:r=50:d=3 -vf \"scroll=h=0.02,tinterlace=interleave_top,setfield=tff\" "
                 "-r 25 -c:v mpeg2video -flags +ilme+ildct -top 1 -q:v 2");
  CHECK(interlaced_frames(run.folder.path() / "s.mpg") > 50);
  REQUIRE(run.run());
  const auto top = run.output(kTop).path;
  CHECK(decode(top).frame_times.size() == 75);
  CHECK(interlaced_frames(top) <= 3);
}

TEST_CASE("HDR is mapped to the tones and colours of SDR", "[unit][encoder]") {
  EncodeRun run{small_preset("", R"("FrameRate": "0/1")", false)};
  // Grey of 10 cd/m² as PQ writes it: 0.302 of the range. Taken for SDR it would be a luma of 82.
  run.make_input("s.mp4",
                 "-f lavfi -i \"color=black:s=320x180:r=25:d=1,format=yuv420p10le,geq=lum=329:cb=512:cr=512\" "
                 "-c:v libx264 -preset ultrafast -qp 1 -color_primaries bt2020 -color_trc smpte2084 -colorspace "
                 "bt2020nc");
  REQUIRE(run.run());
  const auto top = run.output(kTop).path;
  CHECK(colours_of(top) == "yuv420p,tv,bt709,bt709,bt709");
  CHECK(first_luma(top) == Approx(73).margin(4));
}

TEST_CASE("ten bits, 4:2:2 and 4K become eight bits of 4:2:0 in the size of the preset", "[unit][encoder]") {
  const auto [name, arguments] = GENERATE(table<std::string, std::string>(
      {{"s.mov", picture("320x180", "25", 1) + "-c:v prores_ks -pix_fmt yuv422p10le"},
       {"s.mkv", picture("320x180", "25", 1) + "-c:v libx264 -preset ultrafast -pix_fmt yuv422p10le"},
       {"s.mp4", picture("3840x2160", "25", 1) + kFast},
       {"s.avi", picture("320x180", "25", 1) + "-c:v rawvideo -pix_fmt bgr24"}}));
  INFO(arguments);
  EncodeRun run{small_preset()};
  run.make_input(name, arguments);
  REQUIRE(run.run());
  const auto top = run.output(kTop).path;
  CHECK(colours_of(top).starts_with("yuv420p,tv"));
  CHECK(decode(top).frame_times.size() == 25);
}

TEST_CASE("one channel is heard on both sides as loud as it was, six as two", "[unit][encoder]") {
  const auto [sound, change] = GENERATE(table<std::string, double>(
      {{tone(2) + "-ac 1", 0}, {"-f lavfi -i \"sine=d=2:r=48000,pan=5.1|FL=c0|FR=c0\" ", 0}}));
  EncodeRun run{small_preset()};
  run.make_input("s.mkv", picture("320x180", "25", 2) + sound + " -c:a pcm_s16le " + kFast);
  REQUIRE(run.run());
  const auto top = run.output(kTop).path;
  const auto side = [&](const char* channel) {
    const auto ran = test::run_command(fmt::format(
        "ffmpeg -hide_banner -ss 0.2 -t 1.6 -i '{}' -vn -af pan=mono\\|c0={},volumedetect -f null - 2>&1 | grep -o "
        "'mean_volume: [-0-9.]*' | cut -d' ' -f2",
        top.string(), channel));
    REQUIRE_FALSE(ran.text.empty());
    return std::stod(ran.text);
  };
  const double tone_level = -21.1;  // of FFmpeg's sine
  CHECK(side("FL") == Approx(side("FR")).margin(0.2));
  CHECK(side("FL") == Approx(tone_level + change).margin(3.5));
}

TEST_CASE("an edit list is kept to", "[unit][encoder]") {
  EncodeRun run{small_preset("", R"("FrameRate": "0/1")", false)};
  const auto whole = run.folder.path() / "whole.mp4";
  REQUIRE(test::run_command(
              fmt::format("ffmpeg -v error -y {} {} -g 50 '{}'", picture("320x180", "25", 4), kFast, whole.string()))
              .status == 0);
  // Cut behind its second key frame: the samples from there on are in the file, and an edit list hides the first ten.
  run.make_input("s.mp4", fmt::format("-ss 2.4 -i '{}' -c copy", whole.string()));
  const auto shown = decode(run.folder.path() / "s.mp4").frame_times.size();
  REQUIRE(run.run());
  CHECK(decode(run.output(kTop).path).frame_times.size() == Approx(shown).margin(1));
}

TEST_CASE("a clock that jumps makes neither gaps nor losses", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  const auto part = [&](const char* name, const std::string& offset) {
    const auto path = run.folder.path() / name;
    REQUIRE(test::run_command(fmt::format("ffmpeg -v error -y {} {} {} -c:a aac -output_ts_offset {} '{}'",
                                          picture("320x180", "25", 2), tone(2), kFast, offset, path.string()))
                .status == 0);
    return test::read_text(path);
  };
  test::write_text(run.folder.path() / "s.ts", part("a.ts", "90000") + part("b.ts", "10"));
  run.add_input(run.folder.path() / "s.ts");
  REQUIRE(run.run());
  const DecodedFile top = decode(run.output(kTop).path);
  CHECK(top.frame_times.size() == Approx(100).margin(2));
  CHECK(top.audio_end == Approx(top.frame_times.back() + 0.04).margin(0.1));
}

TEST_CASE("hours of video keep their times to the end", "[unit][encoder]") {
  EncodeRun run{
      R"({"Version": 1.0, "Codecs": [{"Type": "H264Video", "KeyFrameInterval": "00:00:10", "Complexity": "Speed",
      "H264Layers": [{"Bitrate": 20, "Width": 64, "Height": 36, "BFrames": 2}]}],
      "Outputs": [{"FileName": "s.mp4", "Format": {"Type": "MP4Format"}}]})"};
  constexpr int kSeconds = 2 * 3600;
  run.make_input("s.mkv", picture("64x36", "1", kSeconds) + "-c:v mpeg4 -q:v 20");
  REQUIRE(run.run());
  const DecodedFile file = decode(run.output("s.mp4").path);
  CHECK(file.frame_times.size() == kSeconds);
  CHECK(file.frame_times.back() == Approx(kSeconds - 1).margin(1e-3));
  REQUIRE(file.key_times.size() == kSeconds / 10);
  CHECK(file.key_times.back() == Approx(kSeconds - 10).margin(1e-3));
  CHECK(std::is_sorted(run.progress.begin(), run.progress.end()));
}

TEST_CASE("the sets that the service made encode from their best video", "[unit][encoder][slow]") {
  const auto media = optional_media();
  if (media.empty()) {
    WARN("skipped: no folder of test media");
    return;
  }
  const auto* set = GENERATE("ams-mp4-set", "ams-smooth");
  EncodeRun run{small_preset()};
  std::string stem;
  for (const auto& entry : std::filesystem::directory_iterator{media / set}) {
    const bool manifest = entry.path().extension() == ".ism";
    if (manifest) stem = entry.path().stem().string();
    run.add_input(entry.path(), manifest);
  }
  REQUIRE(run.run());
  const DecodedFile top = decode(run.output(stem + "_320x180_300.mp4").path);
  // Their frames lie a little unevenly: on average at 23.86 and at 23.97 a second.
  CHECK(top.video_rate == (std::string_view{set} == "ams-smooth" ? "24000/1001" : "24/1"));
  CHECK(top.frame_times.size() == Approx(204).margin(2));  // some frames of the source stand for two
  CHECK(top.audio_end == Approx(8.5).margin(0.1));
}

}  // namespace
}  // namespace lazulite::encoder
