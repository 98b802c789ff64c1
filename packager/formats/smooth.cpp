#include "packager/formats/smooth.hpp"

#include "packager/errors.hpp"
#include "packager/formats/fmp4.hpp"
#include "packager/presentation.hpp"
#include "schema/base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace lazulite::packager {
namespace {

constexpr std::string_view kNames[] = {""};
constexpr std::string_view kNames20[] = {"fmp4-v20"};

enum class Version { k20, k22 };

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void put_attribute(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) put(out, " {}=\"{}\"", name, xml_escape(value));
}

// Parameter sets behind start codes, in upper-case hex.
std::string video_private_data(const TrackInfo& info) {
  std::string hex;
  for (const auto* sets : {&info.vps, &info.sps, &info.pps}) {
    for (const auto& set : *sets) hex += "00000001" + to_upper(to_hex(set));
  }
  return hex;
}

std::string_view four_cc(const TrackInfo& info) {
  switch (info.codec) {
    case Codec::kH264:
      return "H264";
    case Codec::kHevc:
      return info.sample_entry == "hev1" ? "HEV1" : "HVC1";
    case Codec::kAac:
      return info.audio_object_type == 2 ? "AACL" : "AACH";
    case Codec::kAc3:
      return "AC-3";
    case Codec::kEac3:
      return "EC-3";
    case Codec::kTtml:
      return "TTML";
  }
  return "";
}

void put_video_level(std::string& out, std::size_t index, const Level& level) {
  const TrackInfo& info = level.info();
  put(out,
      "    <QualityLevel Index=\"{}\" Bitrate=\"{}\" FourCC=\"{}\" MaxWidth=\"{}\" MaxHeight=\"{}\" "
      "CodecPrivateData=\"{}\"",
      index, level.bitrate, four_cc(info), info.width, info.height, video_private_data(info));
  if (info.nal_length_size != 4) put(out, " NALUnitLengthField=\"{}\"", info.nal_length_size);
  out += " />\n";
}

void put_audio_level(std::string& out, std::size_t index, const Level& level) {
  const TrackInfo& info = level.info();
  const int tag = info.codec == Codec::kAac ? 255 : 65534;  // raw AAC; WAVE_FORMAT_EXTENSIBLE
  put(out,
      "    <QualityLevel AudioTag=\"{}\" Index=\"{}\" BitsPerSample=\"16\" Bitrate=\"{}\" FourCC=\"{}\" "
      "CodecPrivateData=\"{}\" Channels=\"{}\" PacketSize=\"{}\" SamplingRate=\"{}\" />\n",
      tag, index, level.bitrate, four_cc(info), to_upper(to_hex(info.codec_config)), info.channels, 2 * info.channels,
      info.sample_rate);
}

void put_level(std::string& out, std::size_t index, const Level& level) {
  switch (level.info().kind) {
    case TrackKind::kVideo:
      return put_video_level(out, index, level);
    case TrackKind::kAudio:
      return put_audio_level(out, index, level);
    case TrackKind::kText:
      return put(out, "    <QualityLevel Index=\"{}\" Bitrate=\"{}\" FourCC=\"{}\" CodecPrivateData=\"\" />\n", index,
                 level.bitrate, four_cc(level.info()));
  }
}

// `c` elements: `t` on the first and after a gap; `r` is the total of equal ones, in 2.2 only.
void put_chunks(std::string& out, const TrackPlan& plan, Version version) {
  out += "    ";
  for (const TimelineRun& run : timeline_runs(plan)) {
    const std::string start = run.contiguous ? "" : fmt::format(" t=\"{}\"", run.start);
    if (version == Version::k22) {
      put(out, "<c{} d=\"{}\"", start, run.duration);
      if (run.count > 1) put(out, " r=\"{}\"", run.count);
      out += " />";
    } else {
      put(out, "<c{} d=\"{}\" />", start, run.duration);
      for (std::size_t i = 1; i < run.count; ++i) put(out, "<c d=\"{}\" />", run.duration);
    }
  }
  out += "\n";
}

void put_stream(std::string& out, const Stream& stream, Version version) {
  const bool video = stream.kind == TrackKind::kVideo;
  constexpr std::array<std::string_view, 3> kTypes{"video", "audio", "text"};
  put(out,
      "  <StreamIndex Chunks=\"{}\" Type=\"{}\" Url=\"QualityLevels({{bitrate}})/Fragments({}={{start time}})\" "
      "QualityLevels=\"{}\"",
      stream.timeline().fragments().size(), kTypes[static_cast<std::size_t>(stream.kind)], percent_encode(stream.name),
      stream.levels.size());
  if (stream.kind == TrackKind::kText) put_attribute(out, "Subtype", is_caption(stream) ? "CAPT" : "SUBT");
  if (!video) put_attribute(out, "Name", stream.name);
  if (!video) put_attribute(out, "Language", stream.language);
  put_attribute(out, "Role", stream.role);
  put_attribute(out, "Accessibility", stream.accessibility);
  out += ">\n";
  for (std::size_t i = 0; i < stream.levels.size(); ++i) {
    put_level(out, i, stream.levels[i]);
  }
  put_chunks(out, stream.timeline(), version);
  out += "  </StreamIndex>\n";
}

Result<Answer> manifest(const Presentation& presentation, Version version) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  put(out, "<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"{}\" Duration=\"{}\" TimeScale=\"{}\">\n",
      version == Version::k22 ? 2 : 0, presentation.duration(), kTicksPerSecond);
  for (const Stream& stream : presentation.streams()) put_stream(out, stream, version);
  out += "</SmoothStreamingMedia>\n";
  return Answer{"text/xml", std::move(out), false};
}

Result<Answer> manifest_22(const Presentation& presentation, const StreamRequest&) {
  return manifest(presentation, Version::k22);
}
Result<Answer> manifest_20(const Presentation& presentation, const StreamRequest&) {
  return manifest(presentation, Version::k20);
}
Result<Answer> fragment(const Presentation& presentation, const StreamRequest& request) {
  return answer_fmp4_fragment(presentation, request, FragmentStyle::kSmooth);
}
Result<Answer> key_frame(const Presentation& presentation, const StreamRequest& request) {
  return answer_fmp4_key_frame(presentation, request, FragmentStyle::kSmooth);
}

}  // namespace

constexpr StreamingFormat kSmoothFormat{.names = kNames,
                                        .protocol = StreamingProtocol::kSmooth,
                                        .manifest = manifest_22,
                                        .fragment = fragment,
                                        .key_frame = key_frame};
constexpr StreamingFormat kSmooth20Format{.names = kNames20,
                                          .protocol = StreamingProtocol::kSmooth,
                                          .manifest = manifest_20,
                                          .fragment = fragment,
                                          .key_frame = key_frame};

}  // namespace lazulite::packager
