#include "packager/formats/dash.hpp"

#include "packager/codec_string.hpp"
#include "packager/formats/fmp4.hpp"
#include "packager/presentation.hpp"
#include "schema/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace lazulite::packager {
namespace {

constexpr std::string_view kCsfNames[] = {"mpd-time-csf"};
constexpr std::string_view kCmafNames[] = {"mpd-time-cmaf"};

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// xs:duration of ticks, rounded to milliseconds: "PT1M10.315S".
std::string duration_text(std::uint64_t ticks) {
  constexpr std::uint64_t kTicksPerMs = kTicksPerSecond / 1000;
  const std::uint64_t ms = (ticks + kTicksPerMs / 2) / kTicksPerMs;
  const std::uint64_t hours = ms / 3'600'000, minutes = ms / 60'000 % 60, seconds = ms / 1000 % 60;
  std::string text = "PT";
  if (hours > 0) put(text, "{}H", hours);
  if (minutes > 0) put(text, "{}M", minutes);
  std::string rest = fmt::format("{}.{:03}", seconds, ms % 1000);
  rest.erase(rest.find_last_not_of('0') + 1);
  if (rest.back() == '.') rest.pop_back();
  if (rest != "0" || text == "PT") put(text, "{}S", rest);
  return text;
}

// Whole seconds that hold the longest fragment of any stream.
std::uint64_t min_buffer_seconds(const Presentation& presentation) {
  std::uint64_t longest = 0;
  for (const Stream& stream : presentation.streams()) longest = std::max(longest, stream.timeline().longest());
  return (longest + kTicksPerSecond - 1) / kTicksPerSecond;
}

// What depends on the kind of a stream: @group, the letter of a Representation's id, @contentType, @mimeType.
struct KindWords {
  int group;
  char letter;
  std::string_view content_type, mime_type;
};
const KindWords& words_of(TrackKind kind) {
  static constexpr std::array<KindWords, 3> kWords{
      {{1, 'V', "video", "video/mp4"}, {5, 'A', "audio", "audio/mp4"}, {3, 'T', "text", "application/mp4"}}};
  return kWords[static_cast<std::size_t>(kind)];
}

bool same_configuration(const Stream& stream) {
  const auto& first = stream.levels.front().info().codec_config;
  return stream.levels.size() > 1 && std::all_of(stream.levels.begin(), stream.levels.end(), [&](const Level& level) {
           return level.info().codec_config == first;
         });
}

void put_timeline(std::string& out, const TrackPlan& plan) {
  out += "        <SegmentTimeline>";
  for (const TimelineRun& run : timeline_runs(plan)) {
    out += "<S";
    if (!run.contiguous && run.start != 0) put(out, " t=\"{}\"", run.start);
    put(out, " d=\"{}\"", run.duration);
    if (run.count > 1) put(out, " r=\"{}\"", run.count - 1);
    out += " />";
  }
  out += "</SegmentTimeline>\n";
}

void put_set_attributes(std::string& out, const Stream& stream, std::size_t id, std::string_view profiles) {
  const TrackInfo& first = stream.levels.front().info();
  const KindWords& words = words_of(stream.kind);
  put(out, "    <AdaptationSet id=\"{}\" group=\"{}\"", id, words.group);
  if (!profiles.empty()) put(out, " profiles=\"{}\"", profiles);
  put(out, " bitstreamSwitching=\"{}\" segmentAlignment=\"true\" contentType=\"{}\" mimeType=\"{}\" codecs=\"{}\"",
      same_configuration(stream), words.content_type, words.mime_type, codec_string(first, HexCase::kUpper));
  if (stream.kind == TrackKind::kVideo) {
    unsigned width = 0, height = 0;
    for (const Level& level : stream.levels) {
      width = std::max<unsigned>(width, level.info().width);
      height = std::max<unsigned>(height, level.info().height);
    }
    put(out, " maxWidth=\"{}\" maxHeight=\"{}\" startWithSAP=\"1\"", width, height);
  } else if (!stream.language.empty()) {
    put(out, " lang=\"{}\"", xml_escape(short_language(stream.language)));
  }
  out += ">\n";
}

void put_descriptors(std::string& out, const Stream& stream) {
  const auto put_scheme = [&out](std::string_view element, std::string_view value) {
    if (value.empty()) return;
    put(out, "      <{} schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"{}\" />\n", element, xml_escape(value));
  };
  put_scheme("Accessibility", stream.accessibility);
  const bool needs_role = stream.kind == TrackKind::kText && stream.role.empty();
  put_scheme("Role", needs_role ? is_caption(stream) ? "caption" : "subtitle" : stream.role);
  if (!stream.title.empty() && stream.title != stream.name) {
    put(out, "      <Label>{}</Label>\n", xml_escape(stream.title));
  }
}

void put_representations(std::string& out, const Stream& stream) {
  const KindWords& words = words_of(stream.kind);
  const std::string shared_codecs = codec_string(stream.levels.front().info(), HexCase::kUpper);
  for (std::size_t i = 0; i < stream.levels.size(); ++i) {
    const Level& level = stream.levels[i];
    const std::string codecs = codec_string(level.info(), HexCase::kUpper);
    put(out, "      <Representation id=\"{}_{}_{}_{}\" bandwidth=\"{}\"", words.group, words.letter,
        xml_escape(stream.name), i + 1, level.bitrate);
    if (codecs != shared_codecs) put(out, " codecs=\"{}\"", codecs);
    if (stream.kind == TrackKind::kVideo) {
      put(out, " width=\"{}\" height=\"{}\"", level.info().width, level.info().height);
    } else if (stream.kind == TrackKind::kAudio) {
      put(out, " audioSamplingRate=\"{}\"", level.info().sample_rate);
    }
    out += " />\n";
  }
}

void put_adaptation_set(std::string& out, const Stream& stream, std::size_t id, const StreamRequest& request,
                        std::string_view profiles, std::uint64_t start) {
  const std::string noun = percent_encode(stream.name);
  put_set_attributes(out, stream, id, profiles);
  put_descriptors(out, stream);
  put(out,
      "      <SegmentTemplate timescale=\"{0}\" media=\"QualityLevels($Bandwidth$)/Fragments({1}=$Time$,format={2})\" "
      "initialization=\"QualityLevels($Bandwidth$)/Fragments({1}=i,format={2})\"",
      kTicksPerSecond, noun, request.format_name);
  if (start != 0) put(out, " presentationTimeOffset=\"{}\"", start);
  out += ">\n";
  put_timeline(out, stream.timeline());
  out += "      </SegmentTemplate>\n";
  put_representations(out, stream);
  out += "    </AdaptationSet>\n";
}

Result<Answer> manifest(const Presentation& presentation, const StreamRequest& request, std::string_view profiles) {
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
  put(out,
      "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\" mediaPresentationDuration=\"{}\" "
      "minBufferTime=\"PT{}S\">\n  <Period>\n",
      duration_text(presentation.duration()), min_buffer_seconds(presentation));
  std::size_t id = 0;
  for (const Stream& stream : presentation.streams()) {
    put_adaptation_set(out, stream, ++id, request, profiles, presentation.start());
  }
  out += "  </Period>\n</MPD>\n";
  return Answer{"application/dash+xml", std::move(out), false};
}

Result<Answer> csf_manifest(const Presentation& presentation, const StreamRequest& request) {
  return manifest(presentation, request, "ccff");
}
Result<Answer> cmaf_manifest(const Presentation& presentation, const StreamRequest& request) {
  return manifest(presentation, request, "");
}

template <FragmentStyle Style>
Result<Answer> init(const Presentation& presentation, const StreamRequest& request) {
  return answer_fmp4_init(presentation, request, Style);
}
template <FragmentStyle Style>
Result<Answer> fragment(const Presentation& presentation, const StreamRequest& request) {
  return answer_fmp4_fragment(presentation, request, Style);
}
template <FragmentStyle Style>
Result<Answer> key_frame(const Presentation& presentation, const StreamRequest& request) {
  return answer_fmp4_key_frame(presentation, request, Style);
}

}  // namespace

constexpr StreamingFormat kDashCsfFormat{.names = kCsfNames,
                                         .protocol = StreamingProtocol::kDash,
                                         .manifest = csf_manifest,
                                         .init = init<FragmentStyle::kCsf>,
                                         .fragment = fragment<FragmentStyle::kCsf>,
                                         .key_frame = key_frame<FragmentStyle::kCsf>};
constexpr StreamingFormat kDashCmafFormat{.names = kCmafNames,
                                          .protocol = StreamingProtocol::kDash,
                                          .manifest = cmaf_manifest,
                                          .init = init<FragmentStyle::kCmaf>,
                                          .fragment = fragment<FragmentStyle::kCmaf>,
                                          .key_frame = key_frame<FragmentStyle::kCmaf>};

}  // namespace lazulite::packager
