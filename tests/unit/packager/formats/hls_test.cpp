#include "packager/formats/hls.hpp"

#include "packager/index_store.hpp"
#include "packager/origin.hpp"
#include "schema/base/text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/media.hpp"
#include "tests/support/result.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/unit/packager/ts/ts_reader.hpp"

#include <fstream>
#include <map>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

// The presentation of delivery.md 1.5: 12 s, 25 fps, key frames every 2 s, 517 frames of AAC at 44.1 kHz. Made once.
const std::filesystem::path& example_folder() {
  static const test::TemporaryFolder folder;
  static const bool made = [] {
    const std::string to = folder.path().string();
    const std::string h264 =
        " -c:v libx264 -profile:v main -preset veryfast -bf 0 -g 50 -keyint_min 50 -sc_threshold 0 -pix_fmt yuv420p ";
    const auto high = test::run_command("ffmpeg -v error -y -f lavfi -i color=c=teal:s=1280x720:r=25:d=12" + h264 +
                                        "-level 3.1 " + to + "/clip_1964.mp4");
    const auto audio =
        test::run_command("ffmpeg -v error -y -f lavfi -i sine=r=44100:d=13 -c:a aac -ac 2 " + to + "/sine.aac");
    const auto low =
        test::run_command("ffmpeg -v error -y -f lavfi -i color=c=teal:s=640x360:r=25:d=12 -i " + to + "/sine.aac" +
                          h264 + "-level 3.0 -c:a copy -frames:a 517 " + to + "/clip_640.mp4");
    test::write_text(folder.path() / "clip.ism",
                     R"(<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
  <head><meta name="formats" content="mp4" /></head>
  <body><switch>
    <video src="clip_1964.mp4" systemBitrate="1964000" />
    <video src="clip_640.mp4" systemBitrate="640000" />
    <audio src="clip_640.mp4" title="AAC_und_ch2_128kbps" systemBitrate="125588" />
  </switch></body>
</smil>)");
    return high.status == 0 && audio.status == 0 && low.status == 0;
  }();
  REQUIRE(made);
  return folder.path();
}

std::shared_ptr<const Presentation> load(const std::filesystem::path& folder, std::string_view ism) {
  IndexStore indexes;
  auto loaded = load_presentation(ism, test::folder_lookup(folder), indexes);
  REQUIRE(loaded);
  return *loaded;
}

std::string text_of(const Presentation& presentation, std::string_view tail) {
  const auto got = answer(presentation, tail);
  INFO(tail);
  REQUIRE(got);
  CHECK(got->content_type == "application/vnd.apple.mpegurl");
  CHECK_FALSE(got->immutable_media);
  return got->body.text();
}

std::string detail_of(const Presentation& presentation, std::string_view tail) {
  const auto got = answer(presentation, tail);
  INFO(tail);
  REQUIRE(got.has_error());
  return got.error().detail;
}

// URIs of a playlist: lines without '#', and URI="…" attributes.
std::vector<std::string> uris_of(const std::string& playlist) {
  std::vector<std::string> out;
  for (const std::string_view line : split(playlist, '\n')) {
    if (const auto at = line.find("URI=\""); at != std::string_view::npos) {
      const auto rest = line.substr(at + 5);
      out.emplace_back(rest.substr(0, rest.find('"')));
    } else if (!line.empty() && line[0] != '#') {
      out.emplace_back(line);
    }
  }
  return out;
}

// Writes a whole presentation below `folder` as a player would see it; returns the path of the master playlist.
std::string write_tree(const Presentation& presentation, const std::string& master_tail,
                       const std::filesystem::path& folder) {
  const std::string master = text_of(presentation, master_tail);
  test::write_text(folder / "master.m3u8", master);
  for (const std::string& child : uris_of(master)) {
    const std::string level = child.substr(0, child.find('/') + 1);
    std::filesystem::create_directories(folder / level);
    const std::string playlist = text_of(presentation, child);
    test::write_text(folder / child, playlist);
    for (const std::string& media : uris_of(playlist)) {
      const auto segment = answer(presentation, level + media);
      INFO(level + media);
      REQUIRE(segment);
      CHECK(segment->immutable_media);
      auto request = parse_stream_request(level + media).value();
      request.size_only = true;
      const auto head = answer(presentation, request).value();
      CHECK(head.size.value_or(head.body.size()) == segment->body.size());
      const std::string bytes = segment->body.text();
      if (segment->content_type == "video/MP2T") test::read_ts(as_bytes(bytes));
      test::write_text(folder / (level + media), bytes);
    }
  }
  return (folder / "master.m3u8").string();
}

