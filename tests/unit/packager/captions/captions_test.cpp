// Reading WebVTT and TTML into cues, and writing both.
#include "packager/captions/caption_track.hpp"
#include "packager/captions/ttml.hpp"
#include "packager/captions/webvtt.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>
#include <pugixml.hpp>

#include <random>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

constexpr std::uint64_t kSecond = 10'000'000;

CaptionTrack read(std::string_view text) {
  auto track = parse_captions(text);
  REQUIRE(track);
  return std::move(*track);
}

std::string refusal(std::string_view text) {
  const auto track = parse_captions(text);
  return track ? "" : track.error().detail;
}

Cue only(const CaptionTrack& track) {
  REQUIRE(track.cues().size() == 1);
  return track.cues().front();
}

std::string tt(const std::string& body, const std::string& attributes = "", const std::string& head = "") {
  return "<?xml version=\"1.0\"?><tt xmlns=\"http://www.w3.org/ns/ttml\" "
         "xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" "
         "xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" xml:lang=\"en\" " +
         attributes + "><head>" + head + "</head><body><div>" + body + "</div></body></tt>";
}

// The body of a TTML document as text: paragraphs with their attributes.
std::string paragraphs(const std::string& document) {
  pugi::xml_document parsed;
  REQUIRE(parsed.load_buffer(document.data(), document.size(), pugi::parse_default | pugi::parse_ws_pcdata));
  const auto from = document.find("<div>") + 5;
  return document.substr(from, document.find("</div>") - from);
}

}  // namespace

