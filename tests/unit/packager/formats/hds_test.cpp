// HDS: the manifest with its bootstrap taken apart, and fragments whose FLV tags FFmpeg decodes.
#include "packager/index_store.hpp"
#include "packager/mp4/box_io.hpp"
#include "packager/origin.hpp"
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/media.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"
#include "tests/support/source_folder.hpp"

#include <catch2/catch.hpp>
#include <pugixml.hpp>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

std::shared_ptr<const Presentation> example() {
  IndexStore store;
  auto loaded = load_presentation("clip.ism", test::memory_lookup(test::example_asset()), store);
  REQUIRE(loaded);
  return *loaded;
}

std::string get(const Presentation& presentation, const std::string& tail) {
  CAPTURE(tail);
  const auto got = answer(presentation, tail);
  REQUIRE(got);
  return got->body.text();
}

std::string error_of(const Presentation& presentation, const std::string& tail) {
  const auto got = answer(presentation, tail);
  return got ? "" : got.error().detail;
}

// Fragments as the bootstrap counts them: "number:start+duration" in milliseconds for each run.
std::string fragment_runs(const std::string& base64) {
  const auto bytes = base64_decode(base64).value();
  const auto* at = bytes.data();
  REQUIRE(mp4::read_be(at + 4, 4) == mp4::fourcc("abst"));
  REQUIRE(mp4::read_be(at, 4) == bytes.size());
  const auto text = as_text(bytes);
  const auto* run = at + text.find("afrt") + 4 + 4 + 4 + 1;
  std::string out;
  for (auto count = mp4::read_be(run, 4); count > 1; --count, run += 16) {
    out += fmt::format("{}:{}+{} ", mp4::read_be(run + 4, 4), mp4::read_be(run + 8, 8), mp4::read_be(run + 16, 4));
  }
  CHECK(mp4::read_be(run + 16, 4) == 0);  // the end
  CHECK(run + 4 + 17 == at + bytes.size());
  const auto* segments = at + text.find("asrt") + 4 + 4 + 1;
  return out + fmt::format("of {}", mp4::read_be(segments + 8, 4));
}

}  // namespace

TEST_CASE("an F4M manifest lists every level with the bootstrap of its fragments", "[unit][packager][golden]") {
  const auto presentation = example();
  const std::string text = get(*presentation, "Manifest(format=f4m-f4f)");
  CHECK(answer(*presentation, "Manifest(format=f4m-f4f)")->content_type == "application/f4m+xml");
  pugi::xml_document document;
  REQUIRE(document.load_buffer(text.data(), text.size()));
  const auto manifest = document.child("manifest");
  CHECK(std::string{manifest.attribute("xmlns").value()} == "http://ns.adobe.com/f4m/1.0");
  CHECK(std::string{manifest.child_value("id")} == "clip");
  CHECK(std::string{manifest.child_value("streamType")} == "recorded");
  CHECK(std::string{manifest.child_value("duration")} == "12.004");
  CHECK(fragment_runs(manifest.child_value("bootstrapInfo")) == "1:0+2000 of 6");
  std::vector<std::string> media;
  for (const auto each : manifest.children("media")) {
    CHECK(std::string{each.attribute("bootstrapInfoId").value()} == "b1");
    const auto metadata = base64_decode(each.child_value("metadata")).value();
    CHECK(as_text(metadata).find("onMetaData") == 3);
    media.push_back(fmt::format("{} {}x{} {}", each.attribute("bitrate").value(), each.attribute("width").value(),
                                each.attribute("height").value(), each.attribute("url").value()));
  }
  CHECK(media ==
        std::vector<std::string>{
            "2089 1280x720 QualityLevels(1964000)/Fragments(video=0,format=f4m-f4f,audiotrack=AAC_und_ch2_128kbps)",
            "765 640x360 QualityLevels(640000)/Fragments(video=0,format=f4m-f4f,audiotrack=AAC_und_ch2_128kbps)"});
}