// One media playlist of a written tree, decoded by FFmpeg's HLS client.
std::vector<test::DecodedStream> decode_playlist(const std::filesystem::path& path) {
  const auto copy = path.parent_path() / "list.m3u8";
  std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
  return test::decode_all(copy.string());
}

}  // namespace

TEST_CASE("the HLS v4 master is the text of delivery.md 1.5", "[unit][packager][golden]") {
  const auto presentation = load(example_folder(), "clip.ism");
  const std::string expected =
      "#EXTM3U\n"
      "#EXT-X-VERSION:4\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"AAC_und_ch2_128kbps\",DEFAULT=YES,URI=\"QualityLevels(125588)/"
      "Manifest(AAC_und_ch2_128kbps,format=m3u8-aapl)\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=798750,RESOLUTION=640x360,CODECS=\"avc1.4d401e,mp4a.40.2\",AUDIO=\"audio\"\n"
      "QualityLevels(640000)/Manifest(video,format=m3u8-aapl)\n"
      "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=798750,RESOLUTION=640x360,CODECS=\"avc1.4d401e\",URI=\"QualityLevels(640000)"
      "/"
      "Manifest(video,format=m3u8-aapl,type=keyframes)\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=2151878,RESOLUTION=1280x720,CODECS=\"avc1.4d401f,mp4a.40.2\",AUDIO=\"audio\"\n"
      "QualityLevels(1964000)/Manifest(video,format=m3u8-aapl)\n"
      "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=2151878,RESOLUTION=1280x720,CODECS=\"avc1.4d401f\",URI=\"QualityLevels("
      "1964000)/"
      "Manifest(video,format=m3u8-aapl,type=keyframes)\"\n";
  const std::string audio_only =
      "#EXT-X-STREAM-INF:BANDWIDTH=136510,CODECS=\"mp4a.40.2\",AUDIO=\"audio\"\n"
      "QualityLevels(125588)/Manifest(AAC_und_ch2_128kbps,format=m3u8-aapl)\n";
  CHECK(text_of(*presentation, "Manifest(format=m3u8-aapl)") == expected + audio_only);
  CHECK(text_of(*presentation, "manifest(format=M3U8-AAPL-v4).m3u8") == expected + audio_only);
  CHECK(text_of(*presentation, "Manifest(audio-only=false, format=m3u8-aapl,)") == expected);
}

TEST_CASE("the HLS v4 media playlists are the texts of delivery.md 1.5", "[unit][packager][golden]") {
  const auto presentation = load(example_folder(), "clip.ism");
  const std::string header =
      "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-ALLOW-CACHE:NO\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:7\n"
      "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00Z\n";
  CHECK(text_of(*presentation, "QualityLevels(640000)/Manifest(video,format=m3u8-aapl)") ==
        header +
            "#EXTINF:6.000000,no-desc\nFragments(video=0,format=m3u8-aapl)\n"
            "#EXTINF:6.000000,no-desc\nFragments(video=60000000,format=m3u8-aapl)\n#EXT-X-ENDLIST\n");
  CHECK(text_of(*presentation, "QualityLevels(125588)/Manifest(AAC_und_ch2_128kbps,format=m3u8-aapl)") ==
        header +
            "#EXTINF:6.060408,no-desc\nFragments(AAC_und_ch2_128kbps=0,format=m3u8-aapl)\n"
            "#EXTINF:5.944308,no-desc\nFragments(AAC_und_ch2_128kbps=60604081,format=m3u8-aapl)\n#EXT-X-ENDLIST\n");
  std::string keyframes =
      "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-ALLOW-CACHE:NO\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:2\n#EXT-X-I-"
      "FRAMES-ONLY\n"
      "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00Z\n";
  for (int i = 0; i < 6; ++i) {
    keyframes += "#EXTINF:2.000000,no-desc\nKeyFrames(video=" + std::to_string(i * 20000000) + ",format=m3u8-aapl)\n";
  }
  CHECK(text_of(*presentation, "QualityLevels(640000)/Manifest(video,format=m3u8-aapl,type=keyframes)") ==
        keyframes + "#EXT-X-ENDLIST\n");
}

