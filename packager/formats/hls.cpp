// Playlists of HLS over transport streams: versions 4 and 3 (delivery.md 1.5).
#include "packager/formats/hls.hpp"

#include "packager/errors.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::packager {

using namespace hls;

namespace {

// floor(1.022 × bitrate + 8160): the overhead of packets, and a constant for each track (delivery.md 1.5).
std::uint64_t track_bandwidth(const Level& level) { return level.bitrate * 1022 / 1000 + 8160; }

const Stream* highest_audio(const Presentation& presentation) {
  const Stream* best = nullptr;
  for (const Stream* audio : presentation.audio()) {
    if (best == nullptr || audio->levels.front().bitrate > best->levels.front().bitrate) best = audio;
  }
  return best;
}

Result<void> require_ts_codecs(const Presentation& presentation) {
  for (const Stream& stream : presentation.streams()) {
    for (const Level& level : stream.levels) {
      if (stream.kind != TrackKind::kText) LAZULITE_CHECK(require_ts_codec(level.info()));
    }
  }
  return {};
}

// What differs between the two versions' master playlists.
struct MasterRules {
  int version = 4;
  const Stream* counted_audio = nullptr;    // whose bitrate is in BANDWIDTH
  const Stream* audio_only = nullptr;       // what the last variant points at
  std::vector<const Stream*> codecs_audio;  // whose codecs are in CODECS
  std::string group;                        // ,AUDIO="audio",SUBTITLES="subs"
  std::string video_extra;                  // ,audiotrack=…
};

void append_stream_inf(std::string& out, std::string_view tag, const MasterRules& rules, const Level* video,
                       bool with_audio_codecs) {
  std::uint64_t bandwidth = video != nullptr ? track_bandwidth(*video) : 0;
  if (rules.counted_audio != nullptr) bandwidth += track_bandwidth(rules.counted_audio->levels.front());
  fmt::format_to(std::back_inserter(out), "#{}:BANDWIDTH={}", tag, bandwidth);
  if (video != nullptr)
    fmt::format_to(std::back_inserter(out), ",RESOLUTION={}x{}", video->info().width, video->info().height);
  const std::vector<const Stream*> none;
  fmt::format_to(std::back_inserter(out), ",CODECS=\"{}\"",
                 codecs_attribute(video, with_audio_codecs ? rules.codecs_audio : none));
}

void append_variants(std::string& out, const Presentation& presentation, const StreamRequest& request,
                     const MasterRules& rules) {
  const Stream* video = presentation.video();
  if (video != nullptr) {
    for (const Level* level : variants(presentation)) {
      append_stream_inf(out, "EXT-X-STREAM-INF", rules, level, true);
      fmt::format_to(std::back_inserter(out), "{}\n{}\n", rules.group,
                     playlist_url(*video, *level, request, rules.video_extra));
      if (rules.version < 4) continue;
      append_stream_inf(out, "EXT-X-I-FRAME-STREAM-INF", rules, level, false);
      fmt::format_to(std::back_inserter(out), ",URI=\"{}\"\n",
                     playlist_url(*video, *level, request, ",type=keyframes"));
    }
  }
  if (rules.audio_only == nullptr || (video != nullptr && !request.audio_only)) return;
  append_stream_inf(out, "EXT-X-STREAM-INF", rules, nullptr, true);
  fmt::format_to(std::back_inserter(out), "{}\n{}\n", rules.group,
                 playlist_url(*rules.audio_only, rules.audio_only->levels.front(), request));
}

Result<Answer> master_v4(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_CHECK(require_ts_codecs(presentation));
  const auto audio = presentation.audio();
  const Stream* preferred = default_audio(presentation);
  std::string out = "#EXTM3U\n#EXT-X-VERSION:4\n";
  for (const Stream* stream : audio) {
    fmt::format_to(std::back_inserter(out), "#EXT-X-MEDIA:{}{}{},URI=\"{}\"\n", audio_media_attributes(*stream),
                   stream == preferred ? ",DEFAULT=YES" : "", stream->language.empty() ? "" : ",AUTOSELECT=YES",
                   playlist_url(*stream, stream->levels.front(), request));
  }
  out += subtitle_group(presentation, request);
  std::string group = audio.empty() ? "" : ",AUDIO=\"audio\"";
  group += subtitle_attribute(presentation);
  const MasterRules rules{4, highest_audio(presentation), preferred, audio, std::move(group), {}};
  append_variants(out, presentation, request, rules);
  return Answer{std::string{kPlaylistType}, std::move(out)};
}

Result<Answer> master_v3(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_CHECK(require_ts_codecs(presentation));
  LAZULITE_TRY(const Stream* const audio, muxed_audio(presentation, request));
  MasterRules rules{3, audio, audio, {}, "", audio_track_parameter(audio)};
  if (audio != nullptr) rules.codecs_audio.push_back(audio);
  std::string out = "#EXTM3U\n#EXT-X-VERSION:3\n";
  append_variants(out, presentation, request, rules);
  return Answer{std::string{kPlaylistType}, std::move(out)};
}

// Everything between the first line and the first segment.
std::string media_header(int version, std::uint64_t longest_ticks, bool keyframes) {
  return fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-ALLOW-CACHE:NO\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:{}\n{}"
      "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00Z\n",
      version, seconds_rounded_up(longest_ticks), keyframes ? "#EXT-X-I-FRAMES-ONLY\n" : "");
}

