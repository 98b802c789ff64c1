// Fragmented files as sources: made by our own writer and by FFmpeg's muxers from a plain file whose samples are known.
#include "packager/index_store.hpp"
#include "packager/origin.hpp"
#include "schema/base/text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/media.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/source_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

constexpr const char* kIsm = R"(<smil><body><video src="clip_640.mp4"/></body></smil>)";

std::shared_ptr<const Presentation> load(std::map<std::string, std::string> files, const std::string& ism = "a.ism") {
  IndexStore store;
  const auto lookup = test::memory_lookup(std::move(files));
  const auto loaded = load_presentation(ism, lookup, store);
  REQUIRE(loaded);
  return *loaded;
}

// The level as one fragmented file: its init segment and all of its fragments, but for what is `left_out`.
std::string fragmented(const Presentation& presentation, const Level& level, const std::string& noun,
                       const char* format = "mpd-time-csf", std::size_t left_out = SIZE_MAX) {
  std::string bytes;
  const auto get = [&](const std::string& when) {
    auto got = answer(presentation,
                      fmt::format("QualityLevels({})/Fragments({}={},format={})", level.bitrate, noun, when, format));
    REQUIRE(got);
    return got->body.text();
  };
  bytes = get("i");
  const auto& fragments = level.plan.fragments();
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (i != left_out) bytes += get(std::to_string(fragments[i].start));
  }
  return bytes;
}

std::string error_of(const std::string& bytes) {
  const auto index = build_media_index(as_bytes(bytes));
  return index ? "" : index.error().message;
}

}  // namespace

TEST_CASE("a fragmented file has the samples of the file that it was made of", "[unit][packager]") {
  auto files = test::example_asset();
  files["a.ism"] = kIsm;
  const auto plain = load(files);
  const Level& level = plain->video()->levels[0];
  const std::string bytes = fragmented(*plain, level, "video");
  const auto index = build_media_index(as_bytes(bytes)).value();
  REQUIRE(index->tracks().size() == 1);
  const SampleTable& samples = index->tracks()[0].samples;
  REQUIRE(samples.count() == level.samples().count());
  REQUIRE(samples.stored_fragments().size() == level.plan.fragments().size());
  bool equal = true;
  auto original = level.samples().samples(0, samples.count());
  const auto source = level.source->file->bytes();
  for (auto c = samples.samples(0, samples.count()); !c.done(); c.next(), original.next()) {
    const auto& a = c.view();
    const auto& b = original.view();
    equal = equal && a.size == b.size && a.sync == b.sync &&
            a.decode_time == to_ticks(b.decode_time, level.info().timescale) &&
            std::ranges::equal(as_bytes(bytes).subspan(a.file_offset, a.size), source.subspan(b.file_offset, b.size));
  }
  CHECK(equal);

  files["a.ism"] = R"(<smil><body><video src="clip.ismv"/></body></smil>)";
  files["clip.ismv"] = bytes;
  const auto again = load(files);
  const auto& was = level.plan.fragments();
  const auto& is = again->video()->levels[0].plan.fragments();
  CHECK(is == was);
  CHECK(fragmented(*again, again->video()->levels[0], "video") == bytes);  // and so on for ever
}

TEST_CASE("stored fragments stay as they are, also where one is missing", "[unit][packager]") {
  auto files = test::example_asset();
  const auto plain = load(files, "clip.ism");
  const Stream& audio = *plain->audio()[0];
  const auto& all = audio.timeline().fragments();
  files["a.ism"] = R"(<smil><body><audio src="a.isma"/></body></smil>)";
  files["a.isma"] = fragmented(*plain, audio.levels[0], audio.name, "mpd-time-cmaf", 2);
  const auto with_gap = load(files);
  const auto& kept = with_gap->audio()[0]->timeline().fragments();
  REQUIRE(kept.size() == all.size() - 1);
  CHECK(kept[2].start == all[3].start);
  CHECK(kept[1].end() == all[3].start);  // the chunk lasts until the next one begins
  files["a.isma"] = fragmented(*plain, audio.levels[0], audio.name, "mpd-time-cmaf", 0);
  CHECK(load(files)->audio()[0]->timeline().fragments()[0].start == all[1].start);
}

