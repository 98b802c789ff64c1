// Captions of an .ism in the manifests and segments of every protocol.
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

#include <catch2/catch.hpp>

#include <fstream>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

constexpr const char* kVtt =
    "WEBVTT\nLanguage: eng\n\n00:01.000 --> 00:03.000\nfirst\n\n00:07.000 --> 00:08.000 line:0\nsecond & last\n";

std::map<std::string, std::string> asset(const std::string& text_elements) {
  auto files = test::example_asset();
  const auto at = files["clip.ism"].find("</switch>");
  files["clip.ism"].insert(at, text_elements);
  files["english.vtt"] = kVtt;
  files["french.ttml"] =
      R"(<tt xml:lang="fr" xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="2s" end="5s">un<br/>deux</p></div></body></tt>)";
  return files;
}

Result<std::shared_ptr<const Presentation>> load(const std::map<std::string, std::string>& files) {
  IndexStore store;
  return load_presentation("clip.ism", test::memory_lookup(files), store);
}

std::shared_ptr<const Presentation> two_languages() {
  const auto loaded = load(asset(
      R"(<textstream src="english.vtt" systemLanguage="eng"><param name="trackName" value="english"/>)"
      R"(<param name="textDisplayName" value="English"/><param name="textIsDefault" value="true"/>)"
      R"(<param name="textHlsCharacteristic" value="public.accessibility.describes-music-and-sound"/></textstream>)"
      R"(<textstream src="unused.cmft"><param name="transcriptsrc" value="french.ttml"/></textstream>)"));
  REQUIRE(loaded);
  return *loaded;
}

std::string get(const Presentation& presentation, std::string_view tail) {
  CAPTURE(tail);
  const auto got = answer(presentation, tail);
  REQUIRE(got);
  return got->body.text();
}

std::string error_of(const Presentation& presentation, std::string_view tail) {
  const auto got = answer(presentation, tail);
  return got ? "" : std::string(error_code_name(got.error().code)) + " " + got.error().detail;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string url(const Stream& stream, const std::string& verb) {
  return "QualityLevels(" + std::to_string(stream.levels.front().bitrate) + ")/" + verb;
}

}  // namespace

TEST_CASE("captions have the fragments of the video, and names, languages and rates of their own", "[unit][packager]") {
  const auto presentation = two_languages();
  const auto text = presentation->text();
  REQUIRE(text.size() == 2);
  CHECK(text[0]->name == "english");
  CHECK(text[0]->title == "English");
  CHECK(text[1]->name == "text");
  CHECK(text[1]->language == "fr");
  for (const Stream* stream : text) {
    REQUIRE(stream->timeline().fragments().size() == 6);
    CHECK(stream->timeline().fragments()[5].start == 100'000'000);
  }
  CHECK(text[0]->levels.front().bitrate == std::string_view{kVtt}.size());  // 8 bits a byte over 8 s
  CHECK(presentation->open_files() == 2);                                   // the captions are not held open
}

