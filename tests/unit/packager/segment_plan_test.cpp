#include "packager/segment_plan.hpp"

#include "schema/base/text.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::packager;
using test::audio_track;
using test::build_mp4;
using test::video_track;

namespace {

std::shared_ptr<const MediaIndex> index_of(test::Mp4Track track) {
  auto index = build_media_index(as_bytes(build_mp4({.tracks = {std::move(track)}})));
  REQUIRE(index);
  return *index;
}

std::vector<std::uint64_t> durations(const TrackPlan& plan) {
  std::vector<std::uint64_t> list;
  for (const auto& fragment : plan.fragments()) list.push_back(fragment.duration);
  return list;
}

std::vector<std::uint64_t> starts(const TrackPlan& plan) {
  std::vector<std::uint64_t> list;
  for (const auto& fragment : plan.fragments()) list.push_back(fragment.start);
  return list;
}

using Ticks = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("ticks are floored, for times before zero too", "[unit][packager]") {
  CHECK(to_ticks(89088, 44100) == 20201360);
  CHECK(to_ticks(std::uint64_t{1} << 60U, 1U << 31U) == 5368709120000000ULL);  // the product needs more than 64 bits
  CHECK(to_ticks_signed(-1, 3) == -3333334);
  CHECK(to_ticks_signed(-3, 3) == -10000000);
  CHECK(to_ticks_signed(1, 3) == 3333333);
}

TEST_CASE("audio at 44.1 kHz has the chunk list of the service", "[unit][packager]") {
  const auto index = index_of(audio_track(87 * 14, 44100, 200000));
  const auto plan = plan_audio(index->tracks()[0], 20000000, {});
  REQUIRE(plan);
  const std::uint64_t a = 20201360, b = 20201361;
  CHECK(durations(*plan) == Ticks{a, b, a, b, a, b, a, b, a, b, a, b, b, a});  // delivery.md 2.2: 12th and 13th alike
  const auto rest = index_of(audio_track(517, 44100, 188457));
  CHECK(durations(plan_audio(rest->tracks()[0], 20000000, {}).value()) == Ticks{a, b, a, b, a, 19040363});
}

TEST_CASE("audio at 48 kHz has the chunk list of the service", "[unit][packager]") {
  const auto index = index_of(audio_track(94 * 3, 48000, 50000));
  const auto plan = plan_audio(index->tracks()[0], 20000000, {});
  REQUIRE(plan);
  CHECK(durations(*plan) == Ticks{20053333, 20053333, 20053334});
  CHECK(starts(*plan) == Ticks{0, 20053333, 40106666});
  CHECK(plan->find(20053333) == 1);
  CHECK_FALSE(plan->find(20053334));
}

TEST_CASE("audio frames of a fragment follow the video fragment", "[unit][packager]") {
  TrackInfo info;
  info.sample_rate = 48000;
  info.samples_per_frame = 1024;
  CHECK(audio_frames_per_fragment(info, 20000000) == 94);
  CHECK(audio_frames_per_fragment(info, 60060000) == 282);
  CHECK(audio_frames_per_fragment(info, 64000000) == 300);  // exact: no frame more
  info.sample_rate = 44100;
  CHECK(audio_frames_per_fragment(info, 20000000) == 87);
  info.samples_per_frame = 2048;
  CHECK(audio_frames_per_fragment(info, 20000000) == 44);
}

TEST_CASE("video is cut at sync samples of at least two seconds", "[unit][packager]") {
  const auto gop_2s = index_of(video_track(300, 12800, 512, 50, 100000));
  const MediaIndex::Track* track = gop_2s->tracks().data();
  const auto plan = plan_video({&track, 1}, {});
  REQUIRE(plan);
  CHECK(starts(plan->at(0)) == Ticks{0, 20000000, 40000000, 60000000, 80000000, 100000000});
  CHECK(plan->at(0).fragments()[1] == Fragment{20000000, 20000000, 50, 50});
  const auto gop_1s = index_of(video_track(130, 12800, 512, 25, 100000));
  track = gop_1s->tracks().data();
  CHECK(starts(plan_video({&track, 1}, {}).value()[0]) == Ticks{0, 20000000, 40000000});
  const auto gop_6s = index_of(video_track(400, 12800, 512, 150, 100000));
  track = gop_6s->tracks().data();
  CHECK(starts(plan_video({&track, 1}, {}).value()[0]) == Ticks{0, 60000000, 120000000});
  auto intra = video_track(101, 12800, 512, 1, 100000);
  intra.sync.clear();  // no stss: all are sync samples
  const auto all_sync = index_of(intra);
  track = all_sync->tracks().data();
  CHECK(starts(plan_video({&track, 1}, {}).value()[0]) == Ticks{0, 20000000, 40000000});
}

TEST_CASE("key frames too far apart are refused", "[unit][packager]") {
  const auto index = index_of(video_track(25 * 21, 12800, 512, 25 * 21, 100000));
  const MediaIndex::Track* track = index->tracks().data();
  const auto plan = plan_video({&track, 1}, {});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == ErrorCode::kUnsupported);
  CHECK(plan.error().detail == "MPE_KEY_FRAME_INTERVAL_TOO_LARGE");
}

