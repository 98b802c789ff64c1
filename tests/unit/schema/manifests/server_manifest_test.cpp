#include "schema/manifests/server_manifest.hpp"

#include <catch2/catch.hpp>

namespace lazulite::manifests {
namespace {

constexpr std::string_view kPlain = R"(<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
  <head>
    <meta name="formats" content="mp4" />
  </head>
  <body>
    <switch>
      <video src="harbour_1920x1080_6000.mp4" />
      <video src="harbour_640x360_1000.mp4" />
      <audio src="harbour_640x360_1000.mp4" title="AAC_und_ch2_128kbps" />
    </switch>
  </body>
</smil>
)";

std::string utf16le(std::string_view ascii) {
  std::string out = "\xFF\xFE";
  for (const char character : ascii) {
    out += character;
    out += '\0';
  }
  return out;
}

TEST_CASE("the plain server manifest reads and writes back to the letter", "[unit][schema]") {
  const auto manifest = parse_server_manifest(kPlain);
  REQUIRE(manifest.has_value());
  CHECK(manifest->meta("formats") == "mp4");
  REQUIRE(manifest->tracks.size() == 3);
  CHECK(manifest->tracks[0].kind == TrackKind::kVideo);
  CHECK(manifest->tracks[0].src == "harbour_1920x1080_6000.mp4");
  CHECK(manifest->tracks[2].kind == TrackKind::kAudio);
  CHECK(manifest->tracks[2].track_name() == "AAC_und_ch2_128kbps");
  CHECK_FALSE(manifest->tracks[0].track_id());
  CHECK(write_server_manifest(*manifest) == kPlain);
}

TEST_CASE("a byte-order mark, UTF-16 and a missing head are tolerated", "[unit][schema]") {
  const auto plain = parse_server_manifest(kPlain);
  CHECK(parse_server_manifest("\xEF\xBB\xBF" + std::string{kPlain}).value() == plain.value());
  CHECK(parse_server_manifest(utf16le(kPlain)).value() == plain.value());
  std::string mislabelled{kPlain};
  mislabelled.replace(mislabelled.find("utf-8"), 5, "utf-16");
  CHECK(parse_server_manifest(mislabelled).value() == plain.value());

  const auto headless = parse_server_manifest(R"(<smil><body><video src="a.mp4"/></body></smil>)");
  REQUIRE(headless.has_value());
  CHECK(headless->metas.empty());
  REQUIRE(headless->tracks.size() == 1);
}

TEST_CASE("params stand in for attributes", "[unit][schema]") {
  const auto manifest = parse_server_manifest(R"(<smil><body><switch>
    <audio src="b.isma" systemBitrate="157582"><param name="trackID" value="2" valuetype="data"/>
      <param name="trackName" value="aac_eng_2" valuetype="data"/><param name="systemLanguage" value="eng"/></audio>
    <video src="b.ismv"><param name="systemBitrate" value="2862836" valuetype="data"/></video>
    <textstream src="c.vtt" systemLanguage="deu"/></switch></body></smil>)");
  REQUIRE(manifest.has_value());
  REQUIRE(manifest->tracks.size() == 3);
  CHECK(manifest->tracks[0].track_id() == 2U);
  CHECK(manifest->tracks[0].track_name() == "aac_eng_2");
  CHECK(manifest->tracks[0].language() == "eng");
  CHECK(manifest->tracks[0].bitrate() == 157582U);
  CHECK(manifest->tracks[1].bitrate() == 2862836U);
  CHECK(manifest->tracks[2].kind == TrackKind::kText);
  CHECK(parse_server_manifest(write_server_manifest(*manifest)).value() == manifest.value());
}

TEST_CASE("names with markup survive a round trip", "[unit][schema]") {
  ManifestTrack track;
  track.src = "a & <b> \"c\" é.mp4";
  const ServerManifest manifest{.metas = {{"formats", "mp4"}}, .tracks = {track}};
  CHECK(parse_server_manifest(write_server_manifest(manifest)).value() == manifest);
}

TEST_CASE("what is no server manifest is refused with a reason", "[unit][schema]") {
  for (const std::string_view text : {"", "plain text", "<smil", "<html/>", "<smil><body><video/></body></smil>"}) {
    const auto manifest = parse_server_manifest(text);
    REQUIRE(manifest.has_error());
    CHECK(manifest.error().code == ErrorCode::kInvalidArgument);
    CHECK_FALSE(manifest.error().message.empty());
  }
}

TEST_CASE("oversized server manifests are refused", "[unit][schema]") {
  std::string many = "<smil><body>";
  for (int i = 0; i < 2001; ++i) many += "<video src=\"a\"/>";
  many += "</body></smil>";
  CHECK(parse_server_manifest(many).error().code == ErrorCode::kTooLarge);
  CHECK(parse_server_manifest(std::string((1U << 20U) + 1, ' ')).error().code == ErrorCode::kTooLarge);
  const std::string long_name = "<smil><body><video src=\"" + std::string(5000, 'a') + "\"/></body></smil>";
  CHECK(parse_server_manifest(long_name).error().code == ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace lazulite::manifests
