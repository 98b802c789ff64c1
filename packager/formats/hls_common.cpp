#include "packager/captions/webvtt.hpp"
#include "packager/codec_string.hpp"
#include "packager/errors.hpp"
#include "packager/formats/hls.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::packager::hls {

const Stream* default_audio(const Presentation& presentation) {
  const Stream* best = nullptr;
  for (const Stream* audio : presentation.audio()) {
    if (best == nullptr ||
        (audio->language == best->language && audio->levels.front().bitrate < best->levels.front().bitrate))
      best = audio;
  }
  return best;
}

Result<const Stream*> muxed_audio(const Presentation& presentation, const StreamRequest& request) {
  if (request.audio_track.empty()) return default_audio(presentation);
  const Stream* found = presentation.find_stream(request.audio_track);
  if (found == nullptr || found->kind != TrackKind::kAudio) {
    return fail_with(ErrorCode::kNotFound, mpe::kTrackNotFound, "there is no audio track named '{}'",
                     request.audio_track);
  }
  return found;
}

std::string url_name(std::string_view track_name) { return percent_encode(track_name); }

std::string audio_track_parameter(const Stream* audio) {
  return audio == nullptr ? std::string{} : ",audiotrack=" + url_name(audio->name);
}

namespace {

std::string encryption_parameter(const StreamRequest& request) {
  return request.encryption.empty() ? std::string{} : ",encryption=" + percent_encode(request.encryption);
}

std::string filter_parameter(const StreamRequest& request) {
  std::string out;
  for (const std::string& filter : request.filters) out += (out.empty() ? ",filter=" : ";") + percent_encode(filter);
  if (!request.start_time.empty()) out += ",startTime=" + percent_encode(request.start_time, ":");
  if (!request.end_time.empty()) out += ",endTime=" + percent_encode(request.end_time, ":");
  return out;
}

}  // namespace

std::string playlist_url(const Stream& stream, const Level& level, const StreamRequest& request,
                         std::string_view extra) {
  return fmt::format("QualityLevels({})/Manifest({},format={}{}{}{})", level.bitrate, url_name(stream.name),
                     request.format_name, extra, filter_parameter(request), encryption_parameter(request));
}

std::string media_url(std::string_view verb, const StreamRequest& request, std::string_view when,
                      std::string_view extra) {
  return fmt::format("{}({}={},format={}{}{})", verb, url_name(request.track), when, request.format_name, extra,
                     encryption_parameter(request));
}

std::string codecs_attribute(const Level* video, const std::vector<const Stream*>& audio) {
  std::vector<std::string> codecs;
  if (video != nullptr) codecs.push_back(codec_string(video->info(), HexCase::kLower));
  for (const Stream* stream : audio) {
    std::string codec = codec_string(stream->levels.front().info(), HexCase::kLower);
    if (std::find(codecs.begin(), codecs.end(), codec) == codecs.end()) codecs.push_back(std::move(codec));
  }
  return fmt::format("{}", fmt::join(codecs, ","));
}

namespace {

// A quoted-string holds no quotes and no line ends (RFC 8216 §4.2).
std::string quotable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '"' || static_cast<unsigned char>(c) < 0x20; }, '_');
  return text;
}

std::string media_attributes(std::string_view type, std::string_view group, const std::string& name,
                             const std::string& language) {
  std::string out = fmt::format("TYPE={},GROUP-ID=\"{}\",NAME=\"{}\"", type, group, quotable(name));
  const bool is_tag = std::all_of(language.begin(), language.end(),
                                  [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; });
  if (!language.empty() && is_tag) out += fmt::format(",LANGUAGE=\"{}\"", language);
  return out;
}

}  // namespace

std::string audio_media_attributes(const Stream& audio) {
  return media_attributes("AUDIO", "audio", audio.name, audio.language);
}

std::string subtitle_group(const Presentation& presentation, const StreamRequest& request) {
  std::string out;
  bool has_default = false;  // at most one of a group (RFC 8216 §4.3.4.1.1)
  for (const Stream* text : presentation.text()) {
    const bool is_default = text->is_default && !has_default;
    has_default = has_default || is_default;
    out += fmt::format(
        "#EXT-X-MEDIA:{}{},AUTOSELECT=YES",
        media_attributes("SUBTITLES", "subs", text->title.empty() ? text->name : text->title, text->language),
        is_default ? ",DEFAULT=YES" : "");
    if (!text->characteristics.empty()) {
      out += fmt::format(",CHARACTERISTICS=\"{}\"", quotable(text->characteristics));
    }
    out += fmt::format(",URI=\"{}\"\n", playlist_url(*text, text->levels.front(), request));
  }
  return out;
}

std::string_view subtitle_attribute(const Presentation& presentation) {
  return presentation.text().empty() ? "" : ",SUBTITLES=\"subs\"";
}

Answer webvtt_segment(const Level& level, std::uint64_t start, std::uint64_t duration, std::uint64_t mpegts_of_zero) {
  return Answer{"text/vtt", write_webvtt_segment(*level.captions, start, start + duration, mpegts_of_zero), true};
}

std::string seconds_text(std::uint64_t ticks) {
  const std::uint64_t micros = (ticks + 5) / 10;
  return fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
}

std::uint64_t seconds_rounded_up(std::uint64_t ticks) { return (ticks + kTicksPerSecond - 1) / kTicksPerSecond; }

std::vector<const Level*> variants(const Presentation& presentation) {
  std::vector<const Level*> out;
  const Stream* video = presentation.video();
  if (video == nullptr) return out;
  for (const Level& level : video->levels) out.push_back(&level);
  std::reverse(out.begin(), out.end());
  if (const auto wanted = presentation.first_quality()) {
    const auto above =
        std::find_if(out.begin(), out.end(), [&](const Level* level) { return level->bitrate > *wanted; });
    if (above != out.begin()) std::rotate(out.begin(), above - 1, above);
  }
  return out;
}

Result<void> require_ts_codec(const TrackInfo& info) {
  if (info.kind == TrackKind::kVideo && info.codec != Codec::kH264) {
    return fail_with(ErrorCode::kUnsupported, mpe::kVideoEncodingNotSupported,
                     "a transport stream segment holds H.264 only, this is {}", info.sample_entry);
  }
  if (info.kind == TrackKind::kText) {
    return fail_with(ErrorCode::kUnsupported, mpe::kMediaTypeNotSupported, "a transport stream segment holds no text");
  }
  return {};
}

}  // namespace lazulite::packager::hls