TEST_CASE("HLS v3 is the text of delivery.md 1.5", "[unit][packager][golden]") {
  const auto presentation = load(example_folder(), "clip.ism");
  CHECK(text_of(*presentation, "Manifest(format=m3u8-aapl-v3)") ==
        "#EXTM3U\n"
        "#EXT-X-VERSION:3\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=798750,RESOLUTION=640x360,CODECS=\"avc1.4d401e,mp4a.40.2\"\n"
        "QualityLevels(640000)/Manifest(video,format=m3u8-aapl-v3,audiotrack=AAC_und_ch2_128kbps)\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=2151878,RESOLUTION=1280x720,CODECS=\"avc1.4d401f,mp4a.40.2\"\n"
        "QualityLevels(1964000)/Manifest(video,format=m3u8-aapl-v3,audiotrack=AAC_und_ch2_128kbps)\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=136510,CODECS=\"mp4a.40.2\"\n"
        "QualityLevels(125588)/Manifest(AAC_und_ch2_128kbps,format=m3u8-aapl-v3)\n");
  CHECK(text_of(*presentation,
                "QualityLevels(640000)/Manifest(video,format=m3u8-aapl-v3,audiotrack=AAC_und_ch2_128kbps)") ==
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-ALLOW-CACHE:NO\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:7\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00Z\n"
        "#EXTINF:6.000000,no-desc\nFragments(video=0,format=m3u8-aapl-v3,audiotrack=AAC_und_ch2_128kbps)\n"
        "#EXTINF:6.000000,no-desc\nFragments(video=60000000,format=m3u8-aapl-v3,audiotrack=AAC_und_ch2_128kbps)\n#EXT-"
        "X-ENDLIST\n");
}

TEST_CASE("HLS over fragmented MP4 lists one entry for each fragment", "[unit][packager][golden]") {
  const auto presentation = load(example_folder(), "clip.ism");
  const std::string master = text_of(*presentation, "Manifest(format=m3u8-cmaf)");
  CHECK_THAT(master, Catch::Matchers::StartsWith(
                         "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
                         "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"AAC_und_ch2_128kbps\",DEFAULT=YES,"
                         "AUTOSELECT=YES,CHANNELS=\"2\","
                         "URI=\"QualityLevels(125588)/"
                         "Manifest(AAC_und_ch2_128kbps,format=m3u8-cmaf)\"\n#EXT-X-STREAM-INF:BANDWIDTH="));
  CHECK_THAT(master, Catch::Matchers::Contains(
                         ",RESOLUTION=640x360,FRAME-RATE=25.000,CODECS=\"avc1.4d401e,mp4a.40.2\",AUDIO=\"audio\"\n"
                         "QualityLevels(640000)/Manifest(video,format=m3u8-cmaf)\n"));
  const std::string list = text_of(*presentation, "QualityLevels(640000)/Manifest(video,format=m3u8-cmaf)");
  CHECK_THAT(list, Catch::Matchers::StartsWith(
                       "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:0\n"
                       "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"Fragments(video=i,format=m3u8-cmaf)\"\n"
                       "#EXTINF:2.000000,no-desc\nFragments(video=0,format=m3u8-cmaf)\n"));
  CHECK(uris_of(list).size() == 7);
}

TEST_CASE("an .ism may pack another number of fragments into a segment", "[unit][packager]") {
  const auto folder = example_folder();
  std::string ism = test::read_text(folder / "clip.ism");
  ism.insert(ism.find("</head>"), R"(<meta name="fragmentsPerHLSSegment" content="1" />)");
  test::write_text(folder / "single.ism", ism);
  const auto presentation = load(folder, "single.ism");
  const auto uris = uris_of(text_of(*presentation, "QualityLevels(640000)/Manifest(video,format=m3u8-aapl)"));
  REQUIRE(uris.size() == 6);
  CHECK(uris[1] == "Fragments(video=20000000,format=m3u8-aapl)");
}

