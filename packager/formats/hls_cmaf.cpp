// HLS over fragmented MP4, m3u8-cmaf (delivery.md 1.5): the same fragments as DASH CMAF, one playlist entry each.
#include "packager/errors.hpp"
#include "packager/formats/fmp4.hpp"
#include "packager/formats/hls.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::packager {

using namespace hls;

namespace {

constexpr std::string_view kDescribesVideo = "public.accessibility.describes-video";

// The bits per second of the heaviest fragment (RFC 8216 §4.3.4.2).
std::uint64_t peak_bitrate(const Level& level) {
  std::uint64_t peak = level.bitrate;
  for (const Fragment& fragment : level.plan.fragments()) {
    std::uint64_t bytes = 0;
    for (auto cursor = level.samples().samples(fragment.first_sample, fragment.sample_count); !cursor.done();
         cursor.next())
      bytes += cursor.view().size;
    // A rest shorter than half a second says little about the rate that a client needs.
    if (fragment.duration >= kTicksPerSecond / 2)
      peak = std::max(peak, static_cast<std::uint64_t>(static_cast<unsigned __int128>(bytes) * 8 * kTicksPerSecond /
                                                       fragment.duration));
  }
  return peak;
}

double frame_rate(const Level& level) {
  const std::uint64_t end = level.samples().end_time();
  return end == 0 ? 0.0
                  : static_cast<double>(level.samples().count()) * level.info().timescale / static_cast<double>(end);
}

void append_audio_group(std::string& out, const Presentation& presentation, const StreamRequest& request) {
  const Stream* preferred = default_audio(presentation);
  for (const Stream* stream : presentation.audio()) {
    const bool is_description = stream->accessibility == "description" || stream->role == "description";
    fmt::format_to(std::back_inserter(out), "#EXT-X-MEDIA:{}{},AUTOSELECT=YES", audio_media_attributes(*stream),
                   stream == preferred ? ",DEFAULT=YES" : "");
    if (is_description) fmt::format_to(std::back_inserter(out), ",CHARACTERISTICS=\"{}\"", kDescribesVideo);
    fmt::format_to(std::back_inserter(out), ",CHANNELS=\"{}\",URI=\"{}\"\n", stream->levels.front().info().channels,
                   playlist_url(*stream, stream->levels.front(), request));
  }
}

Result<Answer> master_cmaf(const Presentation& presentation, const StreamRequest& request) {
  const auto audio = presentation.audio();
  const Stream* video = presentation.video();
  std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
  append_audio_group(out, presentation, request);
  out += subtitle_group(presentation, request);
  std::uint64_t audio_peak = 0;
  for (const Stream* stream : audio) audio_peak = std::max(audio_peak, peak_bitrate(stream->levels.front()));
  std::string group = audio.empty() ? "" : ",AUDIO=\"audio\"";
  group += subtitle_attribute(presentation);
  if (video != nullptr) {
    for (const Level* level : variants(presentation)) {
      fmt::format_to(std::back_inserter(out),
                     "#EXT-X-STREAM-INF:BANDWIDTH={},RESOLUTION={}x{},FRAME-RATE={:.3f},CODECS=\"{}\"{}\n{}\n",
                     peak_bitrate(*level) + audio_peak, level->info().width, level->info().height, frame_rate(*level),
                     codecs_attribute(level, audio), group, playlist_url(*video, *level, request));
    }
  } else if (const Stream* preferred = default_audio(presentation)) {
    fmt::format_to(std::back_inserter(out), "#EXT-X-STREAM-INF:BANDWIDTH={},CODECS=\"{}\"{}\n{}\n", audio_peak,
                   codecs_attribute(nullptr, audio), group,
                   playlist_url(*preferred, preferred->levels.front(), request));
  }
  return Answer{std::string{kPlaylistType}, std::move(out)};
}

Result<Answer> media_playlist_cmaf(const Presentation& presentation, const StreamRequest& request) {
  if (request.keyframes) {
    return bad_url("{} has no playlist of key frames", request.format_name);
  }
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  std::uint64_t longest = 0;
  for (const Stream& stream : presentation.streams()) longest = std::max(longest, stream.timeline().longest());
  std::string out = fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n",
      seconds_rounded_up(longest));
  if (ref.stream->kind != TrackKind::kText) {
    fmt::format_to(std::back_inserter(out), "#EXT-X-MAP:URI=\"{}\"\n", media_url("Fragments", request, "i"));
  }
  for (const Fragment& fragment : ref.stream->timeline().fragments()) {
    fmt::format_to(std::back_inserter(out), "#EXTINF:{},no-desc\n{}\n", seconds_text(fragment.duration),
                   media_url("Fragments", request, std::to_string(fragment.start)));
  }
  return Answer{std::string{kPlaylistType}, out + "#EXT-X-ENDLIST\n"};
}

// Captions are WebVTT in HLS, whatever the media are in: without an init segment.
Result<Answer> init_cmaf(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  if (ref.level->captions != nullptr) return bad_url("captions of {} have no init segment", request.format_name);
  return answer_fmp4_init(presentation, request, FragmentStyle::kCmaf);
}

Result<Answer> fragment_cmaf(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  if (ref.level->captions != nullptr) {
    const auto position = ref.level->plan.find(request.time);
    if (!position) {
      return fail_with(ErrorCode::kNotFound, mpe::kTimestampNotFound, "no segment of '{}' starts at {}", request.track,
                       request.time);
    }
    const Fragment& fragment = ref.level->plan.fragments()[*position];
    return webvtt_segment(*ref.level, fragment.start, fragment.duration, 0);
  }
  return answer_fmp4_fragment(presentation, request, FragmentStyle::kCmaf);
}

constexpr std::string_view kCmafNames[] = {"m3u8-cmaf"};

}  // namespace

const StreamingFormat kHlsCmafFormat{.names = kCmafNames,
                                     .protocol = StreamingProtocol::kHls,
                                     .manifest = master_cmaf,
                                     .media_playlist = media_playlist_cmaf,
                                     .init = init_cmaf,
                                     .fragment = fragment_cmaf,
                                     .key_frame = nullptr};

}  // namespace lazulite::packager
