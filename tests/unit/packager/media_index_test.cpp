#include "packager/media_index.hpp"

#include "packager/mp4/box_io.hpp"
#include "schema/base/text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

using namespace lazulite;
using namespace lazulite::packager;
using test::audio_track;
using test::build_mp4;
using test::Mp4File;
using test::Mp4Track;
using test::video_track;

namespace {

std::shared_ptr<const MediaIndex> index_of(const Mp4File& file) {
  auto index = build_media_index(as_bytes(build_mp4(file)));
  REQUIRE(index);
  return *index;
}

// Every sample of the table is what the test put in; one by one, and by a cursor from every start.
void check_samples(const SampleTable& table, const Mp4Track& track) {
  REQUIRE(table.count() == track.sizes.size());
  std::uint64_t time = 0;
  bool equal = true;
  auto cursor = table.samples(0, table.count());
  for (std::uint32_t i = 0; i < table.count(); ++i, cursor.next()) {
    const SampleView one = table.sample(i);
    const SampleView& walked = cursor.view();
    const bool sync = track.sync.empty() || std::binary_search(track.sync.begin(), track.sync.end(), i);
    const std::int32_t offset = track.offsets.empty() ? 0 : track.offsets[i];
    equal = equal && one.size == track.sizes[i] && one.duration == track.durations[i] && one.decode_time == time &&
            one.composition_offset == offset && one.sync == sync && one.file_offset == table.file_offset(i) &&
            walked.size == one.size && walked.duration == one.duration && walked.decode_time == one.decode_time &&
            walked.composition_offset == one.composition_offset && walked.sync == one.sync &&
            walked.file_offset == one.file_offset && table.is_sync(i) == sync && table.decode_time(i) == time;
    time += track.durations[i];
  }
  CHECK(cursor.done());
  CHECK(equal);
  CHECK(table.end_time() == time);
}

// The byte that the builder fills samples with stands at the end of each.
void check_places(const SampleTable& table, const std::string& file) {
  bool equal = true;
  for (auto c = table.samples(0, table.count()); !c.done(); c.next()) {
    const auto last = static_cast<unsigned char>(file[c.view().file_offset + c.view().size - 1]);
    equal = equal && last == 0x80 + c.number() % 64;
  }
  CHECK(equal);
}

Mp4Track difficult_video() {
  Mp4Track track = video_track(500, 30000, 1001, 48, 400'000);
  std::mt19937 random(7);
  for (auto& duration : track.durations) duration = static_cast<std::uint32_t>(1000 + random() % 3);
  for (std::uint32_t i = 0; i < 500; ++i) track.offsets.push_back(static_cast<std::int32_t>(random() % 5000) - 1000);
  return track;
}

std::string error_of(std::string_view bytes) {
  const auto index = build_media_index(as_bytes(bytes));
  if (index) return "";
  CHECK(index.error().code == ErrorCode::kUnsupported);
  CHECK(index.error().detail == "MPE_INPUT_FORMAT_NOT_SUPPORTED");
  return index.error().message;
}

}  // namespace

TEST_CASE("an index holds every sample of every track", "[unit][packager]") {
  Mp4Track few_offsets = video_track(250, 12800, 512, 50, 3'000'000);
  for (int i = 0; i < 250; ++i) few_offsets.offsets.push_back(i % 3 * 512);
  for (const Mp4Track& video : {difficult_video(), few_offsets, video_track(1, 1000, 40, 1, 70'000)}) {
    const Mp4Track audio = audio_track(400, 44100, 100'000);
    for (const std::uint32_t chunk : {0U, 1U, 7U, 100U}) {
      const Mp4File file{.tracks = {video, audio},
                         .samples_per_chunk = chunk,
                         .moov_first = chunk != 7,
                         .wide_offsets = chunk == 1,
                         .wide_mdat = chunk == 100};
      const auto index = index_of(file);
      const std::string bytes = build_mp4(file);
      REQUIRE(index->tracks().size() == 2);
      CHECK(index->source_size() == bytes.size());
      check_samples(index->tracks()[0].samples, video);
      check_samples(index->tracks()[1].samples, audio);
      check_places(index->tracks()[0].samples, bytes);
      check_places(index->tracks()[1].samples, bytes);
    }
  }
}

TEST_CASE("searches find samples by time and by sync", "[unit][packager]") {
  const auto index = index_of({.tracks = {video_track(300, 12800, 512, 50, 100'000)}});
  const SampleTable& table = index->tracks()[0].samples;
  CHECK(table.first_at_or_after(0) == 0);
  CHECK(table.first_at_or_after(513) == 2);
  CHECK(table.first_at_or_after(512 * 299) == 299);
  CHECK(table.first_at_or_after(512 * 299 + 1) == 300);
  CHECK(table.next_sync(0) == 0);
  CHECK(table.next_sync(1) == 50);
  CHECK(table.next_sync(251) == 300);
  auto middle = table.samples(49, 2);
  CHECK_FALSE(middle.view().sync);
  middle.next();
  CHECK(middle.view().sync);
}

TEST_CASE("an index tells the format of its tracks", "[unit][packager]") {
  Mp4Track video = video_track(50, 12800, 512, 50, 40'000);
  video.id = 3;
  video.language = "fra";
  const auto index = index_of({.tracks = {video, audio_track(100, 48000, 20'000)}});
  const TrackInfo& v = index->find(TrackKind::kVideo)->info;
  CHECK(v.id == 3);
  CHECK(v.codec == Codec::kH264);
  CHECK(v.sample_entry == "avc1");
  CHECK(v.language == "fra");
  CHECK(v.width == 640);
  CHECK(v.display_height == 360);
  CHECK(v.bitrate == 40'000 * 8 * 25 / 50);
  CHECK(v.nal_length_size == 4);
  CHECK(to_hex(v.sps.at(0)) == "674d401f");
  const TrackInfo& a = index->find(TrackKind::kAudio)->info;
  CHECK(a.codec == Codec::kAac);
  CHECK(a.sample_rate == 48000);
  CHECK(a.channels == 2);
  CHECK(a.audio_object_type == 2);
  CHECK(a.bitrate == 75'000);  // floor(8 × 20000 × 48000 / 102400)
  CHECK(index->find(TrackKind::kVideo, 3) == index->find(TrackKind::kVideo));
  CHECK(index->find(TrackKind::kVideo, 2) == nullptr);
  CHECK(index->find(TrackKind::kText) == nullptr);
}

TEST_CASE("edit lists shift presentation", "[unit][packager]") {
  Mp4Track track = video_track(50, 12800, 512, 50, 40'000);
  track.media_time = 1024;
  CHECK(index_of({.tracks = {track}})->tracks()[0].info.presentation_shift == -1024);
  track.empty_edit = 500;  // half a second of the movie's 1000
  CHECK(index_of({.tracks = {track}})->tracks()[0].info.presentation_shift == 6400 - 1024);
  track.media_time = 12800 * 500;
  CHECK_THAT(error_of(build_mp4({.tracks = {track}})), Catch::Contains("edit list"));
}

TEST_CASE("an index takes few bytes a sample", "[unit][packager]") {
  Mp4Track video = video_track(15'000, 12800, 512, 50, 60'000'000);
  for (int i = 0; i < 15'000; ++i) video.offsets.push_back(i % 3 * 512);
  const auto index = index_of({.tracks = {video, audio_track(25'000, 44100, 9'000'000)}, .samples_per_chunk = 50});
  const double bytes = static_cast<double>(index->serialized().size()) / 40'000;
  CHECK(bytes < 4);  // delivery.md 5.5
}

TEST_CASE("a serialized index is loaded again, and damage is found", "[unit][packager]") {
  const auto index = index_of({.tracks = {difficult_video(), audio_track(100, 44100, 30'000)}});
  const auto bytes = index->serialized();
  const auto reload = [](std::span<const std::uint8_t> from) {
    std::vector<std::uint64_t> block((from.size() + 7) / 8);
    std::copy(from.begin(), from.end(), reinterpret_cast<std::uint8_t*>(block.data()));
    return MediaIndex::load(std::move(block), from.size());
  };
  const auto again = reload(bytes);
  REQUIRE(again);
  check_samples((*again)->tracks()[0].samples, difficult_video());
  CHECK_FALSE(reload(bytes.first(bytes.size() - 1)));
  CHECK_FALSE(reload(bytes.first(10)));
  CHECK_FALSE(reload({}));
  std::vector<std::uint8_t> damaged(bytes.begin(), bytes.end());
  for (std::size_t at = 0; at < damaged.size(); at += damaged.size() / 50) {
    damaged[at] ^= 1;
    CHECK_FALSE(reload(damaged));
    damaged[at] ^= 1;
  }
}

TEST_CASE("files that are no whole MP4 are refused in words", "[unit][packager]") {
  const std::string whole = build_mp4({.tracks = {video_track(100, 12800, 512, 50, 90'000)}, .moov_first = true});
  CHECK_THAT(error_of(""), Catch::Contains("no MP4"));
  CHECK_THAT(error_of("This is a text file, and not a short one."), Catch::Contains("no MP4"));
  CHECK_THAT(error_of(std::string(100'000, '\0')), Catch::Contains("no MP4"));
  CHECK_THAT(error_of(whole.substr(0, 400)), Catch::Contains("cut short"));
  CHECK_THAT(error_of(whole.substr(0, whole.size() - 1)), Catch::Contains("cut short"));
  CHECK_THAT(error_of(whole.substr(0, whole.size() / 2)), Catch::Contains("cut short"));
  const std::string late = build_mp4({.tracks = {video_track(100, 12800, 512, 50, 90'000)}, .moov_first = false});
  CHECK_THAT(error_of(late.substr(0, late.size() - 10)), Catch::Contains("cut short"));
  CHECK_THAT(error_of(late.substr(0, 50'000)), Catch::Contains("cut short"));
}

TEST_CASE("inconsistent tables are refused", "[unit][packager]") {
  const std::string whole = build_mp4({.tracks = {video_track(100, 12800, 512, 50, 90'000)}});
  const auto broken = [&whole](const char* table, std::size_t at, std::uint32_t value) {
    std::string bytes = whole;
    const std::size_t box = bytes.find(table);
    REQUIRE(box != std::string::npos);
    for (unsigned i = 0; i < 4; ++i) bytes[box + 4 + at + i] = static_cast<char>(value >> (8 * (3 - i)));
    return error_of(bytes);
  };
  CHECK_FALSE(broken("stsz", 8, 0xffffffff).empty());  // count of samples
  CHECK_FALSE(broken("stsz", 8, 99'000'000).empty());
  CHECK_FALSE(broken("stsz", 4, 0x7fffffff).empty());   // every sample 2 GB
  CHECK_FALSE(broken("stsz", 12, 0xffffffff).empty());  // the first sample 4 GB
  CHECK_FALSE(broken("stts", 4, 0xffffffff).empty());   // count of entries
  CHECK_FALSE(broken("stts", 8, 99).empty());           // times for 99 of 100
  CHECK_FALSE(broken("stts", 12, 0xffffffff).empty());  // a negative duration
  CHECK_FALSE(broken("stts", 12, 0).empty());           // no duration at all
  CHECK_FALSE(broken("stsc", 8, 2).empty());            // the first chunk is not 1
  CHECK_FALSE(broken("stsc", 12, 0).empty());           // chunks without samples
  CHECK_FALSE(broken("stsc", 12, 99).empty());          // places for 99 of 100
  CHECK_FALSE(broken("stsc", 16, 2).empty());           // another sample description
  CHECK_FALSE(broken("stco", 8, 0xfffffff0).empty());   // beyond the file
  CHECK_FALSE(broken("stss", 8, 0).empty());
  CHECK_FALSE(broken("stss", 8, 101).empty());
  CHECK_FALSE(broken("stss", 12, 1).empty());    // not ascending
  CHECK_FALSE(broken("mdhd", 12, 0).empty());    // timescale
  CHECK(broken("stts", 8, 0xffffffff).empty());  // more times than samples does no harm
}

TEST_CASE("tracks of unknown codecs are left out and named", "[unit][packager]") {
  Mp4Track odd = video_track(50, 12800, 512, 50, 40'000);
  odd.sample_entry = "mp4v";
  const auto index = index_of({.tracks = {odd, audio_track(100, 48000, 20'000)}});
  REQUIRE(index->tracks().size() == 1);
  CHECK(index->skipped_tracks() == std::vector<std::string>{"mp4v"});
}

TEST_CASE("mutated files are indexed or refused, never worse", "[fuzz][packager]") {
  Mp4Track video = video_track(60, 12800, 512, 20, 9'000);
  for (int i = 0; i < 60; ++i) video.offsets.push_back(i % 3 * 512);
  video.media_time = 512;
  const std::string whole =
      build_mp4({.tracks = {video, audio_track(60, 44100, 6'000)}, .samples_per_chunk = 10, .moov_first = true});
  const std::size_t head = whole.find("mdat");
  std::mt19937 random(20261);
  std::size_t indexed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % head;
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
          break;
        case 2:
          bytes.replace(at, 4, random() % 2 == 0 ? std::string(4, '\xff') : std::string(4, '\0'));
          break;
        default:
          bytes.resize(random() % 8 == 0 ? bytes.size() - random() % (bytes.size() / 2) : bytes.size());
      }
    }
    const auto index = build_media_index(as_bytes(bytes));
    if (!index) continue;
    ++indexed;
    for (const auto& track : (*index)->tracks()) {
      for (auto c = track.samples.samples(0, track.samples.count()); !c.done(); c.next()) {
        if (c.view().file_offset + c.view().size > bytes.size()) FAIL("a sample lies beyond the file");
      }
    }
  }
  CHECK(indexed > 1'000);  // the mutations reach past the first checks
}

TEST_CASE("files that were once difficult are indexed or refused", "[fuzz][packager]") {
  std::size_t replayed = 0;
  for (const auto& seed : std::filesystem::directory_iterator(std::string(LAZULITE_SOURCE_DIR) + "/tests/fuzz/mp4")) {
    if (seed.path().extension() != ".mp4") continue;
    CAPTURE(seed.path().filename().string());
    const std::string bytes = test::read_text(seed.path());
    const auto index = build_media_index(as_bytes(bytes));
    ++replayed;
    const auto name = seed.path().stem().string();
    const bool sound = name == "whole" || name == "stss_empty" || name == "samples_overlap" || name == "two_moovs" ||
                       name == "fragmented";
    CHECK(index.has_value() == sound);
    if (!index) CHECK(index.error().detail == "MPE_INPUT_FORMAT_NOT_SUPPORTED");
  }
  CHECK(replayed >= 19);
}
