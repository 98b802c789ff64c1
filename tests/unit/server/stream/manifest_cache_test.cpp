#include "server/stream/manifest_cache.hpp"

#include "schema/base/gzip.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::stream;

namespace {

ManifestCache::Value manifest(std::string text) {
  packager::Answer answer{.content_type = "text/xml", .body = files::Content{std::move(text)}};
  return std::make_shared<const RenderedManifest>(finish_manifest(answer).value());
}

}  // namespace

TEST_CASE("a manifest is hashed and compressed once, both forms with an ETag of their own", "[unit][server]") {
  const std::string text(5'000, 'm');
  const auto rendered = manifest(text);
  CHECK(*rendered->plain.body == text);
  CHECK(gunzip(*rendered->gzip.body, text.size()).value() == text);
  CHECK(rendered->plain.etag != rendered->gzip.etag);
  CHECK(rendered->plain.etag == manifest(text)->plain.etag);
  CHECK(rendered->plain.etag != manifest(text + "n")->plain.etag);
  CHECK(manifest("short")->gzip.body == nullptr);
}

TEST_CASE("the cache of manifests is bounded, and the least recently used go first", "[unit][server]") {
  constexpr std::size_t kBytes = 64 * 1024;
  ManifestCache cache{kBytes};
  const auto text_of = [](int i) { return std::string(6'000, static_cast<char>('a' + i % 20)); };
  for (int i = 0; i < 4; ++i) cache.put("key" + std::to_string(i), manifest(text_of(i)));
  for (int i = 4; i < 60; ++i) {
    REQUIRE(cache.find("key0") != nullptr);  // in use all the time
    cache.put("key" + std::to_string(i), manifest(text_of(i)));
  }
  CHECK(*cache.find("key0")->plain.body == text_of(0));
  CHECK(*cache.find("key59")->plain.body == text_of(59));
  CHECK(cache.find("key1") == nullptr);
  CHECK(cache.find("key40") == nullptr);
  cache.put("large", manifest(std::string(kBytes / 2, 'l')));
  CHECK(cache.find("large") == nullptr);
  CHECK(cache.find("key59") != nullptr);
}
