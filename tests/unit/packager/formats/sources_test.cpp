// Sources of every kind that people upload: each plays from every protocol that may carry it, frame for frame.
#include "packager/index_store.hpp"
#include "packager/mp4/box_walk.hpp"
#include "packager/mp4/boxes.hpp"
#include "packager/origin.hpp"
#include "schema/base/text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/media.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/source_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

// A clip of 4 s, encoded as the words say, and an .ism with these elements.
struct Uploaded {
  test::TemporaryFolder folder;
  std::shared_ptr<const Presentation> presentation;

  Uploaded(const std::string& words, const std::string& elements) {
    const auto made = test::run_command(
        "ffmpeg -v error -y -f lavfi -i testsrc2=s=320x180:r=25:d=4 -f lavfi -i sine=r=48000:d=4 -f lavfi -i "
        "sine=f=880:r=48000:d=4 -pix_fmt yuv420p " +
        words + " " + (folder.path() / "clip.mp4").string());
    INFO(made.text);
    REQUIRE(made.status == 0);
    test::write_text(folder.path() / "clip.ism", "<smil><body><switch>" + elements + "</switch></body></smil>");
    IndexStore store;
    auto loaded = load_presentation("clip.ism", test::folder_lookup(folder.path()), store);
    INFO((loaded ? "" : loaded.error().message));
    REQUIRE(loaded);
    presentation = *loaded;
  }

  [[nodiscard]] std::string get(const std::string& tail) const {
    CAPTURE(tail);
    const auto got = answer(*presentation, tail);
    REQUIRE(got);
    return got->body.text();
  }
  [[nodiscard]] std::string error(const std::string& tail) const {
    const auto got = answer(*presentation, tail);
    return got ? "" : got.error().detail;
  }

  // Frames that FFmpeg decodes of all fragments of each level, "video:100 audio:188".
  [[nodiscard]] std::string frames(const std::string& format) const {
    std::string out;
    for (const Stream& stream : presentation->streams()) {
      for (const Level& level : stream.levels) {
        const auto fragment = [&](const std::string& when) {
          return get(fmt::format("QualityLevels({})/Fragments({}={},format={})", level.bitrate,
                                 percent_encode(stream.name), when, format));
        };
        std::string bytes = fragment("i");
        for (const auto& each : level.plan.fragments()) bytes += fragment(std::to_string(each.start));
        test::write_text(folder.path() / "level.mp4", bytes);
        const auto decoded = test::decode_all((folder.path() / "level.mp4").string());
        REQUIRE(decoded.size() == 1);
        CHECK(decoded[0].frames == static_cast<long>(level.samples().count()));
        out.append(decoded[0].type).append(":").append(std::to_string(decoded[0].frames)).append(" ");
      }
    }
    return out;
  }
};

constexpr const char* kBoth = R"(<video src="clip.mp4"/><audio src="clip.mp4"/>)";
constexpr const char* kH264 = "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 50 -sc_threshold 0 ";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("HEVC with E-AC-3 plays from DASH, CMAF and Smooth", "[unit][packager]") {
  const Uploaded clip(
      "-map 0 -map 1 -c:v libx265 -preset ultrafast -x265-params keyint=50:scenecut=0:log-level=error "
      "-tag:v hvc1 -c:a eac3 -ac 2",
      kBoth);
  CHECK(has(clip.frames("mpd-time-csf"), "video:100 "));
  CHECK(has(clip.frames("mpd-time-cmaf"), "video:100 "));
  const std::string mpd = clip.get("Manifest(format=mpd-time-cmaf)");
  CHECK(has(mpd, "codecs=\"hvc1."));
  CHECK(has(mpd, "codecs=\"ec-3\""));
  const std::string smooth = clip.get("Manifest");
  CHECK(has(smooth, "FourCC=\"HVC1\""));
  CHECK(has(smooth, "FourCC=\"EC-3\""));
  CHECK(clip.error("Manifest(format=m3u8-aapl)") == "MPE_VIDEO_ENCODING_NOT_SUPPORTED");
  CHECK(clip.error("Manifest(format=f4m-f4f)") == "MPE_VIDEO_ENCODING_NOT_SUPPORTED");
}

TEST_CASE("AC-3 plays from DASH, CMAF and transport streams", "[unit][packager]") {
  const Uploaded clip(std::string{kH264} + "-c:a ac3 -ac 2", kBoth);
  CHECK(has(clip.frames("mpd-time-cmaf"), "audio:"));
  CHECK(has(clip.get("Manifest(format=mpd-time-csf)"), "codecs=\"ac-3\""));
  CHECK(has(clip.get("Manifest(format=m3u8-aapl)"), ",ac-3\""));
  const auto& audio = *clip.presentation->audio()[0];
  test::write_text(clip.folder.path() / "a.ts", clip.get("QualityLevels(" + std::to_string(audio.levels[0].bitrate) +
                                                         ")/Fragments(audio=0,format=m3u8-aapl)"));
  const auto decoded = test::decode_all((clip.folder.path() / "a.ts").string());
  REQUIRE(decoded.size() == 1);
  CHECK(decoded[0].frames == static_cast<long>(audio.levels[0].samples().count()));
  CHECK(clip.error("Manifest(format=f4m-f4f)") == "MPE_AUDIO_ENCODING_NOT_SUPPORTED");
}

