#include "server/stream/stream_target.hpp"

#include "tests/support/result.hpp"

using lazulite::stream::parse_stream_target;

namespace {

constexpr const char* kGuid = "0b1e2c3d-4f50-6172-8394-a5b6c7d8e9f0";

}  // namespace

TEST_CASE("a path names a locator and a presentation or a file", "[unit][server]") {
  const std::string base = std::string{"/"} + kGuid;
  struct Case {
    std::string path, file;
    std::optional<std::string> tail;
  };
  const Case cases[] = {
      {base + "/clip.ism/Manifest", "clip.ism", "Manifest"},
      {base + "/clip.ism/manifest(format=mpd-time-csf)", "clip.ism", "manifest(format=mpd-time-csf)"},
      {base + "/clip.ism/QualityLevels(640000)/Fragments(video=0,format=m3u8-aapl)", "clip.ism",
       "QualityLevels(640000)/Fragments(video=0,format=m3u8-aapl)"},
      {base + "/clip.ism/Manifest%28format%3Dm3u8-aapl%29", "clip.ism", "Manifest%28format%3Dm3u8-aapl%29"},
      {base + "/my%20clip.ISM/Manifest", "my clip.ISM", "Manifest"},
      {base + "//clip.ism/Manifest", "clip.ism", "Manifest"},
      {"//" + std::string{kGuid} + "/clip.ism/", "clip.ism", ""},
      {base + "/clip.ism", "clip.ism", std::nullopt},
      {base + "/clip_640.mp4", "clip_640.mp4", std::nullopt},
      {base + "/caf%C3%A9.mp4", "caf\xC3\xA9.mp4", std::nullopt},
      {base + "/folder/clip.mp4", "folder/clip.mp4", std::nullopt},
      {"/0B1E2C3D-4F50-6172-8394-A5B6C7D8E9F0/clip.ism/Manifest", "clip.ism", "Manifest"},
  };
  for (const Case& c : cases) {
    INFO(c.path);
    const auto target = parse_stream_target(c.path);
    REQUIRE(target);
    CHECK(target->locator == kGuid);
    CHECK(target->file == c.file);
    CHECK(target->tail == c.tail);
  }
}

TEST_CASE("a path without locator or file is not found, a broken one is refused", "[unit][server]") {
  const std::string base = std::string{"/"} + kGuid;
  for (const std::string& path : {std::string{}, std::string{"/"}, base, base + "/", std::string{"/favicon.ico"},
                                  std::string{"/x/clip.ism/Manifest"}}) {
    INFO(path);
    REQUIRE(parse_stream_target(path).has_error());
    CHECK(parse_stream_target(path).error().detail == "MPE_RESOURCE_NOT_FOUND");
  }
  for (const std::string& path : {base + "/clip%2.ism/Manifest", base + "/clip%00.ism/Manifest", base + "/%ff.mp4",
                                  base + "/" + std::string(5000, 'a')}) {
    INFO(path);
    REQUIRE(parse_stream_target(path).has_error());
    CHECK(parse_stream_target(path).error().detail == "MPE_BAD_URL_SYNTAX");
  }
}
