#include "packager/filter.hpp"

#include "packager/formats/format.hpp"
#include "packager/index_store.hpp"
#include "packager/origin.hpp"
#include "schema/base/text.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

// 12 s: two videos of 6 fragments, and audio in English and German.
std::shared_ptr<const Presentation> example() {
  auto files = test::example_asset();
  files["clip.ism"] = R"(<smil><body><switch><video src="clip_1964.mp4"/><video src="clip_640.mp4"/>
    <audio src="clip_640.mp4" title="a"><param name="systemLanguage" value="eng"/></audio>
    <audio src="clip_640.mp4" title="b"><param name="systemLanguage" value="deu"/></audio></switch></body></smil>)";
  IndexStore store;
  return load_presentation("clip.ism", test::memory_lookup(files), store).value();
}

using Words = std::array<const char*, 3>;

Filter tracks(const std::vector<std::vector<Words>>& entries) {
  Filter filter{.name = "f"};
  for (const auto& entry : entries) {
    auto& conditions = filter.tracks.emplace_back();
    for (const auto& [property, comparison, value] : entry) {
      conditions.push_back(TrackCondition::parse(property, comparison, value).value());
    }
  }
  return filter;
}

// "video:1964000 a:125588", or the name of the error.
std::string kept(const std::vector<Filter>& filters, const char* format = "") {
  const auto filtered = apply_filters(example(), filters, *find_format(format));
  if (!filtered) return filtered.error().detail;
  std::string out;
  for (const Stream& stream : (*filtered)->streams()) {
    for (const Level& level : stream.levels) {
      out += (out.empty() ? "" : " ") + stream.name + ":" + std::to_string(level.bitrate);
    }
  }
  return out;
}

std::string fragments(const Presentation& presentation, const char* stream) {
  std::string out;
  for (const Fragment& fragment : presentation.find_stream(stream)->timeline().fragments()) {
    out += (out.empty() ? "" : " ") + std::to_string(fragment.start / 100'000);
  }
  return out;
}

Filter range(std::uint64_t start_seconds, std::uint64_t end_seconds) {
  return {.name = "r", .start = start_seconds * kTicksPerSecond, .end = end_seconds * kTicksPerSecond};
}

}  // namespace

TEST_CASE("conditions of an entry must all hold, of the entries any", "[unit][packager]") {
  struct Case {
    std::vector<std::vector<Words>> entries;
    const char* kept;
  };
  const std::string all = "video:1964000 video:640000 a:125588 b:125588";
  const Case cases[] = {
      {{}, all.c_str()},
      {{{{"Type", "Equal", "Video"}}}, "video:1964000 video:640000"},
      {{{{"Type", "NotEqual", "video"}}}, "a:125588 b:125588"},
      {{{{"Type", "Equal", "video"}, {"Bitrate", "Equal", "0-1000000"}},
        {{"Type", "Equal", "audio"}, {"Language", "Equal", "en"}}},
       "video:640000 a:125588"},
      {{{{"Bitrate", "Equal", "640000-"}}}, "video:1964000 video:640000"},
      {{{{"Bitrate", "Equal", "-640000"}}}, "video:640000 a:125588 b:125588"},
      {{{{"Bitrate", "NotEqual", "1964000"}}}, "video:640000 a:125588 b:125588"},
      {{{{"Language", "Equal", "ger"}}, {{"Name", "Equal", "video"}}}, "video:1964000 video:640000 b:125588"},
      {{{{"Language", "Equal", "de"}}}, "b:125588"},
      {{{{"FourCC", "Equal", "MP4A"}}}, "a:125588 b:125588"},
      {{{{"FourCC", "Equal", "AVC1"}}}, "video:1964000 video:640000"},
      {{{{"FourCC", "Equal", "H264"}}}, "video:1964000 video:640000"},
      {{{{"FourCC", "NotEqual", "avc1"}, {"Name", "Equal", "a"}}}, "a:125588"},
      {{{{"Name", "Equal", "A"}}}, "MPE_FILTER_REMOVED_ALL_STREAMS"},
  };
  for (const Case& c : cases) CHECK(kept({tracks(c.entries)}) == c.kept);
}