TEST_CASE("the default audio has the lowest bitrate of the first language", "[unit][packager]") {
  const auto folder = example_folder();
  const auto made = test::run_command("ffmpeg -v error -y -f lavfi -i sine=r=48000:d=4 -c:a aac -ac 2 " +
                                      (folder / "other.mp4").string());
  REQUIRE(made.status == 0);
  test::write_text(folder / "audio.ism",
                   R"(<smil><body><switch><video src="clip_640.mp4" systemBitrate="640000"/>
    <audio src="clip_640.mp4" title="high" systemLanguage="eng" systemBitrate="192000"/>
    <audio src="other.mp4" title="low" systemLanguage="eng" systemBitrate="96000"/>
    <audio src="other.mp4" title="autre voix" systemLanguage="fra" systemBitrate="64000"/></switch></body></smil>)");
  const auto presentation = load(folder, "audio.ism");
  const std::string master = text_of(*presentation, "Manifest(format=m3u8-aapl)");
  CHECK_THAT(master, Catch::Matchers::Contains("NAME=\"high\",LANGUAGE=\"eng\",AUTOSELECT=YES,URI="));
  CHECK_THAT(master, Catch::Matchers::Contains("NAME=\"low\",LANGUAGE=\"eng\",DEFAULT=YES,AUTOSELECT=YES,URI="));
  CHECK_THAT(master, Catch::Matchers::Contains("Manifest(autre%20voix,format=m3u8-aapl)"));
  // 640000 and the highest audio, 192000: 662240 + 204384
  CHECK_THAT(master, Catch::Matchers::Contains("BANDWIDTH=866624,RESOLUTION=640x360"));
  CHECK_THAT(master, Catch::Matchers::EndsWith("QualityLevels(96000)/Manifest(low,format=m3u8-aapl)\n"));
  const std::string v3 = text_of(*presentation, "Manifest(format=m3u8-aapl-v3,audioTrack=autre%20voix)");
  CHECK_THAT(v3, Catch::Matchers::Contains(
                     "QualityLevels(640000)/Manifest(video,format=m3u8-aapl-v3,audiotrack=autre%20voix)\n"));
  CHECK_THAT(v3, Catch::Matchers::EndsWith("QualityLevels(64000)/Manifest(autre%20voix,format=m3u8-aapl-v3)\n"));
  CHECK(detail_of(*presentation, "Manifest(format=m3u8-aapl-v3,audioTrack=none)") == "MPE_EGRESS_TRACK_NOT_FOUND");
}

TEST_CASE("what HLS cannot answer has the vendor's error", "[unit][packager]") {
  const auto presentation = load(example_folder(), "clip.ism");
  CHECK(detail_of(*presentation, "QualityLevels(640001)/Manifest(video,format=m3u8-aapl)") ==
        "MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND");
  CHECK(detail_of(*presentation, "QualityLevels(640000)/Manifest(audio9,format=m3u8-aapl)") ==
        "MPE_EGRESS_TRACK_NOT_FOUND");
  CHECK(detail_of(*presentation, "QualityLevels(640000)/Fragments(video=20000000,format=m3u8-aapl)") ==
        "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(detail_of(*presentation, "QualityLevels(640000)/KeyFrames(video=1,format=m3u8-aapl)") ==
        "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(
      detail_of(*presentation, "QualityLevels(125588)/Manifest(AAC_und_ch2_128kbps,format=m3u8-aapl,type=keyframes)") ==
      "MPE_BAD_URL_SYNTAX");
  CHECK(detail_of(*presentation, "QualityLevels(640000)/Fragments(video=i,format=m3u8-aapl)") == "MPE_BAD_URL_SYNTAX");
}

