#include "encoder/processors/metadata_xml.hpp"

#include "schema/base/text.hpp"

#include <cmath>
#include <numeric>
#include <string_view>
#include <type_traits>

namespace lazulite::encoder {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
constexpr std::string_view kOutputNamespace =
    "http://schemas.microsoft.com/windowsazure/mediaservices/2013/05/mediaencoder/metadata";
constexpr std::string_view kInputNamespace =
    "http://schemas.microsoft.com/windowsazure/mediaservices/2014/07/mediaencoder/inputmetadata";

// Builds elements with indentation; attributes are escaped.
class XmlWriter {
 public:
  XmlWriter() : text_(kDeclaration) {}

  void open(std::string_view element) {
    end_tag();
    text_ += fmt::format("{:{}}<{}", "", 2 * depth_++, element);
    in_tag_ = true;
  }
  void attribute(std::string_view name, std::string_view value) {
    text_ += fmt::format(" {}=\"{}\"", name, xml_escape(value));
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void attribute(std::string_view name, Number value) { attribute(name, std::string_view{fmt::format("{}", value)}); }
  void close(std::string_view element) {
    --depth_;
    if (in_tag_) {
      text_ += " />\n";
      in_tag_ = false;
      return;
    }
    text_ += fmt::format("{:{}}</{}>\n", "", 2 * depth_, element);
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void end_tag() {
    if (in_tag_) text_ += ">\n";
    in_tag_ = false;
  }
  std::string text_;
  int depth_ = 0;
  bool in_tag_ = false;
};

std::string three_decimals(double value) { return fmt::format("{:.3f}", value); }

std::int64_t kbps(double bits_per_second) { return std::llround(bits_per_second / 1000); }

void write_video_track(XmlWriter& xml, const VideoRendition& rendition, Fraction rate,
                       const ffmpeg::WrittenFile& file) {
  const int common = std::max(1, std::gcd(rendition.size.width, rendition.size.height));
  xml.open("VideoTracks");
  xml.open("VideoTrack");
  xml.attribute("Id", 0);
  xml.attribute("FourCC", "AVC1");
  if (!file.video_profile.empty()) xml.attribute("Profile", file.video_profile);
  if (!file.video_level.empty()) xml.attribute("Level", file.video_level);
  xml.attribute("Width", rendition.size.width);
  xml.attribute("Height", rendition.size.height);
  xml.attribute("DisplayAspectRatioNumerator", rendition.size.width / common);
  xml.attribute("DisplayAspectRatioDenominator", rendition.size.height / common);
  xml.attribute("Framerate", three_decimals(rate.value()));
  xml.attribute("TargetFramerate", three_decimals(rate.value()));
  xml.attribute("Bitrate", kbps(file.video.bitrate()));
  xml.attribute("TargetBitrate", rendition.layer.bitrate_kbps);
  xml.attribute("MaxGOPBitrate", kbps(file.video.max_gop_bitrate));
  xml.close("VideoTrack");
  xml.close("VideoTracks");
}

void write_audio_track(XmlWriter& xml, const AudioPlan& audio, const ffmpeg::WrittenFile& file) {
  xml.open("AudioTracks");
  xml.open("AudioTrack");
  xml.attribute("Id", 0);
  xml.attribute("Codec", "AacLc");
  xml.attribute("Channels", audio.channels);
  xml.attribute("SamplingRate", audio.sampling_rate);
  xml.attribute("Bitrate", kbps(file.audio.bitrate()));
  xml.attribute("BitsPerSample", 16);
  xml.close("AudioTrack");
  xml.close("AudioTracks");
}

void write_output_file(XmlWriter& xml, const ResolvedPlan& plan, std::size_t index, const ffmpeg::WrittenFile& file,
                       const std::string& source_name) {
  const PlannedOutput& output = plan.outputs[index];
  xml.open("AssetFile");
  xml.attribute("Name", output.name);
  xml.attribute("Size", file.size);
  xml.attribute("Duration", xml_duration(std::max(file.video.duration, file.audio.duration)));
  xml.open("Sources");
  xml.open("Source");
  xml.attribute("Name", source_name);
  xml.close("Source");
  xml.close("Sources");
  if (const auto* video = plan.video_of(output)) write_video_track(xml, *video, plan.frame_rate, file);
  if (const auto* audio = plan.audio_of(output)) write_audio_track(xml, *audio, file);
  xml.close("AssetFile");
}

void write_tags(XmlWriter& xml, const ffmpeg::Tags& tags) {
  for (const auto& [key, value] : tags) {
    xml.open("Metadata");
    xml.attribute("key", key);
    xml.attribute("value", value);
    xml.close("Metadata");
  }
}

void write_common(XmlWriter& xml, const ffmpeg::StreamInfo& stream) {
  xml.attribute("Id", stream.index);
  xml.attribute("Codec", stream.codec);
  xml.attribute("CodecLongName", stream.codec_long_name);
  xml.attribute("TimeBase", fmt::format("{}/{}", stream.time_base.numerator, stream.time_base.denominator));
  if (stream.frames > 0) xml.attribute("NumberOfFrames", stream.frames);
  if (stream.start) xml.attribute("StartTime", xml_duration(*stream.start));
  if (stream.duration) xml.attribute("Duration", xml_duration(*stream.duration));
}

void write_tail(XmlWriter& xml, const ffmpeg::StreamInfo& stream) {
  xml.open("Disposition");
  for (std::size_t i = 0; i < ffmpeg::kDispositionNames.size(); ++i)
    xml.attribute(ffmpeg::kDispositionNames[i], stream.disposition[i] ? 1 : 0);
  xml.close("Disposition");
  write_tags(xml, stream.tags);
}

void write_source_video(XmlWriter& xml, const ffmpeg::StreamInfo& stream) {
  const std::int64_t shown_width = static_cast<std::int64_t>(stream.width) * stream.sample_aspect.numerator;
  const std::int64_t shown_height = static_cast<std::int64_t>(stream.height) * stream.sample_aspect.denominator;
  const std::int64_t common = std::max<std::int64_t>(1, std::gcd(shown_width, shown_height));
  xml.open("VideoTrack");
  write_common(xml, stream);
  xml.attribute("FourCC", stream.fourcc);
  if (!stream.profile.empty()) xml.attribute("Profile", stream.profile);
  if (!stream.level.empty()) xml.attribute("Level", stream.level);
  if (!stream.pixel_format.empty()) xml.attribute("PixelFormat", stream.pixel_format);
  xml.attribute("Width", stream.width);
  xml.attribute("Height", stream.height);
  xml.attribute("DisplayAspectRatioNumerator", shown_width / common);
  xml.attribute("DisplayAspectRatioDenominator", shown_height / common);
  xml.attribute("SampleAspectRatioNumerator", stream.sample_aspect.numerator);
  xml.attribute("SampleAspectRatioDenominator", stream.sample_aspect.denominator);
  xml.attribute("FrameRate", three_decimals(stream.frame_rate.value()));
  if (stream.bit_rate > 0) xml.attribute("Bitrate", kbps(static_cast<double>(stream.bit_rate)));
  xml.attribute("HasBFrames", stream.has_b_frames);
  write_tail(xml, stream);
  xml.close("VideoTrack");
}

void write_source_audio(XmlWriter& xml, const ffmpeg::StreamInfo& stream) {
  xml.open("AudioTrack");
  write_common(xml, stream);
  if (!stream.sample_format.empty()) xml.attribute("SampleFormat", stream.sample_format);
  if (!stream.channel_layout.empty()) xml.attribute("ChannelLayout", stream.channel_layout);
  xml.attribute("Channels", stream.channels);
  xml.attribute("SamplingRate", stream.sampling_rate);
  if (stream.bit_rate > 0) xml.attribute("Bitrate", kbps(static_cast<double>(stream.bit_rate)));
  xml.attribute("BitsPerSample", stream.bits_per_sample);
  write_tail(xml, stream);
  xml.close("AudioTrack");
}

// All streams of a kind under one element; left out when there are none.
void write_tracks(XmlWriter& xml, const ffmpeg::SourceInfo& source, ffmpeg::StreamKind kind) {
  const std::string_view element = kind == ffmpeg::StreamKind::kVideo ? "VideoTracks" : "AudioTracks";
  bool opened = false;
  for (const ffmpeg::StreamInfo& stream : source.streams) {
    if (stream.kind != kind) continue;
    if (!opened) xml.open(element);
    opened = true;
    if (kind == ffmpeg::StreamKind::kVideo) {
      write_source_video(xml, stream);
    } else {
      write_source_audio(xml, stream);
    }
  }
  if (opened) xml.close(element);
}

void write_programs(XmlWriter& xml, const ffmpeg::SourceInfo& source) {
  if (source.programs.empty()) return;
  xml.open("Programs");
  for (const ffmpeg::ProgramInfo& program : source.programs) {
    xml.open("Program");
    xml.attribute("ProgramId", program.id);
    xml.attribute("NumberOfPrograms", source.programs.size());
    xml.attribute("PmtPid", program.pmt_pid);
    xml.attribute("PcrPid", program.pcr_pid);
    xml.close("Program");
  }
  xml.close("Programs");
}

}  // namespace

std::string xml_duration(double seconds) {
  std::string text = fmt::format("{:.7f}", seconds);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  // xs:duration puts the sign in front.
  return text.starts_with('-') ? "-PT" + text.substr(1) + "S" : "PT" + text + "S";
}

std::string output_metadata_xml(const ResolvedPlan& plan, const ffmpeg::TranscodeReport& written,
                                const std::string& source_name) {
  XmlWriter xml;
  xml.open("AssetFiles");
  xml.attribute("xmlns", kOutputNamespace);
  for (std::size_t i = 0; i < written.files.size(); ++i) write_output_file(xml, plan, i, written.files[i], source_name);
  xml.close("AssetFiles");
  return std::move(xml).text();
}

std::string input_metadata_xml(std::span<const ffmpeg::SourceInfo> sources) {
  XmlWriter xml;
  xml.open("AssetFiles");
  xml.attribute("xmlns", kInputNamespace);
  for (const ffmpeg::SourceInfo& source : sources) {
    xml.open("AssetFile");
    xml.attribute("Name", source.name);
    xml.attribute("Size", source.size);
    xml.attribute("Duration", xml_duration(source.duration.value_or(0)));
    xml.attribute("NumberOfStreams", source.streams.size());
    xml.attribute("FormatNames", source.format_names);
    xml.attribute("FormatVerboseName", source.format_long_name);
    if (source.start) xml.attribute("StartTime", xml_duration(*source.start));
    if (source.bit_rate > 0) xml.attribute("OverallBitRate", kbps(static_cast<double>(source.bit_rate)));
    write_programs(xml, source);
    write_tracks(xml, source, ffmpeg::StreamKind::kVideo);
    write_tracks(xml, source, ffmpeg::StreamKind::kAudio);
    write_tags(xml, source.tags);
    xml.close("AssetFile");
  }
  xml.close("AssetFiles");
  return std::move(xml).text();
}

}  // namespace lazulite::encoder