TEST_CASE("HLS lists captions as WebVTT, packed as the media", "[unit][packager][golden]") {
  const auto presentation = two_languages();
  const Stream& english = *presentation->text()[0];
  const std::string rate = std::to_string(english.levels.front().bitrate);
  const std::string master = get(*presentation, "Manifest(format=m3u8-aapl)");
  CHECK(
      has(master,
          "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"English\",LANGUAGE=\"eng\",DEFAULT=YES,AUTOSELECT=YES,"
          "CHARACTERISTICS=\"public.accessibility.describes-music-and-sound\",URI=\"QualityLevels(" +
              rate + ")/Manifest(english,format=m3u8-aapl)\"\n"));
  CHECK(has(master, "NAME=\"text\",LANGUAGE=\"fr\",AUTOSELECT=YES,URI="));
  CHECK(has(master, ",AUDIO=\"audio\",SUBTITLES=\"subs\"\nQualityLevels(640000)/"));
  CHECK(
      get(*presentation, url(english, "Manifest(english,format=m3u8-aapl)")) ==
      "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-ALLOW-CACHE:NO\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:7\n"
      "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00Z\n#EXTINF:6.000000,no-desc\nFragments(english=0,format=m3u8-aapl)\n"
      "#EXTINF:6.000000,no-desc\nFragments(english=60000000,format=m3u8-aapl)\n#EXT-X-ENDLIST\n");
  const auto segment = answer(*presentation, url(english, "Fragments(english=60000000,format=m3u8-aapl)"));
  REQUIRE(segment);
  CHECK(segment->content_type == "text/vtt");
  CHECK(segment->body.text() ==
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:00:07.000 --> 00:00:08.000 line:0\nsecond & "
        "last\n\n");

  CHECK(has(get(*presentation, "Manifest(format=m3u8-cmaf)"), ",SUBTITLES=\"subs\"\n"));
  const std::string cmaf = get(*presentation, url(english, "Manifest(english,format=m3u8-cmaf)"));
  CHECK_FALSE(has(cmaf, "EXT-X-MAP"));
  CHECK(has(cmaf, "#EXTINF:2.000000,no-desc\nFragments(english=20000000,format=m3u8-cmaf)\n"));
  CHECK(get(*presentation, url(english, "Fragments(english=20000000,format=m3u8-cmaf)")) ==
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:00:01.000 --> 00:00:03.000\nfirst\n\n");

  // Version 3 of the protocol has no renditions beside the variants.
  CHECK_FALSE(has(get(*presentation, "Manifest(format=m3u8-aapl-v3)"), "english"));
  CHECK(error_of(*presentation, url(english, "Manifest(english,format=m3u8-aapl-v3)")) ==
        "Unsupported MPE_MEDIA_TYPE_NOT_SUPPORTED");
  CHECK(error_of(*presentation, url(english, "Fragments(english=0,format=m3u8-aapl-v3)")) ==
        "Unsupported MPE_MEDIA_TYPE_NOT_SUPPORTED");
  CHECK(error_of(*presentation, url(english, "Fragments(english=i,format=m3u8-cmaf)")) ==
        "InvalidArgument MPE_BAD_URL_SYNTAX");
  CHECK(error_of(*presentation, url(english, "Fragments(english=1,format=m3u8-cmaf)")) ==
        "NotFound MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
}

TEST_CASE("DASH and Smooth list captions as TTML in fragments", "[unit][packager][golden]") {
  const auto presentation = two_languages();
  const Stream& french = *presentation->text()[1];
  const std::string rate = std::to_string(french.levels.front().bitrate);
  const std::string mpd = get(*presentation, "Manifest(format=mpd-time-csf)");
  CHECK(has(
      mpd,
      "<AdaptationSet id=\"4\" group=\"3\" profiles=\"ccff\" bitstreamSwitching=\"false\" segmentAlignment=\"true\" "
      "contentType=\"text\" mimeType=\"application/mp4\" codecs=\"stpp.ttml.im1t\" lang=\"fr\">\n"
      "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"subtitle\" />\n"));
  CHECK(has(mpd, "<Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"caption\" />\n      <Label>English</Label>"));
  CHECK(has(mpd, "<Representation id=\"3_T_text_1\" bandwidth=\"" + rate + "\" />"));
  const std::string smooth = get(*presentation, "Manifest");
  CHECK(has(smooth,
            "<StreamIndex Chunks=\"6\" Type=\"text\" Url=\"QualityLevels({bitrate})/Fragments(text={start time})\" "
            "QualityLevels=\"1\" Subtype=\"SUBT\" Name=\"text\" Language=\"fr\">\n"
            "    <QualityLevel Index=\"0\" Bitrate=\"" +
                rate + "\" FourCC=\"TTML\" CodecPrivateData=\"\" />\n    <c t=\"0\" d=\"20000000\" r=\"6\" />\n"));
  CHECK(has(smooth, "Subtype=\"CAPT\" Name=\"english\""));

  const auto fragment = [&](const std::string& format) {
    return get(*presentation, url(french, "Fragments(text=40000000" + format + ")"));
  };
  CHECK(has(fragment(",format=mpd-time-csf"),
            R"(<p begin="00:00:04.000" end="00:00:05.000" region="bottom">un<br />deux</p>)"));
  CHECK(has(fragment(",format=mpd-time-cmaf"), R"(<p begin="00:00:04.000" end="00:00:05.000")"));
  CHECK(has(fragment(""), R"(<p begin="00:00:00.000" end="00:00:01.000")"));  // Smooth: since the fragment's start
  const std::string csf = fragment(",format=mpd-time-csf");
  const auto boxes = mp4::child_boxes(as_bytes(csf)).value();
  const auto* mdat = mp4::find_box(boxes, mp4::fourcc("mdat"));
  REQUIRE(mdat != nullptr);
  CHECK(as_text(mdat->payload).starts_with("<?xml"));
  CHECK(as_text(mdat->payload).ends_with("</tt>\n"));
  CHECK(error_of(*presentation, url(french, "KeyFrames(text=0,format=mpd-time-csf)")) ==
        "InvalidArgument MPE_BAD_URL_SYNTAX");
}

TEST_CASE("what we package as stpp is read back as captions, and FFmpeg knows it", "[unit][packager]") {
  const auto presentation = two_languages();
  std::string file = get(*presentation, url(*presentation->text()[0], "Fragments(english=i,format=mpd-time-cmaf)"));
  for (const Fragment& each : presentation->text()[0]->timeline().fragments()) {
    file += get(*presentation, url(*presentation->text()[0],
                                   "Fragments(english=" + std::to_string(each.start) + ",format=mpd-time-cmaf)"));
  }
  auto files = asset(R"(<textstream src="again.cmft"/>)");
  files["again.cmft"] = file;
  const auto loaded = load(files);
  REQUIRE(loaded);
  REQUIRE((*loaded)->text().size() == 1);
  const auto& cues = (*loaded)->text()[0]->levels.front().captions->cues();
  REQUIRE(cues.size() == 2);  // the first was cut in two by the fragments, and is one again
  CHECK(cues[0] == Cue{10'000'000, 30'000'000, "", "", "first"});
  CHECK(cues[1].text == "second &amp; last");
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "captions.mp4", std::ios::binary) << file;
  const auto probed =
      test::run_program({"ffprobe", "-v", "error", "-show_entries", "stream=codec_type,codec_tag_string", "-of",
                         "csv=p=0", (folder.path() / "captions.mp4").string()});
  CHECK(probed.out == "data,stpp\n");
}

TEST_CASE("captions that are missing or unreadable refuse the presentation, unknown ones are left out",
          "[unit][packager]") {
  const auto detail = [](const std::string& elements) {
    auto files = asset(elements);
    files["broken.vtt"] = "this is no caption";
    files["other.mp4"] = files["clip_640.mp4"];
    const auto loaded = load(files);
    return loaded ? std::to_string((*loaded)->text().size()) : loaded.error().detail;
  };
  CHECK(detail(R"(<textstream src="gone.vtt"/>)") == "MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(detail(R"(<textstream><param name="transcriptsrc" value="gone.vtt"/></textstream>)") ==
        "MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(detail(R"(<textstream/>)") == "MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(detail(R"(<textstream src="broken.vtt"/>)") == "MPE_INPUT_FORMAT_NOT_SUPPORTED");
  CHECK(detail(R"(<textstream src="other.mp4"/>)") == "0");
  CHECK(detail(R"(<textstream src="english.vtt"><param name="transcriptsrc" value="gone.vtt"/></textstream>)") == "1");
}

TEST_CASE("filters select captions by type and language", "[unit][packager]") {
  const auto presentation = two_languages();
  Filter filter{.name = "f"};
  filter.tracks.push_back({TrackCondition::parse("Type", "Equal", "video").value()});
  filter.tracks.push_back({TrackCondition::parse("Type", "Equal", "text").value(),
                           TrackCondition::parse("Language", "Equal", "fra").value(),
                           TrackCondition::parse("FourCC", "Equal", "stpp").value()});
  filter.start = 45'000'000;
  const auto request = parse_stream_request("Manifest(filter=f)");
  REQUIRE(request);
  const auto filtered = apply_filters(presentation, {&filter, 1}, *request->format);
  REQUIRE(filtered);
  REQUIRE((*filtered)->streams().size() == 2);
  CHECK((*filtered)->text()[0]->language == "fr");
  CHECK((*filtered)->text()[0]->timeline().fragments().front().start == 40'000'000);
}
