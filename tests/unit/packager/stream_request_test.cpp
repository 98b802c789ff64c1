#include "packager/stream_request.hpp"

#include "packager/formats/format.hpp"
#include "tests/support/result.hpp"

#include <random>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

StreamRequest parsed(std::string_view tail) {
  CAPTURE(tail);
  auto request = parse_stream_request(tail);
  REQUIRE(request);
  return *request;
}

std::string error_of(std::string_view tail) {
  const auto request = parse_stream_request(tail);
  return request ? "" : request.error().detail;
}

}  // namespace

TEST_CASE("manifest requests are read with all their parameters", "[unit][packager]") {
  CHECK(parsed("Manifest").kind == RequestKind::kManifest);
  CHECK(parsed("Manifest").format == find_format(""));
  CHECK(parsed("manifest").format_name.empty());
  CHECK(parsed("Manifest()").kind == RequestKind::kManifest);
  const auto request = parsed("Manifest(filter=a;b,encryption=CENC,audio-only=false,format=MPD-time-csf,audioTrack=x)");
  CHECK(request.format_name == "mpd-time-csf");
  CHECK(request.filters == std::vector<std::string>{"a", "b"});
  CHECK(request.encryption == "cenc");
  CHECK_FALSE(request.audio_only);
  CHECK(request.audio_track == "x");
  CHECK(parsed("Manifest(FORMAT=fmp4-v20)").format_name == "fmp4-v20");
  CHECK(parsed("Manifest(startTime=2017-01-01T00:00:00Z,endTime=2017-01-01T01:00:00Z)").start_time ==
        "2017-01-01T00:00:00Z");
}

TEST_CASE("the tolerances of delivery.md 1.1 hold", "[unit][packager]") {
  for (const auto* tail :
       {"Manifest(format=mpd-time-csf)", "Manifest%28format%3Dmpd-time-csf%29", "Manifest(format=mpd-time-csf).mpd",
        "manifest(format=mpd-time-csf,)", "Manifest(filter=, format=mpd-time-csf)", "Manifest( format = mpd-time-csf )",
        "Manifest(audio-only=false,format=mpd-time-csf)", "Manifest(format=mpd-time-csf,audio-only=FALSE)"}) {
    CHECK(parsed(tail).format_name == "mpd-time-csf");
  }
  CHECK(parsed("Manifest.mpd").kind == RequestKind::kManifest);
  CHECK(parsed("QualityLevels%28640000%29/Fragments%28video%3D0%2Cformat%3Dmpd-time-csf%29").bitrate == 640000);
}

TEST_CASE("track requests name level, track and time", "[unit][packager]") {
  const auto fragment = parsed("QualityLevels(640000)/Fragments(AAC_und=20053333,format=mpd-time-csf)");
  CHECK(fragment.kind == RequestKind::kFragment);
  CHECK(fragment.bitrate == 640000);
  CHECK(fragment.track == "AAC_und");
  CHECK(fragment.time == 20053333);
  CHECK(parsed("QualityLevels(1)/Fragments(format=mpd-time-csf,video=i)").kind == RequestKind::kInit);
  CHECK(parsed("qualitylevels(1)/keyframes(video=0)").kind == RequestKind::kKeyFrame);
  CHECK(parsed("QualityLevels(1,hardware=x)/Fragments(video=7)").time == 7);
  const auto playlist = parsed("QualityLevels(1)/Manifest(video,format=fmp4-v20,type=keyframes)");
  CHECK(playlist.kind == RequestKind::kMediaPlaylist);
  CHECK(playlist.track == "video");
  CHECK(playlist.keyframes);
  CHECK(parsed("QualityLevels(1)/Fragments(%C3%A4%20b=7)").track == "ä b");
  CHECK(parsed("QualityLevels(1)/Fragments(video=18446744073709551615)").time == ~std::uint64_t{0});
}

TEST_CASE("what is no request is bad syntax", "[unit][packager]") {
  for (const auto* tail : {"",
                           "Manifest(",
                           "Manifest(format=mpd-time-csf",
                           "Manifest)x",
                           "Manifest(a=b)",
                           "Manifest(format)",
                           "Manifest(,format=mpd-time-csf)",
                           "Manifest/x",
                           "Other",
                           "QualityLevels(1)",
                           "QualityLevels()/Fragments(video=0)",
                           "QualityLevels(x)/Fragments(video=0)",
                           "QualityLevels(1)/Fragments(video=-1)",
                           "QualityLevels(1)/Fragments(video=)",
                           "QualityLevels(1)/Fragments()",
                           "QualityLevels(1)/Fragments(video=0,audio=0)",
                           "QualityLevels(1)/KeyFrames(video=i)",
                           "QualityLevels(1)/Manifest(format=mpd-time-csf)",
                           "QualityLevels(1)/Other(video=0)",
                           "QualityLevels(1)Fragments(video=0)",
                           "QualityLevels(1)/Fragments(video=0)/x",
                           "Manifest%2",
                           "Manifest(%ff=1)",
                           "QualityLevels(1)/Fragments(video=18446744073709551616)",
                           "Manifest(audio-only=maybe)",
                           "Manifest(type=x)",
                           "../Manifest",
                           "QualityLevels(1)/QualityLevels(1)/Fragments(video=0)"}) {
    CAPTURE(tail);
    CHECK(error_of(tail) == "MPE_BAD_URL_SYNTAX");
  }
  CHECK(error_of(std::string(5000, 'a')) == "MPE_BAD_URL_SYNTAX");
  std::string many = "Manifest(";
  for (int i = 0; i < 100; ++i) many += "filter=a,";
  CHECK(error_of(many + ")") == "MPE_BAD_URL_SYNTAX");
}

TEST_CASE("an unknown format is refused as such", "[unit][packager]") {
  CHECK(error_of("Manifest(format=f4m-xyz)") == "MPE_OUTPUT_FORMAT_NOT_SUPPORTED");
  CHECK(parse_stream_request("Manifest(format=x)").error().code == ErrorCode::kUnsupported);
}

TEST_CASE("mutated requests are read or refused, never worse", "[fuzz][packager]") {
  const std::string whole = "QualityLevels(640000,a=b)/Fragments(video=20000000,format=mpd-time-csf,filter=a;b).mpd";
  const std::string letters = "()=,;/%.&0i \\\"\xff\x01";
  std::mt19937 random(11);
  std::size_t read = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string tail = whole;
    for (auto edits = 1 + random() % 4; edits > 0 && !tail.empty(); --edits) {
      const std::size_t at = random() % tail.size();
      switch (random() % 3) {
        case 0:
          tail[at] = letters[random() % letters.size()];
          break;
        case 1:
          tail.erase(at, random() % 12);
          break;
        default:
          tail.insert(at, tail.substr(random() % tail.size(), random() % 20));
      }
    }
    const auto request = parse_stream_request(tail);
    read += request ? 1 : 0;
    if (!request && request.error().detail.empty()) FAIL("no name for the error of " << tail);
  }
  CHECK(read > 1'000);
}
