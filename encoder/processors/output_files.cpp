#include "encoder/processors/output_files.hpp"

#include "encoder/presets/output_name.hpp"
#include "encoder/presets/resolve.hpp"
#include "encoder/processors/client_manifest.hpp"
#include "encoder/processors/metadata_xml.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/manifests/server_manifest.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace lazulite::encoder {
namespace {

// processing.md 4.3; each file has one track.
void describe_smooth_track(int kbps, manifests::ManifestTrack& track) {
  track.system_bitrate = static_cast<std::uint64_t>(kbps) * 1000;
  track.params.push_back({"trackID", "1"});
}

// processing.md 4.2: videos from the highest rate down, then the sound, which interleaved sets without files of sound
// alone take from the lowest.
manifests::ServerManifest server_manifest(const ResolvedPlan& plan, const std::string& language) {
  manifests::ServerManifest manifest;
  const bool smooth = plan.container == Container::kSmooth;
  if (!smooth) manifest.metas.push_back({"formats", "mp4"});
  std::vector<const PlannedOutput*> videos, sounds;
  for (const PlannedOutput& output : plan.outputs)
    (plan.video_of(output) != nullptr ? videos : sounds).push_back(&output);
  std::stable_sort(videos.begin(), videos.end(), [&plan](const PlannedOutput* a, const PlannedOutput* b) {
    return plan.video_of(*a)->layer.bitrate_kbps > plan.video_of(*b)->layer.bitrate_kbps;
  });
  if (sounds.empty() && !videos.empty() && plan.audio_of(*videos.back()) != nullptr) sounds.push_back(videos.back());
  for (const PlannedOutput* video : videos) {
    manifests::ManifestTrack& track = manifest.tracks.emplace_back();
    track.kind = manifests::TrackKind::kVideo;
    track.src = video->name;
    if (smooth) describe_smooth_track(plan.video_of(*video)->layer.bitrate_kbps, track);
  }
  for (const PlannedOutput* sound : sounds) {
    manifests::ManifestTrack& track = manifest.tracks.emplace_back();
    track.kind = manifests::TrackKind::kAudio;
    track.src = sound->name;
    track.title = audio_title(*plan.audio_of(*sound), language);
    track.system_language = language;
    if (smooth) describe_smooth_track(plan.audio_of(*sound)->bitrate_kbps, track);
  }
  return manifest;
}

Result<OutputFile> write_text(const std::filesystem::path& path, const std::string& name, const std::string& text,
                              const char* mime_type) {
  auto written = [&]() -> Result<void> {
    LAZULITE_TRY(const auto file, files::create_file(path));
    return files::write_all(file, as_bytes(text), 0);
  }();
  if (!written) return fail_with(ErrorCode::kIo, task_error::kUploading, "{}: {}", name, written.error().message);
  return OutputFile{.name = name, .path = path, .mime_type = mime_type, .is_primary = false};
}

void count_minutes(const ResolvedPlan& plan, const ffmpeg::TranscodeReport& report, TaskResult& result) {
  for (std::size_t i = 0; i < report.files.size(); ++i) {
    const VideoRendition* video = plan.video_of(plan.outputs[i]);
    if (video == nullptr) {
      result.audio_minutes += report.files[i].audio.duration / 60;
      continue;
    }
    const int height = video->size.height;
    double& minutes = height < 720     ? result.video_minutes_sd
                      : height <= 1080 ? result.video_minutes_hd
                                       : result.video_minutes_uhd;
    minutes += report.files[i].video.duration / 60;
  }
}

const char* mime_type_of(const ResolvedPlan& plan, const PlannedOutput& output) {
  if (plan.container == Container::kTransportStream) return "video/mp2t";
  return plan.container == Container::kSmooth && plan.video_of(output) == nullptr ? "audio/mp4" : "video/mp4";
}

const char* mime_type_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kPng:
      return "image/png";
    case ImageFormat::kBmp:
      return "image/bmp";
    case ImageFormat::kJpg:
      break;
  }
  return "image/jpeg";
}

// hh:mm:ss.mmm
std::string vtt_time(double seconds) {
  const auto milliseconds = std::llround(seconds * 1000);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", milliseconds / 3'600'000, milliseconds / 60'000 % 60,
                     milliseconds / 1000 % 60, milliseconds % 1000);
}