TEST_CASE("what FFmpeg's fragmenting muxers write is served frame for frame", "[packager]") {
  const test::TemporaryFolder folder;
  test::make_clip(folder.path() / "clip.mp4", {.seconds = 7, .width = 320, .height = 180});
  const auto in = [&](const char* name) { return (folder.path() / name).string(); };
  test::write_text(folder.path() / "plain.ism",
                   R"(<smil><body><video src="clip.mp4"/><audio src="clip.mp4"/></body></smil>)");
  IndexStore store;
  const auto plain = load_presentation("plain.ism", test::folder_lookup(folder.path()), store).value();
  const std::string options =
      GENERATE("-f ismv", "-f mp4 -movflags frag_keyframe+empty_moov+default_base_moof",
               "-f mp4 -movflags frag_keyframe+empty_moov",
               "-f mp4 -movflags frag_every_frame+empty_moov+omit_tfhd_offset", "-f mp4 -movflags cmaf+frag_keyframe");
  CAPTURE(options);
  REQUIRE(test::run_command("ffmpeg -v error -y -i " + in("clip.mp4") + " -c copy " + options + " " + in("a.ismv"))
              .status == 0);
  test::write_text(folder.path() / "a.ism", R"(<smil><body><video src="a.ismv"/><audio src="a.ismv"/></body></smil>)");
  const auto loaded = load_presentation("a.ism", test::folder_lookup(folder.path()), store);
  REQUIRE(loaded);
  for (const bool video : {true, false}) {
    const Stream& stream = video ? *(*loaded)->video() : *(*loaded)->audio()[0];
    const Stream& original = video ? *plain->video() : *plain->audio()[0];
    CHECK(stream.levels[0].samples().count() == original.levels[0].samples().count());
    const auto file = folder.path() / "out.mp4";
    test::write_text(file, fragmented(**loaded, stream.levels[0], stream.name));
    const auto decoded = test::decode_all(file.string());
    REQUIRE(decoded.size() == 1);
    CHECK(decoded[0].frames == static_cast<long>(original.levels[0].samples().count()));
  }
}

TEST_CASE("the Smooth set of the real service is served with the chunks of its client manifest", "[packager]") {
  const auto set = test::test_media() / "ams-smooth";
  if (!std::filesystem::exists(set)) {
    WARN("skipped: there is no " << set.string());
    return;
  }
  IndexStore store;
  const auto loaded = load_presentation("BigBuckBunny.ism", test::folder_lookup(set), store);
  REQUIRE(loaded);
  const Presentation& presentation = **loaded;
  const auto& video = presentation.video()->timeline().fragments();
  REQUIRE(video.size() == 2);
  CHECK(video[0].duration == 50'090'000);
  CHECK(video[1].start == 50'090'000);
  CHECK(presentation.video()->levels[0].bitrate == 2'862'836);
  const auto& audio = presentation.audio().at(0)->timeline().fragments();
  REQUIRE(audio.size() == 5);
  CHECK(audio[1].start == 20'201'360);
  CHECK(audio[4].start == 80'805'442);
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "v.mp4", fragmented(presentation, presentation.video()->levels[0], "video"));
  const auto decoded = test::decode_all((folder.path() / "v.mp4").string());
  REQUIRE(decoded.size() == 1);
  CHECK(decoded[0].frames == static_cast<long>(presentation.video()->levels[0].samples().count()));
  CHECK(decoded[0].width == 1280);
}

TEST_CASE("hostile fragments are refused in words", "[unit][packager]") {
  auto files = test::example_asset();
  files["a.ism"] = kIsm;
  const auto plain = load(files);
  const std::string whole = fragmented(*plain, plain->video()->levels[0], "video");
  const auto broken = [&whole](const char* box, std::size_t at, std::uint32_t value) {
    std::string bytes = whole;
    const std::size_t found = bytes.find(box, bytes.find("moof"));
    REQUIRE(found != std::string::npos);
    for (unsigned i = 0; i < 4; ++i) bytes[found + 4 + at + i] = static_cast<char>(value >> (8 * (3 - i)));
    return error_of(bytes);
  };
  CHECK_THAT(broken("trun", 4, 0xffffffff), Catch::Contains("'trun'"));        // count of samples
  CHECK_THAT(broken("trun", 8, 0x7fffffff), Catch::Contains("outside"));       // data offset
  CHECK_THAT(broken("trun", 8, 0x80000000), Catch::Contains("outside"));       // before the file
  CHECK_THAT(broken("trun", 16, 0x7fffffff), Catch::Contains("cut short"));    // size of the first sample
  CHECK_THAT(broken("trun", 12, 0xffffffff), Catch::Contains("duration"));     // its duration
  CHECK_THAT(broken("tfhd", 0, 0x7f), Catch::Contains("tfhd"));                // fields that are not there
  CHECK_THAT(broken("tfdt", 4, 0xffffffff), Catch::Contains("out of range"));  // a start past all time
  CHECK_THAT(error_of(whole.substr(0, whole.size() - 1)), Catch::Contains("cut short"));
  CHECK_THAT(error_of(whole.substr(0, whole.find("moof") - 4)), Catch::Contains("no audio or video samples"));
  std::string backwards = whole;
  const auto second = backwards.find("moof", backwards.find("moof") + 4);
  backwards[backwards.find("tfdt", second) + 15] = 0;
  for (unsigned i = 8; i < 16; ++i) backwards[backwards.find("tfdt", second) + i] = 0;
  CHECK_THAT(error_of(backwards), Catch::Contains("backwards"));

  std::mt19937 random(7);
  const std::size_t moof = whole.find("moof");
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes = whole.substr(0, moof + 4'000);
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      bytes[moof - 4 + random() % 600] = static_cast<char>(random());
    }
    (void)build_media_index(as_bytes(bytes));  // any answer will do
  }
}