TEST_CASE("several languages in one file are told apart by their track", "[unit][packager]") {
  const Uploaded clip(
      std::string{kH264} + "-map 2 -c:a aac -ac 2 -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu",
      R"(<video src="clip.mp4"/><audio src="clip.mp4" title="english"><param name="trackID" value="2"/></audio>)"
      R"(<audio src="clip.mp4" title="deutsch"><param name="trackID" value="3"/></audio>)");
  CHECK(clip.frames("mpd-time-cmaf").find("audio:", clip.frames("mpd-time-cmaf").find("audio:") + 1) !=
        std::string::npos);
  const std::string mpd = clip.get("Manifest(format=mpd-time-csf)");
  CHECK(has(mpd, "lang=\"en\""));
  CHECK(has(mpd, "lang=\"de\""));
  const std::string master = clip.get("Manifest(format=m3u8-aapl)");
  CHECK(has(master, "NAME=\"english\",LANGUAGE=\"eng\",DEFAULT=YES,AUTOSELECT=YES"));
  CHECK(has(master, "NAME=\"deutsch\",LANGUAGE=\"deu\",AUTOSELECT=YES"));
}

TEST_CASE("sound alone and pictures alone play from every protocol", "[unit][packager]") {
  const Uploaded sound("-map 1 -c:a aac -ac 2", R"(<audio src="clip.mp4" title="a"/>)");
  CHECK(has(sound.frames("mpd-time-csf"), "audio:"));
  CHECK(has(sound.get("Manifest(format=m3u8-aapl)"), "CODECS=\"mp4a.40.2\",AUDIO=\"audio\"\nQualityLevels("));
  CHECK(has(sound.get("Manifest(format=m3u8-cmaf)"), "#EXT-X-STREAM-INF:"));
  CHECK_FALSE(has(sound.get("Manifest"), "Type=\"video\""));
  const Uploaded pictures("-map 0 -c:v libx264 -preset ultrafast -g 50", R"(<video src="clip.mp4"/>)");
  CHECK(pictures.frames("mpd-time-csf") == "video:100 ");
  for (const char* format : {"m3u8-aapl", "m3u8-aapl-v3", "m3u8-cmaf"}) {
    const std::string master = pictures.get("Manifest(format=" + std::string{format} + ")");
    CHECK(has(master, "#EXT-X-STREAM-INF:"));
    CHECK_FALSE(has(master, "AUDIO"));
  }
  CHECK(has(pictures.get("Manifest(format=f4m-f4f)"), "Fragments(video=0,format=f4m-f4f)\""));
}

TEST_CASE("a moov at the front or the end, edit lists and negative composition offsets play alike",
          "[unit][packager]") {
  for (const char* flags :
       {"+faststart", "0", "+negative_cts_offsets", "+faststart+negative_cts_offsets", "+frag_keyframe+delay_moov"}) {
    INFO(flags);
    const Uploaded clip(std::string{kH264} + "-bf 2 -c:a aac -ac 2 -movflags " + flags, kBoth);
    for (const char* format : {"mpd-time-csf", "mpd-time-cmaf", "m3u8-cmaf"})
      CHECK(has(clip.frames(format), "video:100 "));
    // The first picture is shown when the presentation begins, whatever the file did to say so.
    const auto& level = clip.presentation->video()->levels[0];
    std::int64_t first = INT64_MAX;
    for (auto c = level.samples().samples(0, 10); !c.done(); c.next()) {
      first = std::min(first, static_cast<std::int64_t>(c.view().decode_time) + c.view().composition_offset);
    }
    CHECK(first + level.info().presentation_shift == 0);
  }
}

TEST_CASE("a file beyond 4 GiB is served from its places, without reading it whole", "[unit][packager]") {
  const test::TemporaryFolder folder;
  const std::uint64_t hole = std::uint64_t{5} << 30U;
  const bool moov_first = GENERATE(true, false);
  const test::Mp4File file{
      .tracks = {test::video_track(150, 12800, 512, 50, 300'000), test::audio_track(260, 44100, 90'000)},
      .samples_per_chunk = 10,
      .moov_first = moov_first,
      .wide_offsets = true,
      .wide_mdat = true};
  test::write_sparse_mp4(folder.path() / "large.mp4", file, hole);
  test::write_text(folder.path() / "small.mp4", test::build_mp4(file));
  REQUIRE(std::filesystem::file_size(folder.path() / "large.mp4") > hole);
  const auto load = [&](const std::string& name) {
    test::write_text(folder.path() / (name + ".ism"),
                     "<smil><body><video src=\"" + name + ".mp4\"/><audio src=\"" + name + ".mp4\"/></body></smil>");
    IndexStore store;
    const auto loaded = load_presentation(name + ".ism", test::folder_lookup(folder.path()), store);
    REQUIRE(loaded);
    return *loaded;
  };
  const auto large = load("large"), small = load("small");
  const std::string audio = std::to_string(small->audio()[0]->levels[0].bitrate);
  for (const std::string& tail :
       {std::string{"QualityLevels(400000)/Fragments(video=40000000)"},
        "QualityLevels(" + audio + ")/Fragments(audio=0,format=mpd-time-csf)",
        std::string{"QualityLevels(400000)/Fragments(video=0,format=m3u8-aapl)"}, std::string{"Manifest"}}) {
    INFO(tail);
    const auto expected = answer(*small, tail);
    const auto got = answer(*large, tail);
    REQUIRE(expected);
    REQUIRE(got);
    CHECK((got->body.text() == expected->body.text()));
  }
}
