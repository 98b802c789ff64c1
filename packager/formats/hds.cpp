#include "packager/formats/hds.hpp"

#include "packager/errors.hpp"
#include "packager/formats/flv.hpp"
#include "packager/formats/hls.hpp"
#include "packager/mp4/box_io.hpp"
#include "packager/presentation.hpp"
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <vector>

namespace lazulite::packager {
namespace {

constexpr std::string_view kNames[] = {"f4m-f4f"};
constexpr std::uint32_t kTimescale = 1000;  // of the bootstrap, as FLV tags have it

std::uint64_t milliseconds(std::uint64_t ticks) { return ticks / (kTicksPerSecond / kTimescale); }

// A run of fragments of equal duration (Adobe F4V specification 2.11.2.2.2).
struct FragmentRun {
  std::uint32_t first = 0;
  std::uint64_t start = 0, duration = 0;  // ms
};

std::vector<FragmentRun> fragment_runs(const TrackPlan& plan) {
  std::vector<FragmentRun> runs;
  std::uint32_t number = 0;
  for (const Fragment& fragment : plan.fragments()) {
    ++number;
    const std::uint64_t start = milliseconds(fragment.start), duration = milliseconds(fragment.end()) - start;
    if (runs.empty() || runs.back().duration != duration) runs.push_back({number, start, duration});
  }
  return runs;
}

// 'abst' with one segment of all fragments ('asrt') and their times ('afrt'): 2.11.2.
std::string bootstrap(const TrackPlan& plan) {
  std::string out;
  mp4::BoxWriter writer(out);
  mp4::write_container(out, mp4::fourcc("abst"), [&] {
    writer.u(4, 0U);                              // version and flags
    writer.u(4, 1U);                              // BootstrapinfoVersion
    writer.u(1, 0U);                              // Profile named, not live, no update
    writer.u(4, kTimescale);                      //
    writer.u(8, milliseconds(plan.end()));        // CurrentMediaTime
    writer.u(8, 0U);                              // SmpteTimeCodeOffset
    for (int i = 0; i < 5; ++i) writer.u(1, 0U);  // no movie identifier, servers, qualities, DRM and metadata
    writer.u(1, 1U);
    mp4::write_container(out, mp4::fourcc("asrt"), [&] {
      writer.u(4, 0U);
      writer.u(1, 0U);  // no qualities
      writer.u(4, 1U);  // one run: segment 1 and its count of fragments
      writer.u(4, 1U);
      writer.u(4, plan.fragments().size());
    });
    writer.u(1, 1U);
    mp4::write_container(out, mp4::fourcc("afrt"), [&] {
      const auto runs = fragment_runs(plan);
      writer.u(4, 0U);
      writer.u(4, kTimescale);
      writer.u(1, 0U);
      writer.u(4, runs.size() + 1);
      for (const FragmentRun& run : runs) {
        writer.u(4, run.first);
        writer.u(8, run.start);
        writer.u(4, run.duration);
      }
      writer.u(4, 0U);  // the end: no fragment, no duration, discontinuity 0
      writer.u(8, 0U);
      writer.u(4, 0U);
      writer.u(1, 0U);
    });
  });
  return out;
}

// The stream whose levels the manifest lists: the video, or the audio where there is none.
struct Media {
  const Stream* listed = nullptr;
  const Stream* muxed = nullptr;  // audio in every fragment of the video
};

Result<Media> media_of(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const Stream* const audio, hls::muxed_audio(presentation, request));
  Media media{presentation.video(), audio};
  if (media.listed == nullptr) media = {audio, nullptr};
  if (media.listed == nullptr) {
    return fail_with(ErrorCode::kNotFound, mpe::kTrackNotFound, "{} has neither video nor audio", presentation.name());
  }
  for (const Level& level : media.listed->levels) LAZULITE_CHECK(flv::require_codec(level.info()));
  if (media.muxed != nullptr) LAZULITE_CHECK(flv::require_codec(media.muxed->levels.front().info()));
  return media;
}

// A client appends "Seg1-Frag{n}": n counts from the fragment at `start`, so that a filtered manifest needs no filter
// in the names of its fragments.
std::string media_url(const Media& media, const Level& level, std::uint64_t start) {
  return fmt::format("QualityLevels({})/Fragments({}={},format=f4m-f4f{})", level.bitrate,
                     hls::url_name(media.listed->name), start, hls::audio_track_parameter(media.muxed));
}

Result<Answer> manifest(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const Media media, media_of(presentation, request));
  const TrackPlan& plan = media.listed->timeline();
  const bool has_video = media.listed->kind == TrackKind::kVideo;
  const double seconds = static_cast<double>(milliseconds(presentation.duration())) / kTimescale;
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<manifest xmlns=\"http://ns.adobe.com/f4m/1.0\">\n  <id>{}</id>\n"
      "  <streamType>recorded</streamType>\n  <duration>{:.3f}</duration>\n"
      "  <bootstrapInfo profile=\"named\" id=\"b1\">{}</bootstrapInfo>\n",
      xml_escape(presentation.name().substr(0, presentation.name().rfind('.'))), seconds,
      base64_encode(as_bytes(bootstrap(plan))));
  for (const Level& level : media.listed->levels) {
    const Level* video = has_video ? &level : nullptr;
    const Level* audio = has_video ? media.muxed == nullptr ? nullptr : &media.muxed->levels.front() : &level;
    const std::uint64_t bitrate = level.bitrate + (has_video && audio != nullptr ? audio->bitrate : 0);
    fmt::format_to(std::back_inserter(out), "  <media bitrate=\"{}\"", bitrate / 1000);
    if (video != nullptr) {
      fmt::format_to(std::back_inserter(out), " width=\"{}\" height=\"{}\"", level.info().width, level.info().height);
    }
    fmt::format_to(std::back_inserter(out),
                   " url=\"{}\" bootstrapInfoId=\"b1\">\n    <metadata>{}</metadata>\n  </media>\n",
                   media_url(media, level, plan.fragments().front().start),
                   base64_encode(as_bytes(flv::metadata(seconds, video, audio))));
  }
  return Answer{"application/f4m+xml", out + "</manifest>\n"};
}

