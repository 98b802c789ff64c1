#include "packager/formats/fmp4.hpp"

#include "packager/captions/ttml.hpp"
#include "packager/codec_string.hpp"
#include "packager/errors.hpp"
#include "packager/mp4/boxes.hpp"
#include "packager/mp4/init_segment.hpp"

#include <algorithm>
#include <limits>

namespace lazulite::packager {
namespace {

constexpr std::uint64_t kMaxFragmentBytes = std::uint64_t{1} << 31U;

std::string content_type(const Level& level) {
  switch (level.info().kind) {
    case TrackKind::kVideo:
      return "video/mp4";
    case TrackKind::kAudio:
      return "audio/mp4";
    case TrackKind::kText:
      break;
  }
  return "application/mp4";
}

// The samples of a fragment in units of 10^7: durations are differences of floored absolute times, so that they add up
// to the fragment's duration; its first sample is at its start and its last one ends at its end, also where a
// rendition's own times are off by part of a frame (delivery.md 2.5).
Result<mp4::TrackRun> make_run(const Level& level, const Fragment& fragment, bool last, FragmentStyle style) {
  const TrackInfo& info = level.info();
  const bool video = info.kind == TrackKind::kVideo;
  // The edit list of a CSF init segment takes the delay off again.
  const auto delay = style == FragmentStyle::kCsf ? to_ticks(info.composition_delay, info.timescale) : 0;
  mp4::TrackRun run;
  if (video) run.flags |= mp4::TrackRun::kFlags | mp4::TrackRun::kOffset;
  run.sample_count = fragment.sample_count;
  run.samples.reserve(fragment.sample_count);
  std::uint64_t time = fragment.start;
  for (auto c = level.samples().samples(fragment.first_sample, fragment.sample_count); !c.done(); c.next()) {
    const SampleView& sample = c.view();
    const std::uint64_t own_end = to_ticks(sample.decode_time + sample.duration, info.timescale);
    const bool final = run.samples.size() + 1 == fragment.sample_count;
    const std::uint64_t end = std::max(time, final && !last ? fragment.end() : own_end);
    const std::int64_t presentation = to_ticks_signed(
        static_cast<std::int64_t>(sample.decode_time) + sample.composition_offset + info.presentation_shift,
        info.timescale);
    const std::int64_t offset = presentation + static_cast<std::int64_t>(delay) - static_cast<std::int64_t>(time);
    if (end - time > std::numeric_limits<std::uint32_t>::max() || offset > std::numeric_limits<std::int32_t>::max() ||
        offset < std::numeric_limits<std::int32_t>::min()) {
      return bad_input("sample {} has a time out of range", c.number());
    }
    if (video && offset < 0) run.version = 1;
    run.samples.push_back({static_cast<std::uint32_t>(end - time), sample.size,
                           sample.sync ? mp4::kSyncSampleFlags : mp4::kOtherSampleFlags,
                           static_cast<std::int32_t>(offset)});
    time = end;
  }
  return run;
}

Result<std::uint64_t> media_bytes_of(const mp4::TrackRun& run, const Fragment& fragment) {
  std::uint64_t total = 0;
  for (const auto& sample : run.samples) total += sample.size;
  if (total > kMaxFragmentBytes) return bad_input("the fragment at {} ticks has {} bytes", fragment.start, total);
  return total;
}

// The media of the samples: neighbours in the file become one range.
void append_media(const Level& level, const Fragment& fragment, files::Content& out) {
  std::uint64_t start = 0, length = 0;
  for (auto c = level.samples().samples(fragment.first_sample, fragment.sample_count); !c.done(); c.next()) {
    const SampleView& sample = c.view();
    if (length > 0 && start + length == sample.file_offset) {
      length += sample.size;
      continue;
    }
    out.append(files::FileRange{level.source->file, start, length});
    start = sample.file_offset;
    length = sample.size;
  }
  out.append(files::FileRange{level.source->file, start, length});
}

struct FragmentHeader {
  std::size_t number = 0;  // 1-based position in the track
  FragmentStyle style = FragmentStyle::kSmooth;
};

// [styp] moof mdat-header; see the drawing in delivery.md 2.5 and 2.6.
std::string write_header(const Level& level, const Fragment& fragment, mp4::TrackRun run, std::uint64_t media_bytes,
                         FragmentHeader header) {
  const bool smooth = header.style == FragmentStyle::kSmooth;
  mp4::MovieFragmentHeader mfhd;
  mfhd.sequence_number = static_cast<std::uint32_t>(header.number);
  mp4::TrackFragmentHeader tfhd;
  tfhd.track_id = mp4::output_track_id(level.info().kind);
  tfhd.default_sample_flags = level.info().kind == TrackKind::kVideo ? mp4::kOtherSampleFlags : mp4::kSyncSampleFlags;
  if (!smooth) tfhd.flags |= mp4::TrackFragmentHeader::kDefaultBaseIsMoof;
  mp4::TrackFragmentDecodeTime tfdt;
  tfdt.base_media_decode_time = fragment.start;
  mp4::TrackFragmentExtendedHeader tfxd;
  tfxd.start = fragment.start;
  tfxd.duration = fragment.duration;
  const std::size_t time_box = smooth ? mp4::box_size(tfxd) : mp4::box_size(tfdt);
  const std::size_t moof_size = 8 + mp4::box_size(mfhd) + 8 + mp4::box_size(tfhd) + mp4::box_size(run) + time_box;
  run.data_offset = static_cast<std::int32_t>(moof_size + 8);

  std::string out;
  out.reserve(moof_size + 64);
  if (header.style == FragmentStyle::kCmaf) {
    write_box(out, mp4::SegmentType{mp4::fourcc("msdh"), 0, {mp4::fourcc("msdh"), mp4::fourcc("cmfs")}});
  }
  mp4::write_container(out, mp4::fourcc("moof"), [&] {
    write_box(out, mfhd);
    mp4::write_container(out, mp4::fourcc("traf"), [&] {
      write_box(out, tfhd);
      if (!smooth) write_box(out, tfdt);
      write_box(out, run);
      if (smooth) write_box(out, tfxd);
    });
  });
  mp4::BoxWriter writer(out);
  writer.u(4, media_bytes + 8);
  writer.u(4, mp4::fourcc("mdat"));
  return out;
}

// One sample: the document of the fragment. Times of Smooth Streaming count from its start, those of `stpp` from the
// presentation's (ISO/IEC 14496-30 §5).
Answer write_caption_fragment(const Level& level, const Fragment& fragment, FragmentHeader header) {
  const std::uint64_t base = header.style == FragmentStyle::kSmooth ? fragment.start : 0;
  const std::string document =
      write_ttml(*level.captions, fragment.start, fragment.end(), base,
                 level.info().language == "und" ? std::string{} : short_language(level.info().language));
  mp4::TrackRun run;
  run.sample_count = 1;
  run.samples.push_back({static_cast<std::uint32_t>(fragment.duration), static_cast<std::uint32_t>(document.size()),
                         mp4::kSyncSampleFlags, 0});
  std::string out = write_header(level, fragment, std::move(run), document.size(), header) + document;
  return Answer{content_type(level), std::move(out), true};
}

Result<Answer> write_fragment(const Level& level, const Fragment& fragment, bool last, FragmentHeader header) {
  if (level.captions != nullptr) return write_caption_fragment(level, fragment, header);
  LAZULITE_TRY(auto run, make_run(level, fragment, last, header.style));
  LAZULITE_TRY(const std::uint64_t media_bytes, media_bytes_of(run, fragment));
  Answer answer{content_type(level), write_header(level, fragment, std::move(run), media_bytes, header), true};
  append_media(level, fragment, answer.body);
  return answer;
}

// The level of a request and the position of the fragment that starts at its time.
struct Located {
  const Level* level = nullptr;
  std::size_t fragment = 0;
};
Result<Located> locate(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const auto found, find_level(presentation, request));
  const auto fragment = found.level->plan.find(request.time);
  if (!fragment) {
    return fail_with(ErrorCode::kNotFound, mpe::kTimestampNotFound, "no fragment of '{}' starts at {}", request.track,
                     request.time);
  }
  return Located{found.level, *fragment};
}

}  // namespace