TEST_CASE("filters that are joined keep what all of them keep", "[unit][packager]") {
  const Filter video = tracks({{{"Type", "Equal", "video"}}});
  const Filter low = tracks({{{"Bitrate", "Equal", "-640000"}}});
  const Filter audio = tracks({{{"Type", "Equal", "audio"}}});
  CHECK(kept({video, low}) == "video:640000");
  CHECK(kept({video, audio}) == "MPE_FILTER_REMOVED_ALL_STREAMS");
  CHECK(kept({video, low, video}) == "video:640000");
  CHECK(kept({video, low, video, low}) == "MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT");
  const auto filtered = apply_filters(example(), std::vector{range(1, 9), range(5, 100)}, *find_format("")).value();
  CHECK(fragments(*filtered, "video") == "400 600 800");
  Filter window = range(0, 10);
  window.window = 3 * kTicksPerSecond;
  CHECK(fragments(*apply_filters(example(), std::vector{window, range(0, 1000)}, *find_format("")).value(), "video") ==
        "600 800");
  Filter first = range(0, 100);
  first.first_quality = 1;
  CHECK(kept({first, video}) == "video:1964000 video:640000");
  CHECK(kept({first, first}) == "MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED");
}

TEST_CASE("a time range keeps whole fragments, and the audio that overlaps the video", "[unit][packager]") {
  const auto cut = [](std::uint64_t start, std::uint64_t end, const char* format) {
    return apply_filters(example(), std::vector{range(start, end)}, *find_format(format)).value();
  };
  const auto smooth = cut(3, 8, "");
  CHECK(fragments(*smooth, "video") == "200 400 600");
  CHECK(fragments(*smooth, "a") == "0 202 404 606");  // the first ends at 2.02 s
  CHECK(smooth->start() == 20'000'000);
  CHECK(smooth->duration() == 60'805'442);
  // A transport stream segment has three fragments and its name says so.
  const auto hls = cut(7, 8, "m3u8-aapl");
  CHECK(fragments(*hls, "video") == "600 800 1000");
  CHECK(fragments(*cut(0, 3, "m3u8-aapl-v3"), "video") == "0 200 400");
  CHECK(fragments(*cut(7, 8, "m3u8-cmaf"), "video") == "600");
  CHECK(kept({range(13, 20)}) == "MPE_FILTER_REMOVED_ALL_STREAMS");
  CHECK(kept({range(8, 8)}) == "MPE_FILTER_REMOVED_ALL_STREAMS");
}

