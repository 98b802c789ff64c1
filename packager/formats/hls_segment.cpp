// Transport stream segments of HLS: which samples a request names, handed to packager/ts (delivery.md 2.7).
#include "packager/errors.hpp"
#include "packager/formats/hls.hpp"
#include "packager/formats/muxed_audio.hpp"
#include "packager/ts/ts_writer.hpp"
#include "storage/files/buffer_pool.hpp"
#include "storage/files/residency.hpp"

#include <algorithm>
#include <limits>
#include <memory>

namespace lazulite::packager::hls {

namespace {

constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{64} << 20U;  // delivery.md 5.4, limits.fragment_bytes

// Presentation shifts move decode times too: the clock of a transport stream has room below zero, and PTS may not be
// less than DTS. For the same reason signed composition offsets (trun and ctts version 1) make all decode times of the
// segment earlier.
std::vector<ts::TsSample> collect(const Level& level, SampleRange range) {
  const auto bytes = level.source->file->bytes();
  const TrackInfo& info = level.info();
  std::vector<ts::TsSample> out;
  out.reserve(range.count);
  std::int32_t least_offset = 0;
  for (auto cursor = level.samples().samples(range.first, range.count); !cursor.done(); cursor.next()) {
    least_offset = std::min(least_offset, cursor.view().composition_offset);
  }
  for (auto cursor = level.samples().samples(range.first, range.count); !cursor.done(); cursor.next()) {
    const SampleView& sample = cursor.view();
    const std::int64_t decode = static_cast<std::int64_t>(sample.decode_time) + info.presentation_shift;
    out.push_back({bytes.subspan(sample.file_offset, sample.size),
                   to_ticks_signed(decode + least_offset, info.timescale),
                   to_ticks_signed(decode + sample.composition_offset, info.timescale), sample.sync});
  }
  return out;
}

// From the first to the last byte of the samples, what lies between them included.
bool is_in_memory(const Level& level, SampleRange range) {
  if (range.count == 0) return true;
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max(), end = 0;
  for (auto cursor = level.samples().samples(range.first, range.count); !cursor.done(); cursor.next()) {
    first = std::min(first, cursor.view().file_offset);
    end = std::max(end, cursor.view().file_offset + cursor.view().size);
  }
  return files::is_in_memory(level.source->file->bytes().subspan(first, end - first));
}

Result<ts::AudioTrack> ts_audio(const TrackInfo& info) {
  if (info.codec == Codec::kAac) return ts::AudioTrack::from_audio_specific_config(info.codec_config);
  return ts::AudioTrack{.type = info.codec == Codec::kAc3 ? ts::StreamType::kAc3 : ts::StreamType::kEac3, .adts = {}};
}

// The samples of one segment with their tracks; Segment views them.
struct SegmentSamples {
  ts::VideoTrack video_track;
  ts::AudioTrack audio_track;
  std::vector<ts::TsSample> video, audio;

  Result<void> add(const Level& level, SampleRange range, const StreamRequest& request) {
    LAZULITE_CHECK(require_ts_codec(level.info()));
    if (request.memory_only && !request.size_only && !is_in_memory(level, range)) {
      return fail_with(ErrorCode::kPreconditionFailed, kMediaOnDisk, "the media of a segment are not in memory");
    }
    if (level.info().kind == TrackKind::kVideo) {
      LAZULITE_TRY(video_track, ts::VideoTrack::from_avcc(level.info().codec_config));
      video = collect(level, range);
    } else {
      LAZULITE_TRY(audio_track, ts_audio(level.info()));
      audio = collect(level, range);
    }
    return {};
  }
};

Result<Answer> answer_of(const SegmentSamples& samples, const StreamRequest& request) {
  std::uint64_t total = 0;
  for (const auto& sample : samples.video) total += sample.data.size();
  for (const auto& sample : samples.audio) total += sample.data.size();
  if (total > kMaxSegmentBytes) {
    return fail_with(ErrorCode::kUnsupported, mpe::kHlsSegmentTooLarge, "a segment of {} bytes is over the limit of {}",
                     total, kMaxSegmentBytes);
  }
  LAZULITE_TRY(const auto segment,
               ts::Segment::plan({&samples.video_track, samples.video,
                                  samples.audio.empty() ? nullptr : &samples.audio_track, samples.audio}));
  Answer out{.content_type = "video/MP2T", .body = {}, .immutable_media = true};
  if (request.size_only) {
    out.size = segment.size();
    return out;
  }
  const auto buffer = request.buffers != nullptr ? request.buffers->take(segment.size())
                                                 : std::make_shared_for_overwrite<std::uint8_t[]>(segment.size());
  segment.write({buffer.get(), segment.size()});
  out.body.append(files::BufferRange{buffer, 0, segment.size()});
  return out;
}

Error no_such_time(const StreamRequest& request) {
  return fail_with(ErrorCode::kNotFound, mpe::kTimestampNotFound, "no segment of '{}' starts at {}", request.track,
                   request.time);
}

// Version 3 has audio in its video segments, version 4 apart.
bool is_muxed(const StreamRequest& request) { return request.format == &kHlsV3Format; }

}  // namespace

Result<Answer> ts_segment(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  const auto group = find_group(ref.level->plan, presentation.fragments_per_hls_segment(), request.time);
  if (!group) return no_such_time(request);
  if (ref.level->captions != nullptr && !is_muxed(request)) {
    return webvtt_segment(*ref.level, group->start, group->duration, ts::clock_90khz(0));
  }
  SegmentSamples samples;
  LAZULITE_CHECK(samples.add(*ref.level, {group->first_sample, group->sample_count}, request));
  if (is_muxed(request) && ref.stream->kind == TrackKind::kVideo) {
    LAZULITE_TRY(const Stream* const audio, muxed_audio(presentation, request));
    if (audio != nullptr) {
      const Level& level = audio->levels.front();
      const SampleRange frames = muxed_audio_frames(level, ref.level->plan, group->first_fragment, group->count);
      LAZULITE_CHECK(samples.add(level, frames, request));
    }
  }
  return answer_of(samples, request);
}

Result<Answer> ts_key_frame(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  if (ref.stream->kind != TrackKind::kVideo) {
    return bad_url("only video has key frames");
  }
  const auto position = ref.level->plan.find(request.time);
  if (!position) return no_such_time(request);
  SegmentSamples samples;
  LAZULITE_CHECK(samples.add(*ref.level, {ref.level->plan.fragments()[*position].first_sample, 1}, request));
  return answer_of(samples, request);
}

}  // namespace lazulite::packager::hls
