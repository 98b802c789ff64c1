// What the origin sends is decoded by FFmpeg: every fragment of every level behind its init segment, frame for frame as
// many as the source has.
#include "packager/index_store.hpp"
#include "packager/origin.hpp"
#include "tests/support/command.hpp"
#include "tests/support/media.hpp"
#include "tests/support/result.hpp"
#include "tests/support/source_folder.hpp"

#include <cstdlib>

using namespace lazulite;
using namespace lazulite::packager;

namespace {

void check_all_levels(const Presentation& presentation, const char* format, const std::filesystem::path& folder) {
  for (const Stream& stream : presentation.streams()) {
    for (const Level& level : stream.levels) {
      const auto get = [&](const std::string& when) {
        auto got = answer(presentation, "QualityLevels(" + std::to_string(level.bitrate) + ")/Fragments(" +
                                            stream.name + "=" + when + ",format=" + format + ")");
        REQUIRE(got);
        return got->body.text();
      };
      std::string bytes = get("i");
      for (const auto& fragment : level.plan.fragments()) bytes += get(std::to_string(fragment.start));
      const auto file = folder / (stream.name + std::to_string(level.bitrate) + ".mp4");
      test::write_text(file, bytes);
      const auto decoded = test::decode_all(file.string());
      CAPTURE(stream.name, level.bitrate, format);
      REQUIRE(decoded.size() == 1);
      CHECK(decoded[0].frames == static_cast<long>(level.samples().count()));
      if (stream.kind == TrackKind::kVideo) CHECK(decoded[0].width == level.info().width);
    }
  }
}

std::filesystem::path media_folder() {
  const char* given = std::getenv("LAZULITE_TEST_MEDIA");
  return given != nullptr ? std::filesystem::path(given)
                          : std::filesystem::path(LAZULITE_SOURCE_DIR) / "../shared/media";
}

}  // namespace

TEST_CASE("an uploaded clip of FFmpeg decodes from every fragmented format", "[packager]") {
  const test::TemporaryFolder folder;
  test::make_clip(folder.path() / "clip.mp4", {.seconds = 7, .width = 320, .height = 180});
  test::write_text(folder.path() / "clip.ism",
                   R"(<smil><body><video src="clip.mp4"/><audio src="clip.mp4" title="a"/></body></smil>)");
  IndexStore store(folder.path() / "idx");
  const auto presentation = load_presentation("clip.ism", test::folder_lookup(folder.path()), store);
  REQUIRE(presentation);
  for (const auto* format : {"mpd-time-csf", "mpd-time-cmaf"}) check_all_levels(**presentation, format, folder.path());
}

TEST_CASE("the MP4 set of the real service is published as uploaded and decodes", "[packager]") {
  const auto set = media_folder() / "ams-mp4-set";
  if (!std::filesystem::exists(set)) {
    WARN("skipped: there is no " << set.string());
    return;
  }
  const test::TemporaryFolder folder;
  IndexStore store;
  const auto loaded = load_presentation("BigBuckBunny_3400.ism", test::folder_lookup(set), store);
  REQUIRE(loaded);
  const Presentation& presentation = **loaded;
  REQUIRE(presentation.streams().size() == 2);
  CHECK(presentation.video()->levels.size() == 6);
  CHECK(presentation.audio().at(0)->name == "audio");  // the .ism gives no title
  CHECK(presentation.audio()[0]->language == "eng");
  CHECK(presentation.video()->timeline().fragments().size() == 5);
  CHECK(presentation.video()->levels[5].samples().count() == 202);
  CHECK(presentation.audio()[0]->levels[0].samples().count() == 364);
  check_all_levels(presentation, "mpd-time-csf", folder.path());
}