TEST_CASE("filtered manifests name fragments of the whole presentation", "[unit][packager]") {
  const auto whole = example();
  Filter filter = range(4, 8);
  filter.name = "middle";
  filter.first_quality = 700'000;
  const std::vector<Filter> filters{filter};
  const auto text = [&](const std::string& tail) {
    const auto request = parse_stream_request(tail).value();
    auto got = answer(whole, request, filters);
    REQUIRE(got);
    return got->body.text();
  };
  const auto error = [&](const std::string& tail) {
    return answer(whole, parse_stream_request(tail).value(), filters).error().detail;
  };
  CHECK_THAT(text("Manifest(filter=middle)"), Catch::Contains(R"(<c t="40000000" d="20000000" r="2" />)"));
  const std::string mpd = text("Manifest(format=mpd-time-csf,filter=middle)");
  CHECK_THAT(mpd, Catch::Contains(R"(presentationTimeOffset="40000000")"));
  CHECK_THAT(mpd, Catch::Contains(R"(<S t="40000000" d="20000000" r="1" />)"));
  CHECK_THAT(mpd, !Catch::Contains("filter="));  // fragments are the same for all
  const std::string master = text("Manifest(format=m3u8-cmaf,filter=middle)");
  CHECK(master.find("QualityLevels(640000)") < master.find("QualityLevels(1964000)"));
  CHECK_THAT(master, Catch::Contains("format=m3u8-cmaf,filter=middle)"));
  filter.first_quality = 3'000'000;
  const auto highest =
      answer(whole, parse_stream_request("Manifest(format=m3u8-cmaf,filter=middle)").value(), std::vector{filter});
  CHECK(highest->body.text().find("QualityLevels(1964000)") < highest->body.text().find("QualityLevels(640000)"));
  const std::string playlist = text("QualityLevels(640000)/Manifest(video,format=m3u8-cmaf,filter=middle)");
  CHECK_THAT(playlist,
             Catch::Contains("Fragments(video=40000000,format=m3u8-cmaf)") && Catch::Contains("#EXT-X-ENDLIST"));
  CHECK_THAT(playlist, !Catch::Contains("video=80000000"));
  CHECK(text("QualityLevels(640000)/Fragments(video=40000000,filter=middle)") ==
        answer(*whole, "QualityLevels(640000)/Fragments(video=40000000)")->body.text());
  CHECK(error("QualityLevels(640000)/Fragments(video=80000000,filter=middle)") == "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
}

TEST_CASE("a filter that cannot be is refused in words", "[unit][packager]") {
  const auto error = [](const Words& words) {
    return TrackCondition::parse(words[0], words[1], words[2]).error().detail;
  };
  for (const Words& words :
       {Words{"Codec", "Equal", "x"}, Words{"Type", "Greater", "video"}, Words{"Bitrate", "Equal", ""},
        Words{"Bitrate", "Equal", "-"}, Words{"Bitrate", "Equal", "9-1"}, Words{"Bitrate", "Equal", "many"}}) {
    CHECK(error(words) == "MPE_FILTER_TRACK_ATTRIBUTE_INVALID");
  }
  CHECK(filter_ticks(90'000, 90'000).value() == kTicksPerSecond);
  CHECK(filter_ticks(INT64_MAX, 1).value() == kUnlimitedTicks);
  CHECK(filter_ticks(-1, 10).error().detail == "MPE_FILTER_RANGE_ATTRIBUTE_INVALID");
  CHECK(filter_ticks(1, 0).error().detail == "MPE_FILTER_RANGE_ATTRIBUTE_INVALID");
}

TEST_CASE("startTime and endTime of a URL cut as a filter does, since 1970", "[unit][packager]") {
  const auto text = [](std::string_view tail) {
    const auto request = parse_stream_request(tail);
    REQUIRE(request);
    const auto got = answer(example(), *request, {});
    return got ? got->body.text() : got.error().detail;
  };
  const auto has = [](const std::string& body, std::string_view part) { return body.find(part) != std::string::npos; };
  CHECK(has(text("Manifest(startTime=1970-01-01T00:00:03Z,endTime=1970-01-01T00:00:08Z)"),
            R"(<c t="20000000" d="20000000" r="3" />)"));
  CHECK(has(text("Manifest(format=mpd-time-csf,endtime=1970-01-01T00:00:04)"), R"(<S d="20000000" r="1" />)"));
  const std::string master = text("Manifest(format=m3u8-cmaf,startTime=1970-01-01T00:00:05.5Z)");
  CHECK(has(master, "Manifest(video,format=m3u8-cmaf,startTime=1970-01-01T00:00:05.5Z)"));
  const std::string list =
      text("QualityLevels(640000)/Manifest(video,format=m3u8-cmaf,startTime=1970-01-01T00:00:05.5Z)");
  CHECK(has(list, "Fragments(video=40000000,format=m3u8-cmaf)\n"));  // a fragment's name stays as it was
  CHECK_FALSE(has(list, "video=20000000"));
  CHECK(text("Manifest(startTime=2017-01-01T00:00:00Z)") == "MPE_FILTER_REMOVED_ALL_STREAMS");
  CHECK(text("Manifest(startTime=soon)") == "MPE_BAD_URL_SYNTAX");
  CHECK(text("Manifest(endTime=1960-01-01T00:00:00Z)") == "MPE_BAD_URL_SYNTAX");
  CHECK(text("QualityLevels(640000)/Fragments(video=0,startTime=1970-01-01T00:00:05Z)") ==
        "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
}
