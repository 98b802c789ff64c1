#include "server/stream/segment_cache.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace lazulite;
using namespace lazulite::stream;

namespace {

// Bytes that were written for an answer, as a transport stream is.
files::Content made(std::size_t size, char fill) {
  const auto buffer = std::make_shared<std::uint8_t[]>(size, static_cast<std::uint8_t>(fill));
  files::Content out;
  out.append(files::BufferRange{buffer, 0, size});
  return out;
}

// What the endpoint does with a request.
bool ask(SegmentCache& cache, const std::string& key, const files::Content& body) {
  if (cache.find(key)) return true;
  if (cache.wants(key, body)) cache.put(key, "video/MP2T", body);
  return false;
}

}  // namespace

TEST_CASE("a segment is kept from its second use on, as the bytes it has", "[unit][server]") {
  SegmentCache cache{1 << 20};
  const auto body = made(10'000, 'a');
  CHECK_FALSE(ask(cache, "a", body));
  CHECK_FALSE(ask(cache, "a", body));
  const auto kept = cache.find("a");
  REQUIRE(kept);
  CHECK(kept->content_type == "video/MP2T");
  CHECK(std::string(kept->file->bytes().begin(), kept->file->bytes().end()) == body.text());
  CHECK(kept->file->descriptor());
  CHECK_FALSE(cache.find("b"));
}

TEST_CASE("what costs no work, or is large, is not kept", "[unit][server]") {
  SegmentCache cache{1 << 20};
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(ask(cache, "header", files::Content{std::string(1'000, 'h')}));
    CHECK_FALSE(ask(cache, "large", made(200'000, 'l')));
  }
  SegmentCache none{0};
  for (int i = 0; i < 5; ++i) CHECK_FALSE(ask(none, "a", made(10, 'a')));
}

TEST_CASE("a walk through many segments does not wash out what is used more", "[unit][server]") {
  SegmentCache cache{1 << 20};
  const auto body = made(100'000, 'x');
  for (int i = 0; i < 20; ++i) ask(cache, "hot", body);
  int hits = 0;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 30; ++i) hits += ask(cache, "walk" + std::to_string(i), body) ? 1 : 0;
    CHECK(ask(cache, "hot", body));
  }
  CHECK(hits > 20);  // a part of the walk stays, instead of all of it coming and going
  // A client that still reads a segment keeps its bytes.
  const auto held = cache.find("hot");
  for (int i = 0; i < 12; ++i) {
    for (int n = 0; n < 200; ++n) ask(cache, "new" + std::to_string(i), body);
  }
  CHECK(held->file->bytes().size() == 100'000);
  CHECK(held->file->bytes()[99'999] == 'x');
}

TEST_CASE("segments that are used alike do not drive each other out", "[unit][server]") {
  SegmentCache cache{1 << 20};
  const auto body = made(100'000, 'x');
  int copies = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 30; ++i) {
      const std::string key = "alike" + std::to_string((i * 7 + round) % 30);
      if (cache.find(key) || !cache.wants(key, body)) continue;
      cache.put(key, "video/MP2T", body);
      ++copies;
    }
  }
  CHECK(copies >= 10);
  CHECK(copies <= 15);
}

TEST_CASE("a copy is asked for once while it is made", "[unit][server]") {
  SegmentCache cache{1 << 20};
  const auto body = made(10'000, 'a');
  for (int i = 0; i < 2; ++i) CHECK_FALSE(cache.find("a"));
  CHECK(cache.wants("a", body));
  CHECK_FALSE(cache.wants("a", body));
  cache.put("a", "video/MP2T", body);
  CHECK(cache.find("a"));
}

TEST_CASE("counts of uses fade", "[unit][server]") {
  UseCounts counts;
  const std::uint64_t often = std::hash<std::string_view>{}("often");
  for (int i = 0; i < 100; ++i) counts.add(often);
  CHECK(counts.count(often) >= 100);
  for (int i = 0; i < 40'000; ++i) counts.add(std::hash<std::string>{}("other" + std::to_string(i % 50)));
  CHECK(counts.count(often) < 100);
}