TEST_CASE("video that is not H.264 is refused in transport streams", "[unit][packager]") {
  const test::TemporaryFolder folder;
  const auto made = test::run_command(
      "ffmpeg -v error -y -f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v libx265 -x265-params log-level=none "
      "-preset ultrafast -tag:v hvc1 " +
      (folder.path() / "h.mp4").string());
  REQUIRE(made.status == 0);
  test::write_text(folder.path() / "h.ism",
                   R"(<smil><body><switch><video src="h.mp4" systemBitrate="500000"/></switch></body></smil>)");
  const auto presentation = load(folder.path(), "h.ism");
  for (const char* tail : {"Manifest(format=m3u8-aapl)", "Manifest(format=m3u8-aapl-v3)",
                           "QualityLevels(500000)/Manifest(video,format=m3u8-aapl)",
                           "QualityLevels(500000)/Fragments(video=0,format=m3u8-aapl)"}) {
    CHECK(detail_of(*presentation, tail) == "MPE_VIDEO_ENCODING_NOT_SUPPORTED");
  }
  CHECK_THAT(text_of(*presentation, "Manifest(format=m3u8-cmaf)"), Catch::Matchers::Contains("CODECS=\"hvc1."));
}

namespace {

// Decodes every playlist of both versions and compares the frames with those of the source.
void check_playback(const Presentation& presentation) {
  for (const char* format : {"m3u8-aapl", "m3u8-aapl-v3", "m3u8-cmaf"}) {
    const test::TemporaryFolder folder;
    const std::string format_name = format;
    write_tree(presentation, "Manifest(format=" + format_name + ")", folder.path());
    const bool muxed = format_name == "m3u8-aapl-v3";
    const auto audio = presentation.audio();
    for (const Stream& stream : presentation.streams()) {
      for (const Level& level : stream.levels) {
        std::string name = "Manifest(" + stream.name + ",format=" + format_name;
        const bool has_audio = muxed && stream.kind == TrackKind::kVideo && !audio.empty();
        if (has_audio) name += ",audiotrack=" + hls::default_audio(presentation)->name;
        const auto path = folder.path() / ("QualityLevels(" + std::to_string(level.bitrate) + ")") / (name + ")");
        if (!std::filesystem::exists(path)) continue;  // version 3 lists the default audio alone
        INFO(path);
        const auto streams = decode_playlist(path);
        REQUIRE(streams.size() == (has_audio ? 2 : 1));
        for (const auto& decoded : streams) {
          const bool is_video = decoded.type == "video";
          const Level& source = is_video || !has_audio ? level : hls::default_audio(presentation)->levels.front();
          // The AAC decoder drops the priming frame where an edit list says so, and only in fragmented MP4.
          CHECK(decoded.frames >= static_cast<long>(source.samples().count()) - (is_video ? 0 : 1));
          CHECK(decoded.frames <= static_cast<long>(source.samples().count()));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("every rendition of every HLS version decodes to the frames of its source", "[unit][packager]") {
  const test::TemporaryFolder folder;
  for (const int height : {180, 360}) {
    // B-frames and an edit list; audio begins before zero.
    const auto made = test::run_command(
        fmt::format("ffmpeg -v error -y -f lavfi -i testsrc2=s={}x{}:r=30000/1001:d=7.5 -f lavfi -i sine=r=48000:d=7.5 "
                    "-c:v libx264 -preset veryfast -bf 2 "
                    "-g 60 -keyint_min 60 -sc_threshold 0 -pix_fmt yuv420p -c:a aac -ac 2 -b:a 96k {}/v{}.mp4",
                    height * 16 / 9, height, folder.path().string(), height));
    REQUIRE(made.status == 0);
  }
  test::write_text(folder.path() / "a.ism", R"(<smil><body><switch><video src="v360.mp4"/><video src="v180.mp4"/>
    <audio src="v360.mp4" title="AAC_und_ch2_96kbps"/></switch></body></smil>)");
  check_playback(*load(folder.path(), "a.ism"));
}

TEST_CASE("the real multi-bitrate set plays in every HLS version", "[unit][packager][slow]") {
  const auto media = test::test_media();
  if (media.empty()) {
    WARN("skipped: the optional media folder is absent");
    return;
  }
  check_playback(*load(media / "ams-mp4-set", "BigBuckBunny_3400.ism"));
}