void append_entry(std::string& out, std::uint64_t duration, const std::string& url) {
  fmt::format_to(std::back_inserter(out), "#EXTINF:{},no-desc\n{}\n", seconds_text(duration), url);
}

// Of all tracks, so that every playlist of a presentation says the same.
std::uint64_t longest_segment(const Presentation& presentation) {
  std::uint64_t longest = 0;
  for (const Stream& stream : presentation.streams()) {
    for (const SegmentGroup& group : group_fragments(stream.timeline(), presentation.fragments_per_hls_segment())) {
      longest = std::max(longest, group.duration);
    }
  }
  return longest;
}

std::string segment_list(const Presentation& presentation, const Stream& stream, const StreamRequest& request,
                         int version, std::string_view extra) {
  std::string out = media_header(version, longest_segment(presentation), false);
  for (const SegmentGroup& group : group_fragments(stream.timeline(), presentation.fragments_per_hls_segment())) {
    append_entry(out, group.duration, media_url("Fragments", request, std::to_string(group.start), extra));
  }
  return out + "#EXT-X-ENDLIST\n";
}

Result<Answer> media_playlist_v4(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  if (ref.stream->kind != TrackKind::kText) LAZULITE_CHECK(require_ts_codec(ref.level->info()));
  if (!request.keyframes) {
    return Answer{std::string{kPlaylistType}, segment_list(presentation, *ref.stream, request, 4, {})};
  }
  if (ref.stream->kind != TrackKind::kVideo) {
    return bad_url("only video has a playlist of key frames");
  }
  std::string out = media_header(4, ref.stream->timeline().longest(), true);
  for (const Fragment& fragment : ref.stream->timeline().fragments()) {
    append_entry(out, fragment.duration, media_url("KeyFrames", request, std::to_string(fragment.start)));
  }
  return Answer{std::string{kPlaylistType}, out + "#EXT-X-ENDLIST\n"};
}

Result<Answer> media_playlist_v3(const Presentation& presentation, const StreamRequest& request) {
  LAZULITE_TRY(const LevelRef ref, find_level(presentation, request));
  LAZULITE_CHECK(require_ts_codec(ref.level->info()));
  const Stream* audio = nullptr;
  if (ref.stream->kind == TrackKind::kVideo) {
    LAZULITE_TRY(audio, muxed_audio(presentation, request));
  }
  return Answer{std::string{kPlaylistType},
                segment_list(presentation, *ref.stream, request, 3, audio_track_parameter(audio))};
}

constexpr std::string_view kV4Names[] = {"m3u8-aapl", "m3u8-aapl-v4"};
constexpr std::string_view kV3Names[] = {"m3u8-aapl-v3"};

}  // namespace

const StreamingFormat kHlsV4Format{.names = kV4Names,
                                   .protocol = StreamingProtocol::kHls,
                                   .manifest = master_v4,
                                   .media_playlist = media_playlist_v4,
                                   .fragment = ts_segment,
                                   .key_frame = ts_key_frame,
                                   .packs_fragments = true,
                                   .reads_media = true};
const StreamingFormat kHlsV3Format{.names = kV3Names,
                                   .protocol = StreamingProtocol::kHls,
                                   .manifest = master_v3,
                                   .media_playlist = media_playlist_v3,
                                   .fragment = ts_segment,
                                   .key_frame = ts_key_frame,
                                   .packs_fragments = true,
                                   .reads_media = true};

}  // namespace lazulite::packager