// Which part of a sprite shows which time; a tile stands until the next one's, the last as long as the one before.
std::string sprite_track(const ResolvedImages& images, const ResolvedImageLayer& layer) {
  std::string text = "WEBVTT\n";
  const std::vector<double>& times = images.times;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double step = i > 0 ? times[i] - times[i - 1] : times.size() > 1 ? times[1] - times[0] : 1;
    const double end = i + 1 < times.size() ? times[i + 1] : times[i] + step;
    const auto column = i % static_cast<std::size_t>(images.sprite_columns),
               row = i / static_cast<std::size_t>(images.sprite_columns);
    fmt::format_to(std::back_inserter(text), "\n{} --> {}\n{}#xywh={},{},{},{}\n", vtt_time(times[i]), vtt_time(end),
                   layer.names.front(), column * static_cast<std::size_t>(layer.size.width),
                   row * static_cast<std::size_t>(layer.size.height), layer.size.width, layer.size.height);
  }
  return text;
}

Result<void> collect_images(const std::filesystem::path& folder, const ResolvedPlan& plan, const MadeFiles& made,
                            std::vector<OutputFile>& files) {
  for (std::size_t i = 0; i < made.images.size(); ++i) {
    const ResolvedImages& images = plan.images[i];
    for (std::size_t j = 0; j < images.layers.size(); ++j) {
      const ResolvedImageLayer& layer = images.layers[j];
      for (std::size_t k = 0; k < made.images[i][j].size(); ++k) {
        files.push_back({.name = layer.names[k],
                         .path = made.images[i][j][k].path,
                         .mime_type = mime_type_of(images.format),
                         .is_primary = false});
      }
      if (layer.track_name.empty()) continue;
      LAZULITE_TRY(auto track, write_text(folder / fmt::format("sprite{}_{}.vtt", i, j), layer.track_name,
                                          sprite_track(images, layer), "text/vtt"));
      files.push_back(std::move(track));
    }
  }
  return {};
}

Result<void> collect_metadata(const std::filesystem::path& folder, const OutputNames& names,
                              std::span<const ffmpeg::SourceInfo> sources, const ResolvedPlan& plan,
                              const MadeFiles& made, std::vector<OutputFile>& files) {
  LAZULITE_TRY(auto output_metadata,
               write_text(folder / "output_metadata.xml", fmt::format("{}_manifest.xml", stem_of(names.primary)),
                          output_metadata_xml(plan, made.media, sources.front().name), "text/xml"));
  files.push_back(std::move(output_metadata));
  LAZULITE_TRY(auto input_metadata,
               write_text(folder / "input_metadata.xml", fmt::format("{}_metadata.xml", guid_of(names.input_asset)),
                          input_metadata_xml(sources), "text/xml"));
  files.push_back(std::move(input_metadata));
  return {};
}

}  // namespace

Result<std::vector<OutputFile>> collect_outputs(const std::filesystem::path& folder, const OutputNames& names,
                                                std::span<const ffmpeg::SourceInfo> sources, const ResolvedPlan& plan,
                                                const MadeFiles& made) {
  std::vector<OutputFile> files;
  for (std::size_t i = 0; i < made.media.files.size(); ++i) {
    files.push_back({.name = plan.outputs[i].name,
                     .path = made.media.files[i].path,
                     .mime_type = mime_type_of(plan, plan.outputs[i]),
                     .is_primary = false});
  }
  LAZULITE_CHECK(collect_images(folder, plan, made, files));
  if (names.metadata) LAZULITE_CHECK(collect_metadata(folder, names, sources, plan, made, files));
  if (!names.server_manifest) {
    if (!files.empty()) files.front().is_primary = true;
    return files;
  }
  auto manifest = server_manifest(plan, names.language);
  if (plan.container == Container::kSmooth) {
    const std::string name = basename_of(names.primary) + ".ismc";
    manifest.metas.push_back({"clientManifestRelativePath", name});
    LAZULITE_TRY(auto client, write_text(folder / "client_manifest.ismc", name, client_manifest(plan, made.media.files),
                                         "text/xml"));
    files.push_back(std::move(client));
  }
  LAZULITE_TRY(auto manifest_file, write_text(folder / "server_manifest.ism", basename_of(names.primary) + ".ism",
                                              manifests::write_server_manifest(manifest), "application/octet-stream"));
  manifest_file.is_primary = true;
  files.push_back(std::move(manifest_file));
  return files;
}

TaskResult count_result(const ResolvedPlan& plan, const MadeFiles& made) {
  TaskResult result;
  count_minutes(plan, made.media, result);
  for (const auto& series : made.images) {
    for (const auto& layer : series) result.images += static_cast<int>(layer.size());
  }
  return result;
}

}  // namespace lazulite::encoder