TEST_CASE("renditions share the timeline of the first", "[unit][packager]") {
  const auto first = index_of(video_track(300, 12800, 512, 50, 100000));
  const auto other_scale = index_of(video_track(300, 90000, 3600, 50, 90000));
  auto late = video_track(300, 12800, 512, 50, 80000);
  for (auto& duration : late.durations) duration = 512;
  late.durations[49] = 640;  // the second GOP begins a quarter of a frame late
  late.durations[50] = 384;
  const auto off_by_part = index_of(late);
  const std::vector<const MediaIndex::Track*> tracks{&first->tracks()[0], &other_scale->tracks()[0],
                                                     &off_by_part->tracks()[0]};
  const auto plans = plan_video(tracks, {});
  REQUIRE(plans);
  CHECK(starts(plans->at(0)) == starts(plans->at(1)));
  CHECK(plans->at(0).fragments() == plans->at(2).fragments());
}

TEST_CASE("renditions that are not aligned are refused, or cut where all agree", "[unit][packager]") {
  const auto first = index_of(video_track(300, 12800, 512, 50, 100000));
  const auto other = index_of(video_track(300, 12800, 512, 75, 100000));
  const std::vector<const MediaIndex::Track*> tracks{&first->tracks()[0], &other->tracks()[0]};
  const auto strict = plan_video(tracks, {});
  REQUIRE_FALSE(strict);
  CHECK(strict.error().detail == "MPE_KEY_FRAME_INTERVAL_TOO_LARGE");
  PlanOptions intersect;
  intersect.alignment = Alignment::kIntersect;
  const auto plans = plan_video(tracks, intersect);
  REQUIRE(plans);
  CHECK(starts(plans->at(0)) == Ticks{0, 60000000});
  CHECK(plans->at(1).fragments()[1].first_sample == 150);
}

TEST_CASE("three fragments make a transport stream segment", "[unit][packager]") {
  const auto index = index_of(audio_track(517, 44100, 188457));
  const auto plan = plan_audio(index->tracks()[0], 20000000, {}).value();
  const auto groups = group_fragments(plan, 3);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].duration == 60604081);  // 6.060408 s in the playlist
  CHECK(groups[1].start == 60604081);
  CHECK(groups[1].duration == 59443084);  // 5.944308 s
  CHECK(groups[1].sample_count == 256);
  CHECK(find_group(plan, 3, 60604081)->first_fragment == 3);
  CHECK_FALSE(find_group(plan, 3, 20201360));  // a fragment, but no segment
}

TEST_CASE("only equal neighbours share a run of the timeline", "[unit][packager]") {
  const TrackPlan plan({{0, 20, 0, 1}, {20, 20, 1, 1}, {40, 21, 2, 1}, {70, 21, 3, 1}});
  const auto runs = timeline_runs(plan);
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].count == 2);
  CHECK_FALSE(runs[0].contiguous);
  CHECK(runs[1].contiguous);
  CHECK(runs[2].start == 70);  // after a gap
  CHECK_FALSE(runs[2].contiguous);
  CHECK(plan.at(19) == 0);
  CHECK(plan.at(40) == 2);
  CHECK(plan.at(9999) == 3);
}