TEST_CASE("WebVTT is read with ids, settings, lines, comments and styles", "[unit][packager]") {
  const auto track = read(
      "\xef\xbb\xbfWEBVTT - a title\r\nLanguage: en-us\r\n\r\nSTYLE\r\n::cue { color: lime }\r\n\r\nNOTE\r\nnot "
      "seen\r\n\r\n"
      "one\r\n00:01.000 --> 00:02.500 line:0 align:start\r\n<v Roger>Hi &amp; <b>you</b>\r\nthere\r\n\r\n"
      "NOTE 00:03.000 --> 00:04.000\r\n\r\n100:00:00.000 --> 100:00:01.000\r\nlate\r\n");
  CHECK(track.language() == "en-us");
  CHECK(track.blocks() == "STYLE\n::cue { color: lime }\n\n");
  REQUIRE(track.cues().size() == 2);
  CHECK(track.cues()[0] ==
        Cue{kSecond, 5 * kSecond / 2, "one", "line:0 align:start", "<v Roger>Hi &amp; <b>you</b>\nthere"});
  CHECK(track.cues()[1].start == 360'000 * kSecond);
}

TEST_CASE("what is no cue of WebVTT is passed over", "[unit][packager]") {
  CHECK(read("WEBVTT").cues().empty());
  CHECK(read("WEBVTT\n\n").cues().empty());
  CHECK(only(read("WEBVTT\n\n00:02.000 --> 00:01.000\nback\n\n00:0x.000 --> 00:01.000\nno\n\n00:01.000 --> "
                  "00:60.000\nno\n\n"
                  "00:01.000 --> 00:02.000\n\n00:01.000 --> 00:02.000\nyes"))
            .text == "yes");
  // A timing line ends the cue before it, also without an empty line.
  const auto track = read("WEBVTT\n\n00:01.000 --> 00:02.000\na\n00:02.000 --> 00:03.000\nb\n");
  REQUIRE(track.cues().size() == 2);
  CHECK(track.cues()[0].text == "a");
  CHECK(track.cues()[1].text == "b");
}

TEST_CASE("captions that are neither WebVTT nor TTML, or beyond bounds, are refused", "[unit][packager]") {
  const std::string refused = "MPE_INPUT_FORMAT_NOT_SUPPORTED";
  CHECK(refusal("") == refused);
  CHECK(refusal("WEBVTTX\n\n00:01.000 --> 00:02.000\na\n") == refused);
  CHECK(refusal("WEBVTT\n\n00:01.000 --> 00:02.000\n\xff\xfe\n") == refused);
  CHECK(refusal("1\n00:00:01,000 --> 00:00:02,000\na\n") == refused);
  CHECK(refusal("<html/>") == refused);
  CHECK(refusal("<tt><body>") == refused);
  CHECK(refusal(std::string(CaptionTrack::kMaxFileBytes + 1, ' ')) == refused);
  CHECK(refusal("WEBVTT\n\n00:01.000 --> 00:02.000\n" + std::string(20'000, 'a')) == refused);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<div>";
  for (int i = 0; i < 100; ++i) deep += "</div>";
  CHECK(refusal(tt(deep)) == refused);
  std::string many = "WEBVTT\n\n";
  for (std::size_t i = 0; i <= CaptionTrack::kMaxCues; ++i) many += "00:01.000 --> 00:02.000\na\n\n";
  CHECK(refusal(many) == refused);
}

TEST_CASE("TTML times are read in every form, nested and with a duration", "[unit][packager]") {
  struct Row {
    std::string attributes, begin;
    std::uint64_t start;
  };
  for (const auto& [attributes, begin, start] : std::vector<Row>{
           {"", "00:00:01.5", 15'000'000},
           {"", "1.5s", 15'000'000},
           {"", "1500ms", 15'000'000},
           {"", "0.025m", 15'000'000},
           {"", "0.5h", 1800 * kSecond},
           {R"(ttp:frameRate="25")", "00:00:01:10", 14'000'000},
           {R"(ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001")", "30f", 10'010'000},
           {R"(ttp:tickRate="10000000")", "15000000t", 15'000'000},
       }) {
    CAPTURE(begin);
    CHECK(only(read(tt("<p begin='" + begin + "' dur='1s'>a</p>", attributes))) ==
          Cue{start, start + kSecond, "", "", "a"});
  }
  CHECK(only(read(tt("<div begin='10s' end='20s'><p begin='1s' end='30s'>a</p></div>"))) ==
        Cue{11 * kSecond, 20 * kSecond, "", "", "a"});
  CHECK(read(tt("<p begin='1s'>without an end</p><p begin='x' end='2s'> </p><p begin='3s' end='3s'>a</p>"))
            .cues()
            .empty());
  const auto spans = read(tt("<p><span begin='1s' end='2s'>a</span><span begin='2s' end='3s'>b</span></p>"));
  REQUIRE(spans.cues().size() == 2);
  CHECK(spans.cues()[1] == Cue{2 * kSecond, 3 * kSecond, "", "", "b"});
  CHECK(spans.language() == "en");
}

TEST_CASE("TTML text keeps lines, weight, slant, underline, side and alignment", "[unit][packager]") {
  const std::string p = "<p begin='1s' end='2s'";
  CHECK(only(read(tt(p + ">\n  one &lt;two&gt;\n  three<br/>four <br/><br/></p>"))).text ==
        "one &lt;two&gt; three\nfour");
  CHECK(only(read(tt(p + " xml:space='preserve'>a  b</p>"))).text == "a  b");
  CHECK(only(read(tt(p + ">a <span tts:fontStyle='italic'>b<span tts:fontWeight='bold'>c</span></span></p>"))).text ==
        "a <i>b</i><b><i>c</i></b>");
  const std::string head =
      "<styling><style xml:id='s' tts:textDecoration='underline'/><style xml:id='t' style='s'/></styling>"
      "<layout><region xml:id='top' tts:origin='10% 5%' tts:extent='80% 20%'><style tts:textAlign='end'/></region>"
      "<region xml:id='bottom' tts:origin='0c 12c'/></layout>";
  const auto cue = only(read(tt(p + " region='top' style='t'>a</p>", "", head)));
  CHECK(cue.text == "<u>a</u>");
  CHECK(cue.settings == "line:5% align:end");
  CHECK(only(read(tt(p + " region='bottom'>a</p>", "", head))).settings.empty());
  // Styles that refer to each other in circles end.
  CHECK(only(read(tt(p + " style='a'>x</p>", "",
                     "<style xml:id='a' style='b b b b'/><style xml:id='b' style='a a a a'/>")))
            .text == "x");
}

TEST_CASE("a segment holds the cues that are seen in it", "[unit][packager]") {
  const auto track = read(
      "WEBVTT\n\n00:00.000 --> 01:00.000\nlong\n\n00:01.000 --> 00:02.000\na\n\n00:03.000 --> 00:05.000 line:0\nb\n");
  const auto texts = [&](std::uint64_t start, std::uint64_t end) {
    std::string out;
    for (const Cue* cue : track.seen_in(start * kSecond, end * kSecond)) out += cue->text + " ";
    return out;
  };
  CHECK(texts(0, 1) == "long ");
  CHECK(texts(1, 2) == "long a ");
  CHECK(texts(2, 3) == "long ");
  CHECK(texts(4, 6) == "long b ");
  CHECK(texts(60, 90).empty());
  CHECK(write_webvtt_segment(track, 4 * kSecond, 6 * kSecond, 900'000) ==
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:00:00.000 --> 00:01:00.000\nlong\n\n"
        "00:00:03.000 --> 00:00:05.000 line:0\nb\n\n");
  CHECK(paragraphs(write_ttml(track, 4 * kSecond, 6 * kSecond, 0, "en")) ==
        R"(<p begin="00:00:04.000" end="00:00:06.000" region="bottom">long</p>)"
        R"(<p begin="00:00:04.000" end="00:00:05.000" region="top">b</p>)");
  CHECK(paragraphs(write_ttml(track, 4 * kSecond, 40'000'001, 4 * kSecond, "en")) ==
        R"(<p begin="00:00:00.000" end="00:00:00.0000001" region="bottom">long</p>)"
        R"(<p begin="00:00:00.000" end="00:00:00.0000001" region="top">b</p>)");
  CHECK(paragraphs(write_ttml(track, 90 * kSecond, 92 * kSecond, 0, "en")).empty());
}

TEST_CASE("cue text becomes TTML content", "[unit][packager]") {
  const auto converted = [](const std::string& text) {
    const std::string all =
        paragraphs(write_ttml(CaptionTrack({Cue{0, kSecond, "", "", text}}, "", ""), 0, kSecond, 0, ""));
    const auto from = all.find('>') + 1;
    return all.substr(from, all.rfind("</p>") - from);
  };
  CHECK(converted("a &amp; &lt;b&gt; &#x41;&#66;&nbsp;&unknown; & c") ==
        "a &amp; &lt;b&gt; AB\xc2\xa0&amp;unknown; &amp; c");
  CHECK(converted("one\ntwo") == "one<br />two");
  CHECK(converted("<v Roger>a</v><c.red>b</c> <00:01.000>c<ruby>d<rt>e</rt></ruby>") == "ab cde");
  CHECK(converted("<b>x<i.loud>y</b>z</i>") ==
        R"(<span tts:fontWeight="bold">x</span><span tts:fontWeight="bold" tts:fontStyle="italic">y</span>)"
        R"(<span tts:fontStyle="italic">z</span>)");
  CHECK(converted("</b>x<b") == "x");
  CHECK(converted("&#0;&#xd800;&#xfffe;x<") == "x");
}

TEST_CASE("both forms come back as they were written", "[unit][packager]") {
  const auto track =
      read("WEBVTT\n\n00:01.000 --> 00:02.000\na <i>b</i> &amp;\nc\n\n00:01.500 --> 00:04.000 line:5% align:end\nd\n");
  CHECK(read(write_webvtt_segment(track, 0, 10 * kSecond, 0)).cues() == track.cues());
  CHECK(read(write_ttml(track, 0, 10 * kSecond, 0, "en")).cues() == track.cues());
}

TEST_CASE("mutated captions are read or refused, and what is read can be written", "[fuzz][packager]") {
  const std::vector<std::string> seeds{
      "WEBVTT\nLanguage: en\n\nSTYLE\n::cue{}\n\nid\n00:01.000 --> 00:02.000 line:0\na <b>b</b> &amp;\n\n01:00:03.000 "
      "--> 01:00:04.000\nc\n",
      tt("<p begin='1s' end='2s' region='r'>a<br/><span style='s'>b</span></p>", R"(ttp:frameRate="25")",
         "<style xml:id='s' tts:fontStyle='italic'/><region xml:id='r' tts:origin='10% 10%'/>")};
  std::mt19937 random{5};
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[static_cast<std::size_t>(round) % seeds.size()];
    for (unsigned edits = random() % 4 + 1; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 16));
      }
    }
    const auto track = parse_captions(text);
    if (!track) continue;
    const auto again = parse_captions(write_webvtt_segment(*track, 0, UINT64_MAX, 0));
    REQUIRE(again);
    pugi::xml_document document;
    const std::string ttml = write_ttml(*track, 0, UINT64_MAX / 2, 0, "en");
    REQUIRE(document.load_buffer(ttml.data(), ttml.size()));
  }
}