Error no_such_fragment(const StreamRequest& request) {
  return fail_with(ErrorCode::kNotFound, mpe::kTimestampNotFound, "'{}' has no fragment {} from {}", request.track,
                   request.fragment_number, request.time);
}

// 'mdat' of FLV tags.
Result<Answer> fragment(const Presentation& presentation, const StreamRequest& request) {
  if (request.fragment_number == 0) return bad_url("a fragment of {} ends with Seg1-Frag and a number", kNames[0]);
  LAZULITE_TRY(const Media media, media_of(presentation, request));
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  LAZULITE_CHECK(flv::require_codec(ref.level->info()));
  const auto first = ref.level->plan.find(request.time);
  const auto& fragments = ref.level->plan.fragments();
  if (!first || request.fragment_number > fragments.size() - *first) return no_such_fragment(request);
  const std::size_t position = *first + request.fragment_number - 1;
  const Fragment& wanted = fragments[position];
  const flv::Samples own{ref.level, {wanted.first_sample, wanted.sample_count}};
  flv::Samples video, audio;
  if (ref.stream->kind == TrackKind::kVideo) {
    video = own;
    if (media.muxed != nullptr) {
      audio.level = &media.muxed->levels.front();
      audio.range = muxed_audio_frames(*audio.level, ref.level->plan, position, 1);
    }
  } else {
    audio = own;
  }
  LAZULITE_TRY(auto tags, flv::write_tags(wanted.start, video, audio));
  std::string header;
  mp4::BoxWriter writer(header);
  writer.u(4, tags.size() + 8);
  writer.u(4, mp4::fourcc("mdat"));
  Answer answer{"video/f4f", std::move(header), true};
  for (const auto& part : tags.parts()) std::visit([&](const auto& each) { answer.body.append(each); }, part);
  return answer;
}

}  // namespace

constexpr StreamingFormat kHdsFormat{.names = kNames,
                                     .protocol = StreamingProtocol::kHds,
                                     .manifest = manifest,
                                     .fragment = fragment,
                                     .numbers_fragments = true};

}  // namespace lazulite::packager
