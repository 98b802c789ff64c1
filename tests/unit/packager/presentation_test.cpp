#include "packager/presentation.hpp"

#include "packager/index_store.hpp"
#include "packager/media_index_cache.hpp"
#include "packager/origin.hpp"
#include "tests/support/command.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"

#include <atomic>
#include <thread>

using namespace lazulite;
using namespace lazulite::packager;
using test::audio_track;
using test::build_mp4;
using test::memory_lookup;
using test::video_track;

namespace {

Result<std::shared_ptr<const Presentation>> load(const std::map<std::string, std::string>& files,
                                                 std::string_view name = "clip.ism") {
  IndexStore store;
  return load_presentation(name, memory_lookup(files), store);
}

std::string ism(const std::string& body, const std::string& head = "") {
  return "<smil>" + head + "<body><switch>" + body + "</switch></body></smil>";
}

std::string clip_bytes() {
  return build_mp4({.tracks = {video_track(150, 12800, 512, 50, 300'000), audio_track(260, 44100, 90'000)}});
}

}  // namespace

TEST_CASE("the example asset has the streams of delivery.md 1.5", "[unit][packager]") {
  const auto loaded = load(test::example_asset());
  REQUIRE(loaded);
  const Presentation& p = **loaded;
  CHECK(p.name() == "clip.ism");
  REQUIRE(p.streams().size() == 2);
  CHECK(p.duration() == 120047165);
  CHECK(p.fragments_per_hls_segment() == 3);
  CHECK(p.sources().size() == 2);  // one file serves as video and as audio
  const Stream& video = *p.video();
  REQUIRE(video.levels.size() == 2);
  CHECK(video.levels[0].bitrate == 1964000);
  CHECK(video.levels[1].bitrate == 640000);
  CHECK(p.audio().at(0)->name == "AAC_und_ch2_128kbps");
  CHECK(p.audio()[0]->levels[0].bitrate == 125588);
  CHECK(p.audio()[0]->language.empty());
  CHECK(p.find_stream("aac_UND_ch2_128kbps") == p.audio()[0]);
  CHECK(p.find_stream("AAC") == nullptr);
  CHECK(p.last_modified() == Timestamp{std::chrono::seconds{1'700'000'000}});
  CHECK(load(test::example_asset()).value()->version() == p.version());
  auto changed = test::example_asset();
  changed["clip.ism"] += " ";
  CHECK(load(changed).value()->version() != p.version());
}

TEST_CASE("audio tracks get names that URLs can carry", "[unit][packager]") {
  auto files = test::example_asset();
  const std::string audio = R"(<audio src="clip_640.mp4" )";
  files["clip.ism"] =
      ism(audio + "/>" + audio + "/>" + audio + R"x(title="a,b=(c)"/>)x" + audio + R"(title="x"/>)" + audio +
          R"(title="x"/>)" + audio + R"(title="video"><param name="systemLanguage" value="deu"/></audio>)" +
          R"(<video src="clip_640.mp4"/>)");
  const auto loaded = load(files);
  REQUIRE(loaded);
  std::vector<std::string> names;
  for (const auto& stream : (*loaded)->streams()) names.push_back(stream.name);
  CHECK(names == std::vector<std::string>{"audio", "audio_1", "a_b__c_", "x", "x_1", "video_1", "video"});
  CHECK((*loaded)->streams()[5].language == "deu");
}

TEST_CASE("equal bitrates are made unique, and a given one is taken", "[unit][packager]") {
  std::map<std::string, std::string> files{{"a.mp4", clip_bytes()}};
  files["clip.ism"] = ism(R"(<video src="a.mp4"/><video src="a.mp4"/><video src="a.mp4" systemBitrate="999"/>)");
  const auto loaded = load(files);
  REQUIRE(loaded);
  const auto& levels = (*loaded)->streams()[0].levels;
  CHECK(levels[0].bitrate == 400001);
  CHECK(levels[1].bitrate == 400000);
  CHECK(levels[2].bitrate == 999);
}

TEST_CASE("an .ism may begin with a byte-order mark, lack its head, and choose tracks and packing",
          "[unit][packager]") {
  auto second = video_track(150, 12800, 512, 50, 600'000);
  second.id = 9;
  std::map<std::string, std::string> files;
  files["a.mp4"] = build_mp4({.tracks = {video_track(150, 12800, 512, 50, 300'000), second}});
  files["clip.ism"] = "\xef\xbb\xbf" + ism(R"(<video src="a.mp4"><param name="trackID" value="9"/></video>)",
                                           R"(<head><meta name="fragmentsPerHLSSegment" content="1"/></head>)");
  const auto loaded = load(files);
  REQUIRE(loaded);
  CHECK((*loaded)->streams()[0].levels[0].info().id == 9);
  CHECK((*loaded)->fragments_per_hls_segment() == 1);
}

TEST_CASE("what cannot be published says why", "[unit][packager]") {
  std::map<std::string, std::string> files{{"a.mp4", clip_bytes()}};
  const auto detail = [&files](const std::string& body) {
    files["clip.ism"] = body;
    const auto loaded = load(files);
    return loaded ? std::string{} : std::string(error_code_name(loaded.error().code)) + " " + loaded.error().detail;
  };
  CHECK(load(files).error().detail == "MPE_RESOURCE_NOT_FOUND");
  CHECK(detail("") == "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  CHECK(detail("not a manifest") == "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  CHECK(detail(ism("")) == "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  CHECK(detail(ism(R"(<video src="gone.mp4"/>)")) == "NotFound MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(detail(ism(R"(<video src="a.mp4"/><audio src="gone.mp4"/>)")) == "NotFound MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(detail(ism(R"(<video src="clip.ism"/>)")) == "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  CHECK(detail(ism(R"(<video src="a.mp4"><param name="trackID" value="77"/></video>)")) ==
        "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  files["cut.mp4"] = clip_bytes().substr(0, 100'000);
  CHECK(detail(ism(R"(<video src="cut.mp4"/>)")) == "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  files["empty.mp4"] = "";
  CHECK(detail(ism(R"(<video src="empty.mp4"/>)")) == "Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED");
  auto odd = video_track(50, 12800, 512, 50, 40'000);
  odd.sample_entry = "mp4v";
  files["odd.mp4"] = build_mp4({.tracks = {odd}});
  CHECK(detail(ism(R"(<video src="odd.mp4"/>)")) == "Unsupported MPE_MEDIA_ENCODING_NOT_SUPPORTED");
  files["other.mp4"] = build_mp4({.tracks = {video_track(150, 12800, 512, 75, 100'000)}});
  CHECK(detail(ism(R"(<video src="a.mp4"/><video src="other.mp4"/>)")) ==
        "Unsupported MPE_KEY_FRAME_INTERVAL_TOO_LARGE");
  std::string many;
  for (int i = 0; i < 65; ++i) many += R"(<video src="a.mp4"/>)";
  CHECK(detail(ism(many)) == "Unsupported MPE_FORMAT_NOT_SUPPORTED");
}

TEST_CASE("indexes are kept beside the process and built anew when their source changes", "[unit][packager]") {
  const test::TemporaryFolder folder;
  const auto idx_files = [&folder] {
    return std::distance(std::filesystem::directory_iterator(folder.path() / "idx"),
                         std::filesystem::directory_iterator());
  };
  std::map<std::string, std::string> files{{"a.mp4", clip_bytes()}, {"clip.ism", ism(R"(<video src="a.mp4"/>)")}};
  {
    IndexStore store(folder.path() / "idx");
    REQUIRE(load_presentation("clip.ism", memory_lookup(files), store));
    CHECK(idx_files() == 1);
  }
  IndexStore store(folder.path() / "idx");
  const auto again = load_presentation("clip.ism", memory_lookup(files), store);
  REQUIRE(again);
  CHECK((*again)->streams()[0].timeline().fragments().size() == 3);
  CHECK(idx_files() == 1);
  for (const auto& file : std::filesystem::directory_iterator(folder.path() / "idx")) {
    test::write_text(file.path(), "damaged");
  }
  REQUIRE(load_presentation("clip.ism", memory_lookup(files), store));  // built over the damaged one
  files["a.mp4"] = build_mp4({.tracks = {video_track(250, 12800, 512, 50, 300'000)}});
  const auto changed = load_presentation("clip.ism", memory_lookup(files), store);
  REQUIRE(changed);
  CHECK((*changed)->streams()[0].timeline().fragments().size() == 5);
  CHECK(idx_files() == 2);
  IndexStore pruned(folder.path() / "idx", 1);
  CHECK(idx_files() == 0);
}

TEST_CASE("a large index is mapped from its file", "[unit][packager]") {
  const test::TemporaryFolder folder;
  auto video = video_track(90'000, 12800, 512, 50, 9'000'000);
  for (int i = 0; i < 90'000; ++i) video.offsets.push_back(i % 3 * 512);
  std::map<std::string, std::string> files{{"a.mp4", build_mp4({.tracks = {video}})},
                                           {"clip.ism", ism(R"(<video src="a.mp4"/>)")}};
  IndexStore store(folder.path());
  for (int round = 0; round < 2; ++round) {
    const auto loaded = load_presentation("clip.ism", memory_lookup(files), store);
    REQUIRE(loaded);
    CHECK((*loaded)->open_files() == 2);
    CHECK((*loaded)->sources()[0]->index->mapped());
    CHECK((*loaded)->video()->levels[0].samples().file_offset(89'999) + video.sizes.back() == files["a.mp4"].size());
  }
}

TEST_CASE("the cache keeps what is used within its limits", "[unit][packager]") {
  const auto loaded = load(test::example_asset()).value();
  MediaIndexCache cache({.max_bytes = 3 * loaded->memory_bytes() + 3000, .max_files = 100});
  int loads = 0;
  const auto get = [&](const std::string& key) {
    return cache.get(key, [&]() -> Result<MediaIndexCache::Value> {
      ++loads;
      return loaded;
    });
  };
  for (const auto* key : {"a", "b", "c", "a", "b"}) CHECK(get(key).value() == loaded);
  CHECK(loads == 3);
  CHECK(get("d"));  // pushes out c, which was used least recently
  CHECK(cache.find("c") == nullptr);
  CHECK(cache.find("a") != nullptr);
  CHECK(cache.statistics().evictions == 1);
  CHECK(cache.statistics().entries == 3);
  CHECK(cache.statistics().bytes <= 3 * loaded->memory_bytes() + 3000);
  cache.erase("a");
  CHECK(cache.find("a") == nullptr);
  MediaIndexCache few_files({.max_bytes = 1 << 30, .max_files = 4});
  for (const auto* key : {"a", "b", "c"}) {
    CHECK(few_files.get(key, [&]() -> Result<MediaIndexCache::Value> { return loaded; }));
  }
  CHECK(loaded->open_files() == 2);  // small indexes are in memory, not mapped
  CHECK(few_files.statistics().files == 4);
  CHECK(few_files.find("a") == nullptr);
}

TEST_CASE("a key is loaded once however many ask, and failures are not kept", "[unit][packager]") {
  const auto loaded = load(test::example_asset()).value();
  MediaIndexCache cache;
  std::atomic<int> loads{0}, entered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      ++entered;
      const auto got = cache.get("key", [&]() -> Result<MediaIndexCache::Value> {
        ++loads;
        while (entered < 8) std::this_thread::yield();
        return loaded;
      });
      if (!got || *got != loaded) ++loads;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(loads == 1);
  const auto failing = [&]() -> Result<MediaIndexCache::Value> {
    ++loads;
    return fail(ErrorCode::kNotFound, "gone");
  };
  CHECK_FALSE(cache.get("other", failing));
  CHECK_FALSE(cache.get("other", failing));
  CHECK(loads == 3);
}
