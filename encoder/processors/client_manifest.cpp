#include "encoder/processors/client_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace lazulite::encoder {
namespace {

struct Level {
  const PlannedOutput* output;
  const ffmpeg::WrittenFile* file;
};

std::string video_level(const ResolvedPlan& plan, const Level& level, std::size_t index) {
  const VideoRendition& video = *plan.video_of(*level.output);
  return fmt::format(
      R"(    <QualityLevel Index="{}" Bitrate="{}" FourCC="H264" MaxWidth="{}" MaxHeight="{}" CodecPrivateData="{}" />)"
      "\n",
      index, video.layer.bitrate_kbps * 1000, video.size.width, video.size.height, level.file->codec_data);
}

std::string audio_level(const ResolvedPlan& plan, const Level& level, std::size_t index) {
  const AudioPlan& audio = *plan.audio_of(*level.output);
  return fmt::format(
      R"(    <QualityLevel Index="{}" Bitrate="{}" FourCC="AACL" SamplingRate="{}" Channels="{}" BitsPerSample="16" )"
      R"(PacketSize="{}" AudioTag="255" CodecPrivateData="{}" />)"
      "\n",
      index, audio.bitrate_kbps * 1000, audio.sampling_rate, audio.channels, 2 * audio.channels,
      level.file->codec_data);
}

// The fragments of all levels begin at the same times; those of the first are listed.
std::string fragments(const ffmpeg::WrittenFile& file) {
  std::string text;
  for (std::size_t i = 0; i + 1 < file.fragment_times.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "    <c n=\"{}\" d=\"{}\" />\n", i,
                   file.fragment_times[i + 1] - file.fragment_times[i]);
  }
  return text;
}

std::string stream_index(const ResolvedPlan& plan, const std::vector<Level>& levels, bool video) {
  if (levels.empty()) return {};
  std::string sizes;
  if (video) {
    int width = 0, height = 0;
    for (const Level& level : levels) {
      width = std::max(width, plan.video_of(*level.output)->size.width);
      height = std::max(height, plan.video_of(*level.output)->size.height);
    }
    sizes = fmt::format(R"( MaxWidth="{0}" MaxHeight="{1}" DisplayWidth="{0}" DisplayHeight="{1}")", width, height);
  }
  const char* type = video ? "video" : "audio";
  std::string text = fmt::format(R"(  <StreamIndex Type="{0}" Name="{0}" Chunks="{1}" QualityLevels="{2}"{3} )"
                                 R"x(Url="QualityLevels({{bitrate}})/Fragments({0}={{start time}})">)x"
                                 "\n",
                                 type, levels.front().file->fragment_times.size() - 1, levels.size(), sizes);
  for (std::size_t i = 0; i < levels.size(); ++i)
    text += video ? video_level(plan, levels[i], i) : audio_level(plan, levels[i], i);
  return text + fragments(*levels.front().file) + "  </StreamIndex>\n";
}

}  // namespace

std::string client_manifest(const ResolvedPlan& plan, std::span<const ffmpeg::WrittenFile> written) {
  std::vector<Level> videos, sounds;
  std::int64_t duration = 0;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const PlannedOutput& output = plan.outputs[i];
    (plan.video_of(output) != nullptr ? videos : sounds).push_back({&output, &written[i]});
    duration = std::max(duration, written[i].fragment_times.back());
  }
  std::stable_sort(videos.begin(), videos.end(), [&plan](const Level& a, const Level& b) {
    return plan.video_of(*a.output)->layer.bitrate_kbps > plan.video_of(*b.output)->layer.bitrate_kbps;
  });
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
             "<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"1\" Duration=\"{}\" TimeScale=\"10000000\">\n",
             duration) +
         stream_index(plan, videos, true) + stream_index(plan, sounds, false) + "</SmoothStreamingMedia>\n";
}

}  // namespace lazulite::encoder