TEST_CASE("fragments of HDS are counted from the time in their name", "[unit][packager]") {
  const auto presentation = example();
  const std::string level = "QualityLevels(640000)/Fragments(video=";
  const auto third = get(*presentation, level + "0,format=f4m-f4f)Seg1-Frag3");
  CHECK(get(*presentation, level + "20000000,format=f4m-f4f)Seg1-Frag2") == third);
  CHECK(third.substr(4, 4) == "mdat");
  CHECK(mp4::read_be(as_bytes(third).data(), 4) == third.size());
  CHECK(error_of(*presentation, level + "0,format=f4m-f4f)") == "MPE_BAD_URL_SYNTAX");
  for (const auto* tail : {"Seg1-Frag0", "Seg2-Frag1", "Seg1-Frag", "Seg1-Frag-1", "/x"}) {
    CHECK(error_of(*presentation, level + "0,format=f4m-f4f)" + tail) == "MPE_BAD_URL_SYNTAX");
  }
  CHECK(error_of(*presentation, level + "0)Seg1-Frag1") == "MPE_BAD_URL_SYNTAX");
  CHECK(error_of(*presentation, level + "0,format=f4m-f4f)Seg1-Frag7") == "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(error_of(*presentation, level + "20000000,format=f4m-f4f)Seg1-Frag18446744073709551615") ==
        "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(error_of(*presentation, level + "1,format=f4m-f4f)Seg1-Frag1") == "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");

  // A filtered manifest counts from the first fragment that it lists.
  Filter late{.name = "late"};
  late.start = 45'000'000;
  const auto request = parse_stream_request("Manifest(format=f4m-f4f,filter=late)");
  REQUIRE(request);
  const auto filtered = answer(presentation, *request, std::vector{late});
  REQUIRE(filtered);
  CHECK(filtered->body.text().find("Fragments(video=40000000,format=f4m-f4f") != std::string::npos);
}

TEST_CASE("all fragments of HDS behind an FLV header decode to the frames of the source", "[packager]") {
  const test::TemporaryFolder folder;
  test::make_clip(folder.path() / "clip.mp4", {.seconds = 7, .width = 320, .height = 180});
  test::write_text(folder.path() / "clip.ism",
                   R"(<smil><body><video src="clip.mp4"/><audio src="clip.mp4" title="a"/></body></smil>)");
  IndexStore store;
  const auto loaded = load_presentation("clip.ism", test::folder_lookup(folder.path()), store);
  REQUIRE(loaded);
  const Stream& video = *(*loaded)->video();
  using namespace std::string_literals;
  std::string flv = "FLV\1\5\0\0\0\x09\0\0\0\0"s;
  for (std::size_t n = 1; n <= video.timeline().fragments().size(); ++n) {
    flv += get(**loaded, fmt::format("QualityLevels({})/Fragments(video=0,format=f4m-f4f)Seg1-Frag{}",
                                     video.levels[0].bitrate, n))
               .substr(8);
  }
  test::write_text(folder.path() / "all.flv", flv);
  const auto decoded = test::decode_all((folder.path() / "all.flv").string());
  REQUIRE(decoded.size() == 2);
  for (const auto& each : decoded) {
    const Stream& source = each.type == "video" ? video : *(*loaded)->audio()[0];
    CHECK(each.frames == static_cast<long>(source.levels[0].samples().count()));
  }
}

TEST_CASE("HDS of sound alone lists the sound, and other codecs are refused", "[unit][packager]") {
  auto files = test::example_asset();
  files["clip.ism"] = R"(<smil><body><audio src="clip_640.mp4" title="a"/></body></smil>)";
  IndexStore store;
  const auto sound = load_presentation("clip.ism", test::memory_lookup(files), store);
  REQUIRE(sound);
  CHECK(get(**sound, "Manifest(format=f4m-f4f)").find("Fragments(a=0,format=f4m-f4f)\"") != std::string::npos);
  CHECK(get(**sound, "QualityLevels(125588)/Fragments(a=0,format=f4m-f4f)Seg1-Frag2").substr(4, 4) == "mdat");
}
