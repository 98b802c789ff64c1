#include "encoder/processors/media_encoder_standard.hpp"

#include "encoder/ffmpeg/image_extractor.hpp"
#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/presets/resolve.hpp"
#include "encoder/processors/input_choice.hpp"
#include "encoder/processors/output_files.hpp"
#include "encoder/processors/perf_message.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/text.hpp"

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

  [[nodiscard]] double video_seconds() const {
    return video ? video->stream.duration.value_or(infos[video->source].duration.value_or(0)) : 0;
  }
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

ffmpeg::TranscodeRequest request_for(const TaskContext& context, const Source& source, const ResolvedPlan& plan,
                                     std::function<void(double)> on_progress) {
  Source used = source;
  if (plan.video.empty()) used.video.reset();
  if (plan.audio.empty()) used.audio.reset();
  return {.sources = source.files,
          .video = used.video,
          .audio = used.audio,
          .plan = plan,
          .folder = context.work_folder,
          .language = source.language,
          .expected_seconds = expected_seconds(used),
          .threads = std::max(1U, context.threads),
          .stop = context.stop,
          .on_progress = std::move(on_progress)};
}

// Both parts of an encode report into one percentage; pictures beside video count for a tenth.
std::function<void(double)> part_of_progress(const TaskContext& context, double from, double to) {
  if (!context.on_progress) return {};
  return [&context, from, to](double percent) { context.on_progress(from + percent * (to - from) / 100); };
}

class MediaEncoderStandard final : public MediaProcessor {
 public:
  explicit MediaEncoderStandard(PresetFamily family) : family_(family) {}

  Result<TaskResult> process(const TaskContext& context) override {
    LAZULITE_TRY(const EncodePlan plan, compile_preset(context.configuration, family_));
    if (!context.outputs.empty() && context.outputs.front().format_option != 0) {
      return bad_preset("assetFormatOption {} is not supported; use 0", context.outputs.front().format_option);
    }
    LAZULITE_TRY(const Source source, open_source(context));
    LAZULITE_TRY(const ResolvedPlan resolved,
                 resolve_plan(plan, {.name = source.primary->name,
                                     .video = source.video ? &source.video->stream : nullptr,
                                     .audio = source.audio ? &source.audio->stream : nullptr,
                                     .video_bitrate = video_bitrate(source),
                                     .video_seconds = source.video_seconds(),
                                     .language = source.language}));
    const auto started = std::chrono::steady_clock::now();
    MadeFiles made;
    LAZULITE_CHECK(encode(context, source, resolved, made));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    if (context.on_progress) context.on_progress(100);

    TaskResult result = count_result(resolved, made);
    const OutputNames names{.primary = source.primary->name,
                            .input_asset = context.inputs.front().asset_id,
                            .language = source.language,
                            .server_manifest = plan.server_manifest,
                            .metadata = family_ == PresetFamily::kMediaEncoderStandard || !resolved.outputs.empty()};
    LAZULITE_TRY(auto files, collect_outputs(context.work_folder, names, source.infos, resolved, made));
    result.outputs.push_back(std::move(files));
    for (std::size_t i = 1; i < context.outputs.size(); ++i) result.outputs.emplace_back();
    result.perf_message = perf_message(context.task_id, source.infos, resolved, made.media, elapsed.count());
    return result;
  }

 private:
  static Result<void> encode(const TaskContext& context, const Source& source, const ResolvedPlan& plan,
                             MadeFiles& made) {
    const double share = plan.images.empty() ? 100 : plan.outputs.empty() ? 0 : 90;
    if (!plan.outputs.empty()) {
      LAZULITE_TRY(made.media,
                   ffmpeg::transcode(request_for(context, source, plan, part_of_progress(context, 0, share))));
    }
    if (plan.images.empty()) return {};
    LAZULITE_TRY(made.images, ffmpeg::extract_images({.source = source.files[source.video->source],
                                                      .stream = source.video->stream,
                                                      .seconds = source.video_seconds(),
                                                      .images = plan.images,
                                                      .folder = context.work_folder,
                                                      .threads = std::max(1U, context.threads),
                                                      .stop = context.stop,
                                                      .on_progress = part_of_progress(context, share, 100)}));
    return {};
  }

  PresetFamily family_;
};

}  // namespace

std::unique_ptr<MediaProcessor> make_media_encoder_standard() {
  return std::make_unique<MediaEncoderStandard>(PresetFamily::kMediaEncoderStandard);
}

std::unique_ptr<MediaProcessor> make_azure_media_encoder() {
  return std::make_unique<MediaEncoderStandard>(PresetFamily::kAzureMediaEncoder);
}

}  // namespace lazulite::encoder