Result<Answer> fmp4_init(const Level& level, FragmentStyle style) {
  return Answer{content_type(level),
                mp4::write_init_segment(level.info(), level.bitrate, style == FragmentStyle::kCmaf), true};
}

Result<Answer> fmp4_fragment(const Level& level, std::size_t fragment, FragmentStyle style) {
  const auto& fragments = level.plan.fragments();
  return write_fragment(level, fragments[fragment], fragment + 1 == fragments.size(), {fragment + 1, style});
}

Result<Answer> fmp4_key_frame(const Level& level, std::size_t fragment, FragmentStyle style) {
  if (level.captions != nullptr) return bad_url("captions have no key frames");
  Fragment first = level.plan.fragments()[fragment];
  const SampleView sample = level.samples().sample(first.first_sample);
  const std::uint64_t end = to_ticks(sample.decode_time + sample.duration, level.info().timescale);
  first.duration = std::max(end, first.start) - first.start;
  first.sample_count = 1;
  return write_fragment(level, first, true, {fragment + 1, style});
}

Result<Answer> answer_fmp4_init(const Presentation& presentation, const StreamRequest& request, FragmentStyle style) {
  LAZULITE_TRY(const auto found, find_level(presentation, request));
  return fmp4_init(*found.level, style);
}

Result<Answer> answer_fmp4_fragment(const Presentation& presentation, const StreamRequest& request,
                                    FragmentStyle style) {
  LAZULITE_TRY(const auto located, locate(presentation, request));
  return fmp4_fragment(*located.level, located.fragment, style);
}

Result<Answer> answer_fmp4_key_frame(const Presentation& presentation, const StreamRequest& request,
                                     FragmentStyle style) {
  LAZULITE_TRY(const auto located, locate(presentation, request));
  return fmp4_key_frame(*located.level, located.fragment, style);
}

}  // namespace lazulite::packager
