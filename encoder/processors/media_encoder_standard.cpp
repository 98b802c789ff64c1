#include "encoder/processors/media_encoder_standard.hpp"

#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/presets/resolve.hpp"
#include "encoder/processors/input_choice.hpp"
#include "encoder/processors/metadata_xml.hpp"
#include "encoder/processors/perf_message.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/manifests/server_manifest.hpp"

#include <algorithm>
#include <chrono>

namespace lazulite::encoder {
namespace {

// What is known of the input once its files have been probed.
struct Source {
  const InputFile* primary = nullptr;
  std::vector<ffmpeg::SourceFile> files;
  std::vector<ffmpeg::SourceInfo> infos;             // as files
  std::optional<ffmpeg::StreamChoice> video, audio;  // of whichever file has them, in order
  std::string language;
};

// ISO 639-2 as MP4 stores it; anything else counts as undetermined.
std::string language_of(const ffmpeg::StreamInfo& audio) {
  const std::string language = to_lower(audio.tag("language"));
  const bool sound = language.size() == 3 &&
                     std::all_of(language.begin(), language.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return sound && language != "und" ? language : std::string{};
}

Result<Source> open_source(const TaskContext& context) {
  if (context.inputs.size() != 1) {
    return bad_preset("the task has {} input assets; presets with Sources, which join several, are not supported",
                      context.inputs.size());
  }
  LAZULITE_TRY(const InputChoice choice, choose_input(context.inputs.front()));
  Source source;
  source.primary = choice.primary;
  for (const InputFile* file : choice.candidates) {
    source.files.push_back({file->name, file->open});
    LAZULITE_TRY(auto info, ffmpeg::probe(source.files.back(), context.stop));
    const std::size_t index = source.infos.size();
    if (!source.video && info.video) source.video = ffmpeg::StreamChoice{index, *info.video_stream()};
    if (!source.audio && info.audio) source.audio = ffmpeg::StreamChoice{index, *info.audio_stream()};
    source.infos.push_back(std::move(info));
  }
  if (source.audio) source.language = language_of(source.audio->stream);
  return source;
}

// Of the stream, or of the file less its audio.
std::int64_t video_bitrate(const Source& source) {
  if (!source.video) return 0;
  if (source.video->stream.bit_rate > 0) return source.video->stream.bit_rate;
  const ffmpeg::SourceInfo& info = source.infos[source.video->source];
  if (!info.duration || *info.duration <= 0) return 0;
  const std::int64_t audio =
      source.audio && source.audio->source == source.video->source ? source.audio->stream.bit_rate : 0;
  return std::max<std::int64_t>(0,
                                static_cast<std::int64_t>(static_cast<double>(info.size) * 8 / *info.duration) - audio);
}

// How long the streams in use say they are; nothing when one does not say.
std::optional<double> expected_seconds(const Source& source) {
  double longest = 0;
  for (const auto* choice : {&source.video, &source.audio}) {
    if (!choice->has_value()) continue;
    const ffmpeg::SourceInfo& info = source.infos[(*choice)->source];
    if (!info.duration_is_exact) return std::nullopt;
    longest = std::max(longest, (*choice)->stream.duration.value_or(info.duration.value_or(0)));
  }
  if (longest <= 0) return std::nullopt;
  return longest;
}

ffmpeg::TranscodeRequest request_for(const TaskContext& context, const Source& source, const ResolvedPlan& plan) {
  Source used = source;
  if (plan.video.empty()) used.video.reset();
  if (!plan.audio) used.audio.reset();
  return {.sources = source.files,
          .video = used.video,
          .audio = used.audio,
          .plan = plan,
          .folder = context.work_folder,
          .language = source.language,
          .expected_seconds = expected_seconds(used),
          .threads = std::max(1U, context.threads),
          .stop = context.stop,
          .on_progress = context.on_progress};
}

// processing.md 4.2: videos from the highest rate down, then the audio, which interleaved sets take from the lowest.
manifests::ServerManifest server_manifest(const ResolvedPlan& plan, const AudioPlan* configured_audio,
                                          const std::string& language) {
  manifests::ServerManifest manifest;
  manifest.metas.push_back({"formats", "mp4"});
  std::vector<const PlannedOutput*> videos;
  const PlannedOutput* audio = nullptr;
  for (const PlannedOutput& output : plan.outputs) {
    if (output.video) videos.push_back(&output);
    if (output.audio && !output.video) audio = &output;
  }
  std::stable_sort(videos.begin(), videos.end(), [&plan](const PlannedOutput* a, const PlannedOutput* b) {
    return plan.video[*a->video].layer.bitrate_kbps > plan.video[*b->video].layer.bitrate_kbps;
  });
  if (audio == nullptr && !videos.empty() && videos.back()->audio) audio = videos.back();
  const auto add = [&manifest](manifests::TrackKind kind, const std::string& src) -> manifests::ManifestTrack& {
    manifests::ManifestTrack& track = manifest.tracks.emplace_back();
    track.kind = kind;
    track.src = src;
    return track;
  };
  for (const PlannedOutput* video : videos) add(manifests::TrackKind::kVideo, video->name);
  if (audio != nullptr && configured_audio != nullptr) {
    manifests::ManifestTrack& track = add(manifests::TrackKind::kAudio, audio->name);
    track.title = audio_title(*configured_audio, language);
    track.system_language = language;
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
    const auto& video = plan.outputs[i].video;
    if (!video) {
      result.audio_minutes += report.files[i].audio.duration / 60;
      continue;
    }
    const int height = plan.video[*video].size.height;
    double& minutes = height < 720     ? result.video_minutes_sd
                      : height <= 1080 ? result.video_minutes_hd
                                       : result.video_minutes_uhd;
    minutes += report.files[i].video.duration / 60;
  }
}

class MediaEncoderStandard final : public MediaProcessor {
 public:
  Result<TaskResult> process(const TaskContext& context) override {
    LAZULITE_TRY(const EncodePlan plan, compile_preset(context.configuration));
    if (!context.outputs.empty() && context.outputs.front().format_option != 0) {
      return bad_preset("assetFormatOption {} is not supported; use 0", context.outputs.front().format_option);
    }
    LAZULITE_TRY(const Source source, open_source(context));
    LAZULITE_TRY(const ResolvedPlan resolved,
                 resolve_plan(plan, {.name = source.primary->name,
                                     .video = source.video ? &source.video->stream : nullptr,
                                     .audio = source.audio ? &source.audio->stream : nullptr,
                                     .video_bitrate = video_bitrate(source),
                                     .language = source.language}));
    const auto started = std::chrono::steady_clock::now();
    LAZULITE_TRY(const auto report, ffmpeg::transcode(request_for(context, source, resolved)));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    if (context.on_progress) context.on_progress(100);

    TaskResult result;
    LAZULITE_TRY(auto files, collect(context, plan, source, resolved, report));
    result.outputs.push_back(std::move(files));
    for (std::size_t i = 1; i < context.outputs.size(); ++i) result.outputs.emplace_back();
    count_minutes(resolved, report, result);
    result.perf_message = perf_message(context.task_id, source.infos, resolved, report, elapsed.count());
    return result;
  }

 private:
  // The files of the output asset, media first and .ism last (processing.md 4.1).
  static Result<std::vector<OutputFile>> collect(const TaskContext& context, const EncodePlan& plan,
                                                 const Source& source, const ResolvedPlan& resolved,
                                                 const ffmpeg::TranscodeReport& report) {
    std::vector<OutputFile> files;
    for (std::size_t i = 0; i < report.files.size(); ++i) {
      files.push_back({.name = resolved.outputs[i].name,
                       .path = report.files[i].path,
                       .mime_type = "video/mp4",
                       .is_primary = false});
    }
    const std::string& source_name = source.infos.front().name;
    LAZULITE_TRY(auto output_metadata, write_text(context.work_folder / "output_metadata.xml",
                                                  fmt::format("{}_manifest.xml", stem_of(source.primary->name)),
                                                  output_metadata_xml(resolved, report, source_name), "text/xml"));
    files.push_back(std::move(output_metadata));
    LAZULITE_TRY(auto input_metadata,
                 write_text(context.work_folder / "input_metadata.xml",
                            fmt::format("{}_metadata.xml", guid_of(context.inputs.front().asset_id)),
                            input_metadata_xml(source.infos), "text/xml"));
    files.push_back(std::move(input_metadata));
    const auto manifest = server_manifest(resolved, plan.audio ? &*plan.audio : nullptr, source.language);
    LAZULITE_TRY(auto server_manifest_file,
                 write_text(context.work_folder / "server_manifest.ism", basename_of(source.primary->name) + ".ism",
                            manifests::write_server_manifest(manifest), "application/octet-stream"));
    server_manifest_file.is_primary = true;
    files.push_back(std::move(server_manifest_file));
    return files;
  }
};

}  // namespace

std::unique_ptr<MediaProcessor> make_media_encoder_standard() { return std::make_unique<MediaEncoderStandard>(); }

}  // namespace lazulite::encoder
