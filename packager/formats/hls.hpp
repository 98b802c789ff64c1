// HLS from MP4 sources (delivery.md 1.5, RFC 8216): the rows m3u8-aapl (version 4, audio apart), m3u8-aapl-v3 (audio
// muxed) and m3u8-cmaf (fragmented MP4), and what their files share. Pure.
#pragma once

#include "packager/formats/format.hpp"
#include "packager/presentation.hpp"
#include "packager/segment_plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::packager {

extern const StreamingFormat kHlsV4Format, kHlsV3Format, kHlsCmafFormat;

namespace hls {

inline constexpr std::string_view kPlaylistType = "application/vnd.apple.mpegurl";

// The rendition that players should start with: of the language of the first one, the lowest bitrate (delivery.md 1.5).
// Null without audio.
const Stream* default_audio(const Presentation& presentation);
// The audio of a v3 request: its audiotrack, or the default; null without audio. NotFound MPE_EGRESS_TRACK_NOT_FOUND.
Result<const Stream*> muxed_audio(const Presentation& presentation, const StreamRequest& request);

// "QualityLevels(640000)/Manifest(video,format=m3u8-aapl)", relative to the .ism, with the filter and encryption of the
// request. `extra`: further parameters, each with its comma in front.
std::string playlist_url(const Stream& stream, const Level& level, const StreamRequest& request,
                         std::string_view extra = {});
// "Fragments(video=0,format=m3u8-aapl)", relative to the playlist: only what changes the bytes (delivery.md 1.4).
std::string media_url(std::string_view verb, const StreamRequest& request, std::string_view when,
                      std::string_view extra = {});
// ",audiotrack=name", or nothing for null.
std::string audio_track_parameter(const Stream* audio);
// A track name as it may stand in a URL.
std::string url_name(std::string_view track_name);

// "avc1.4d401e,mp4a.40.2": of the video, then the distinct ones of all audio.
std::string codecs_attribute(const Level* video, const std::vector<const Stream*>& audio);
// The lines of EXT-X-MEDIA for all captions, or nothing; and the attribute of every variant that names their group.
std::string subtitle_group(const Presentation& presentation, const StreamRequest& request);
std::string_view subtitle_attribute(const Presentation& presentation);
// The segment of captions that spans [start, start + duration), as WebVTT. `mpegts_of_zero`: see write_webvtt_segment.
Answer webvtt_segment(const Level& level, std::uint64_t start, std::uint64_t duration, std::uint64_t mpegts_of_zero);

// TYPE=AUDIO,GROUP-ID="audio",NAME="…" and LANGUAGE when known.
std::string audio_media_attributes(const Stream& audio);
// "6.060408": ticks in seconds with six decimals, rounded.
std::string seconds_text(std::uint64_t ticks);
// Ticks in whole seconds, rounded up.
std::uint64_t seconds_rounded_up(std::uint64_t ticks);

// The video levels by ascending bitrate, as HLS lists them; FirstQuality of a filter moves one to the front: that of
// its bitrate, else the highest below it, else the lowest (delivery.md 4.7). Empty without video.
std::vector<const Level*> variants(const Presentation& presentation);

// Unsupported MPE_VIDEO_ENCODING_NOT_SUPPORTED or MPE_AUDIO_ENCODING_NOT_SUPPORTED for what a transport stream may not
// hold (delivery.md 2.7).
Result<void> require_ts_codec(const TrackInfo& info);

Result<Answer> ts_segment(const Presentation& presentation, const StreamRequest& request);
Result<Answer> ts_key_frame(const Presentation& presentation, const StreamRequest& request);

}  // namespace hls
}  // namespace lazulite::packager
