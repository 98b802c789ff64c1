// Sources of all kinds through one small preset: what comes out does not depend on how odd the input is (processing.md
// 7).
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

namespace lazulite::encoder {
namespace {

struct SourceCase {
  const char* title;
  const char* file;
  std::string arguments;
  std::size_t frames;
  const char* rate;   // of the output
  int width, height;  // of the top layer, whose box is 320x180
  bool audio = true;
  std::string metadata{};  // must stand in _metadata.xml
};

const std::string kFast = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p ";

std::vector<SourceCase> source_cases() {
  return {
      {"29.97 in Matroska", "s.mkv", picture("320x180", "30000/1001", 2.5) + tone(2.5) + kFast, 75, "30000/1001", 320,
       180},
      {"transport stream with a late start", "s.ts",
       picture("320x180", "25", 2) + tone(2) + kFast + "-output_ts_offset 5000", 50, "25/1", 320, 180},
      {"odd size", "s.avi", picture("321x181", "25", 2) + tone(2) + "-c:v mpeg4 -q:v 5", 51, "25/1", 320, 180},
      {"no sound", "s.mp4", picture("320x180", "24", 2) + kFast, 48, "24/1", 320, 180, false},
      {"six channels", "s.mp4",
       picture("320x180", "25", 2) + "-f lavfi -i sine=d=2 -af aformat=channel_layouts=5.1 " + kFast, 50, "25/1", 320,
       180},
      {"anamorphic", "s.mp4", picture("240x180", "25", 1) + tone(1) + "-vf setsar=4/3 " + kFast, 25, "25/1", 320, 180},
      {"4:3", "s.mp4", picture("320x240", "25", 1) + tone(1) + kFast, 25, "25/1", 240, 180},
      {"full range 4:4:4", "s.mp4",
       picture("320x180", "25", 1) + tone(1) + "-c:v libx264 -preset ultrafast -pix_fmt yuvj444p", 25, "25/1", 320,
       180},
      {"with transparency", "s.mov", picture("320x180", "25", 1) + tone(1) + "-c:v qtrle -pix_fmt argb", 25, "25/1",
       320, 180},
      {"interlaced", "s.mpg",
       picture("320x180", "25", 2) + tone(2) + "-c:v mpeg2video -flags +ilme+ildct -top 1 -q:v 4", 50, "25/1", 320,
       180},
      {"ten bits of HDR", "s.mp4",
       picture("320x180", "25", 1) + tone(1) +
           "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 "
           "-colorspace bt2020nc",
       25, "25/1", 320, 180},
      {"several sound tracks", "s.mp4",
       picture("320x180", "25", 1) + tone(1) + tone(1) + "-map 0 -map 1 -map 2 " + kFast, 25, "25/1", 320, 180},
  };
}

TEST_CASE("sources of many kinds encode to the same shape", "[unit][encoder]") {
  for (const SourceCase& source : source_cases()) {
    INFO(source.title);
    EncodeRun run{small_preset()};
    run.make_input(source.file, source.arguments);
    REQUIRE(run.run());
    const auto top = decode(run.output(fmt::format("s_{}x{}_300.mp4", source.width, source.height)).path);
    CHECK(top.frame_times.size() == source.frames);
    CHECK(top.video_rate == source.rate);
    CHECK(top.frame_times.front() == Approx(0).margin(1e-6));
    CHECK(top.channels.has_value() == source.audio);
    if (source.audio) {
      CHECK(top.channels == 2);
      CHECK(top.audio_start == Approx(0).margin(0.045));
      const double length = top.frame_times.back() + top.frame_times[1];
      CHECK(top.audio_end == Approx(length).margin(0.09));
    }
    const std::string manifest = run.text_of("s.ism");
    CHECK((manifest.find("<audio ") != std::string::npos) == source.audio);
  }
}

TEST_CASE("a variable frame rate becomes a constant one of the same length", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  // Every frame at 30, then every third of a second one dropped.
  run.make_input(
      "v.mkv", picture("320x180", "30", 4) + tone(4) + kFast + "-vf \"select='not(eq(mod(n\\,10)\\,3))'\" -vsync vfr");
  REQUIRE(run.run());
  const auto top = decode(run.output("v_320x180_300.mp4").path);
  REQUIRE(top.frame_times.size() > 50);
  const double step = top.frame_times[1] - top.frame_times[0];
  for (std::size_t i = 1; i < top.frame_times.size(); ++i)
    CHECK(top.frame_times[i] - top.frame_times[i - 1] == Approx(step).margin(0.002));
  CHECK(top.frame_times.back() + step == Approx(4).margin(0.1));
}

TEST_CASE("a picture turned by metadata stands upright", "[unit][encoder]") {
  const bool exchange = GENERATE(false, true);
  EncodeRun run{small_preset(exchange ? R"("PreserveResolutionAfterRotation": true,)" : "")};
  const auto flat = run.folder.path() / "flat.mp4", turned = run.folder.path() / "turned.mp4";
  // Left half white, right half black; turned clockwise by a quarter the top is white.
  REQUIRE(test::run_command(
              fmt::format(
                  "ffmpeg -v error -f lavfi -i \"color=black:s=320x180:r=25:d=1,drawbox=w=160:c=white:t=fill\" {} '{}'",
                  kFast, flat.string()))
              .status == 0);
  const auto turn = test::run_command(
      fmt::format("ffmpeg -v error -i '{}' -c copy -metadata:s:v rotate=270 '{}'", flat.string(), turned.string()));
  INFO(turn.text);
  REQUIRE(turn.status == 0);
  run.add_input(turned);
  REQUIRE(run.run());
  const std::string name = exchange ? "turned_180x320_300.mp4" : "turned_320x180_300.mp4";
  const auto top = decode(run.output(name).path);
  CHECK(top.frame_times.size() == 25);
  // Mean brightness of the middle column, upper and lower half.
  const auto bright = [&](const char* y) {
    const auto probed = test::run_command(fmt::format(
        "ffmpeg -v error -i '{}' -frames:v 1 -vf 'crop=16:16:(iw-16)/2:{},format=gray' -f rawvideo - | od -An -tu1 -N1",
        run.output(name).path.string(), y));
    return std::stoi(probed.text);
  };
  CHECK(bright("8") > 200);
  CHECK(bright("ih-24") < 60);
}

TEST_CASE("a cover picture is no video", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  const auto cover = run.folder.path() / "cover.jpg";
  REQUIRE(test::run_command(
              fmt::format("ffmpeg -v error -f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1 '{}'", cover.string()))
              .status == 0);
  run.make_input("song.m4a",
                 tone(2) + fmt::format("-i '{}' -map 0 -map 1 -c:v copy -disposition:v attached_pic", cover.string()));
  const auto done = run.run();
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorExecutingTaskUnsupportedFormat");
  CHECK(done.error().message.find("no video stream") != std::string::npos);
}

TEST_CASE("a set with a server manifest encodes from its best video and its audio", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  run.make_input("low.mp4", picture("160x90", "25", 2) + kFast + "-an");
  run.make_input("high.mp4", picture("320x180", "25", 2) + kFast + "-an");
  run.make_input("sound.mp4", tone(2) + "-metadata:s:a language=deu");
  for (auto& file : run.context.inputs.front().files) file.is_primary = false;
  const auto manifest = run.folder.path() / "set.ism";
  test::write_text(
      manifest,
      R"(<smil><body><switch><video src="low.mp4"/><video src="high.mp4"/><audio src="sound.mp4"/></switch></body></smil>)");
  run.add_input(manifest, false);
  REQUIRE(run.run());
  const auto top = decode(run.output("set_320x180_300.mp4").path);
  CHECK(top.frame_times.size() == 50);
  CHECK(top.audio_end == Approx(2).margin(0.05));
  CHECK(top.audio_language == "deu");
  CHECK(run.text_of("set.ism").find("AAC_deu_ch2_128kbps") != std::string::npos);
}

void check_failure(EncodeRun& run, const char* code, const char* word) {
  const auto done = run.run();
  REQUIRE_FALSE(done);
  INFO(done.error().message);
  CHECK(done.error().detail == code);
  CHECK(done.error().message.find(word) != std::string::npos);
}

TEST_CASE("what is no media file ends with the code of malformed input", "[unit][encoder]") {
  EncodeRun run{"H264 Single Bitrate 720p"};
  const auto path = run.folder.path() / "notes.mp4";
  const std::string bytes =
      GENERATE(as<std::string>{}, "", "These are only words.\n", std::string(100'000, 'x'), std::string(5000, '\0'));
  test::write_text(path, bytes);
  run.add_input(path);
  check_failure(run, "ErrorDownloadingInputAssetMalformedContent", "notes.mp4");
}

TEST_CASE("a playlist is refused and opens nothing", "[unit][encoder]") {
  EncodeRun run{"H264 Single Bitrate 720p"};
  run.make_input("real.ts", picture("320x180", "25", 1) + kFast);
  run.context.inputs.front().files.clear();
  const auto path = run.folder.path() / "list.m3u8";
  test::write_text(path, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-VERSION:3\n#EXTINF:1,\nreal.ts\n#EXT-X-ENDLIST\n");
  run.add_input(path);
  check_failure(run, "ErrorExecutingTaskUnsupportedFormat", "hls");
}

TEST_CASE("a file cut short fails with a code that tells where", "[unit][encoder]") {
  const bool tables_first = GENERATE(true, false);
  EncodeRun run{small_preset()};
  run.make_input("cut.mp4",
                 picture("320x180", "25", 4) + tone(4) + kFast + (tables_first ? "-movflags +faststart" : ""));
  const auto path = run.folder.path() / "cut.mp4";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  check_failure(run, tables_first ? "ErrorExecutingTaskMalformedContent" : "ErrorDownloadingInputAssetMalformedContent",
                "cut.mp4");
}

TEST_CASE("a file with only a scratch still encodes", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  run.make_input("scratch.ts", picture("320x180", "25", 3) + tone(3) + kFast + "-g 10");
  const auto path = run.folder.path() / "scratch.ts";
  std::string bytes = test::read_text(path);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), 2000, 'z');
  test::write_text(path, bytes);
  REQUIRE(run.run());
  CHECK(decode(run.output("scratch_320x180_300.mp4").path).frame_times.size() >= 70);
}

TEST_CASE("presets that do not fit the source are refused", "[unit][encoder]") {
  EncodeRun run{GENERATE(as<std::string>{}, kSmallAudioPreset, small_preset())};
  const bool audio_preset = run.context.configuration == kSmallAudioPreset;
  if (audio_preset) {
    run.make_input("silent.mp4", picture("320x180", "25", 1) + kFast);
  } else {
    run.make_input("sound.wav", tone(1));
  }
  check_failure(run, "ErrorExecutingTaskUnsupportedFormat", audio_preset ? "no audio stream" : "no video stream");
}

TEST_CASE("faulty configurations are refused before anything is read", "[unit][encoder]") {
  const std::string configuration =
      GENERATE(as<std::string>{}, "", "No Such Preset", "{\"Version\": 1.0", "<Preset", "{}");
  EncodeRun run{configuration};
  run.context.inputs.front().files.push_back({.name = "a.mp4", .open = []() -> Result<files::FileDescriptor> {
                                                FAIL("the input was opened");
                                                return fail(ErrorCode::kInternal, "opened");
                                              }});
  const auto done = run.run();
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorParsingConfiguration");
}

TEST_CASE("inputs that cannot be chosen or read have their codes", "[unit][encoder]") {
  EncodeRun run{"H264 Single Bitrate 720p"};
  auto& files = run.context.inputs.front().files;
  SECTION("no primary file among several") {
    files.push_back({.name = "a.mp4", .open = {}});
    files.push_back({.name = "b.mp4", .open = {}});
    check_failure(run, "ErrorDownloadingInputAssetMalformedContent", "primary");
  }
  SECTION("a name that leaves the folder") {
    files.push_back({.name = "../a.mp4", .open = {}});
    check_failure(run, "ErrorDownloadingInputAssetMalformedContent", "../a.mp4");
  }
  SECTION("a file the storage does not have") {
    files.push_back({.name = "a.mp4", .open = []() -> Result<files::FileDescriptor> {
                       return fail(ErrorCode::kNotFound, "no such blob");
                     }});
    check_failure(run, "ErrorDownloadingInputAssetMalformedContent", "no such blob");
  }
  SECTION("a storage that fails") {
    files.push_back({.name = "a.mp4",
                     .open = []() -> Result<files::FileDescriptor> { return fail(ErrorCode::kIo, "disk on fire"); }});
    check_failure(run, "ErrorDownloadingInputAssetServiceFailure", "disk on fire");
  }
  SECTION("pre-chunked output") {
    run.context.outputs.front().format_option = 1;
    check_failure(run, "ErrorParsingConfiguration", "assetFormatOption");
  }
}

TEST_CASE("a cancelled encode ends within a second or so", "[unit][encoder]") {
  EncodeRun run{"H264 Multiple Bitrate 720p"};
  run.make_input("long.mp4", picture("640x360", "30", 60) + tone(60) + kFast);
  std::chrono::steady_clock::time_point stopped;
  run.context.on_progress = [&](double) {
    if (run.stop.request_stop()) stopped = std::chrono::steady_clock::now();
  };
  const auto done = run.run();
  const auto waited = std::chrono::steady_clock::now() - stopped;
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kCancelled);
  CHECK(waited < std::chrono::seconds{3});
}

TEST_CASE("a task stopped before it starts does nothing", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  run.make_input("s.mp4", picture("320x180", "25", 1) + kFast);
  run.stop.request_stop();
  const auto done = run.run();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kCancelled);
}

TEST_CASE("the sample files of the service's own SDK encode", "[unit][encoder][slow]") {
  const auto media = optional_media();
  if (media.empty()) {
    WARN("skipped: no folder of test media");
    return;
  }
  SECTION("BigBuckBunny.mp4") {
    EncodeRun run{small_preset()};
    run.add_input(media / "BigBuckBunny.mp4");
    REQUIRE(run.run());
    const auto top = decode(run.output("BigBuckBunny_320x180_300.mp4").path);
    CHECK(top.frame_times.size() == 202);
    CHECK(top.video_rate == "24000/1001");
    CHECK(top.key_times.size() == 5);
    CHECK(top.audio_end == Approx(8.387).margin(0.05));
  }
  SECTION("smallwmv.wmv, which carries a cover picture") {
    EncodeRun run{small_preset()};
    run.add_input(media / "smallwmv.wmv");
    REQUIRE(run.run());
    const auto top = decode(run.output("smallwmv_240x180_300.mp4").path);
    CHECK(top.video_rate == "30000/1001");
    CHECK(top.frame_times.size() >= 150);
    CHECK(top.channels == 2);
  }
}

}  // namespace
}  // namespace lazulite::encoder
