// Captions over the origin: published, fetched as every manifest names them, and replaced.
#include "tests/support/mp4_builder.hpp"
#include "tests/unit/server/stream/stream_fixture.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::stream;

TEST_CASE("captions are served as HLS and DASH name them, and a replaced file shows", "[unit][server]") {
  PublishedAsset asset;
  for (auto& [name, bytes] : test::example_asset()) {
    std::string content = bytes;
    if (name == "clip.ism")
      content.insert(content.find("</switch>"), R"(<textstream src="english.vtt" title="english"/>)");
    asset.add_file(name, content);
  }
  asset.add_file("english.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nfirst\n");
  const std::string playlist = [&asset] {
    const std::string master = asset.text("clip.ism/Manifest(format=m3u8-aapl)");
    const auto from = master.find("URI=\"", master.find("TYPE=SUBTITLES")) + 5;
    return master.substr(from, master.find('"', from) - from);
  }();
  CHECK(asset.text("clip.ism/" + playlist).find("Fragments(english=0,format=m3u8-aapl)") != std::string::npos);
  const std::string level = "clip.ism/" + playlist.substr(0, playlist.find('/') + 1);
  const std::string hls = level + "Fragments(english=0,format=m3u8-aapl)";
  CHECK(asset.text(hls).find("\nfirst\n") != std::string::npos);
  CHECK(asset.get(hls).headers.get("Content-Type") == "text/vtt");
  CHECK(asset.text(level + "Fragments(english=0,format=mpd-time-csf)").find(">first</p>") != std::string::npos);
  CHECK(asset.text(level + "Fragments(english=i,format=mpd-time-csf)").find("stpp") != std::string::npos);

  const auto before = asset.get(hls);
  asset.put_blob("english.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nother\n");
  asset.clock.time += std::chrono::seconds{5};
  const auto after = asset.get(hls, {{"If-None-Match", std::string{before.headers.get("ETag")}}});
  CHECK(after.status == 200);
  CHECK(after.body.text().find("\nother\n") != std::string::npos);
}
