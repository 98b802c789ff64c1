// The example of delivery.md 1.5, published: how fast it is sent, and what happens when its files go away or change
// while it is played.
#include "schema/entities/filter.hpp"
#include "server/http/pace.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/unit/server/stream/stream_fixture.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace lazulite;
using namespace lazulite::stream;
using namespace std::chrono_literals;

namespace {

struct ExampleSite : PublishedAsset {
  ExampleSite() {
    for (const auto& [name, bytes] : test::example_asset()) add_file(name, bytes);
  }
};

constexpr const char* kFragment = "clip.ism/QualityLevels(640000)/Fragments(video=20000000)";
constexpr const char* kSegment = "clip.ism/QualityLevels(640000)/Fragments(video=0,format=m3u8-aapl-v3)";

}  // namespace

TEST_CASE("an endpoint sends as fast as its scale units say, where a setting says how much that is", "[unit][server]") {
  ExampleSite site;
  CHECK(site.get("clip.ism/Manifest").pace == nullptr);
  StreamOptions limited;
  limited.bytes_per_unit = 25'000'000;
  site.endpoint =
      std::make_unique<StreamEndpoint>(*site.database, site.blobs, site.db, site.disk, site.clock, std::move(limited));
  const auto pace = site.get("clip.ism/Manifest").pace;
  REQUIRE(pace != nullptr);
  CHECK(pace->rate() == 75'000'000);  // a standard endpoint has no units, and the rate of three
  CHECK(site.get("clip_640.mp4").pace == pace);
  site.change_endpoint([](StreamingEndpoint& endpoint) { endpoint.scale_units = 2; });
  CHECK(site.get(kFragment).pace == pace);
  CHECK(pace->rate() == 50'000'000);
}

TEST_CASE("a source that vanishes while it is played is served on for a moment, then missing", "[unit][server]") {
  ExampleSite site;
  const std::string fragment = site.text(kFragment), segment = site.text(kSegment);
  const auto under_way = site.get(kFragment);
  REQUIRE(site.blobs.remove({site.container(), "clip_640.mp4"}, {}));
  CHECK(under_way.body.text() == fragment);  // what is being sent is sent whole
  CHECK(site.text(kSegment) == segment);
  site.clock.time += 5s;
  CHECK(site.error(kFragment) == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(site.error("clip.ism/Manifest") == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(site.error("clip_640.mp4") == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
  site.put_blob("clip_640.mp4", test::example_asset().at("clip_640.mp4"));
  CHECK(site.text(kFragment) == fragment);
}

TEST_CASE("a source that is replaced by what is no MP4 is refused, and comes back with its bytes", "[unit][server]") {
  ExampleSite site;
  const std::string fragment = site.text(kFragment);
  const auto etag = std::string{site.get(kFragment).headers.get("ETag")};
  site.put_blob("clip_640.mp4", "not media");
  site.clock.time += 5s;
  CHECK(site.error(kFragment) == "415 MPE_INPUT_FORMAT_NOT_SUPPORTED");
  site.put_blob("clip_640.mp4", test::example_asset().at("clip_640.mp4"));
  const auto again = site.get(kFragment, {{"If-None-Match", etag}});
  CHECK(again.status == 200);  // another version: never mixed with ranges of the first
  CHECK(again.body.text() == fragment);
  CHECK(site.get(kFragment, {{"Range", "bytes=5-"}, {"If-Range", etag}}).status == 200);
}

TEST_CASE("segments in demand come from memory, the same bytes", "[unit][server]") {
  ExampleSite site;
  const std::string segment = site.text(kSegment);
  for (int i = 0; i < 5; ++i) CHECK(site.text(kSegment) == segment);
  // The copy is made beside the answers; once it is there, the answer is one range of it.
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!std::holds_alternative<files::FileRange>(site.get(kSegment).body.parts().at(0))) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
  const auto kept = site.get(kSegment);
  CHECK(kept.body.parts().size() == 1);
  CHECK(kept.body.text() == segment);
}

TEST_CASE("a filtered manifest is known by its ETag alone, for a filter has no time of change", "[unit][server]") {
  ExampleSite site;
  Filter filter;
  filter.name = "sound";
  filter.tracks = {{{{"Type", "Equal", "audio"}}}};
  site.write([&](rows::Session& session) { return rows::insert(session, PublishedAsset::kAccount, filter); });
  site.endpoint->forget(PublishedAsset::kAccount);
  const PublishedAsset::Headers since{{"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"}};
  CHECK(site.get("clip.ism/Manifest", since).status == 304);
  const auto filtered = site.get("clip.ism/Manifest(filter=sound)", since);
  CHECK(filtered.status == 200);
  CHECK_FALSE(filtered.headers.find("Last-Modified"));
  const PublishedAsset::Headers known{{"If-None-Match", std::string{filtered.headers.get("ETag")}}};
  CHECK(site.get("clip.ism/Manifest(filter=sound)", known).status == 304);
  filter.tracks = {{{{"Type", "Equal", "video"}}}};
  site.write([&](rows::Session& session) { return rows::update(session, PublishedAsset::kAccount, filter); });
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.get("clip.ism/Manifest(filter=sound)", known).status == 200);
}
