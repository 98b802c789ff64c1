#include "encoder/processors/media_encoder_standard.hpp"

#include "encoder/ffmpeg/content_probe.hpp"
#include "encoder/ffmpeg/image_extractor.hpp"
#include "encoder/ffmpeg/peak_level.hpp"
#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/presets/resolve.hpp"
#include "encoder/processors/encode_source.hpp"
#include "encoder/processors/output_files.hpp"
#include "encoder/processors/overlay_source.hpp"
#include "encoder/processors/perf_message.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <chrono>

namespace lazulite::encoder {
namespace {

ffmpeg::TranscodeRequest request_for(const TaskContext& context, const std::vector<OpenedSource>& sources,
                                     const ResolvedPlan& plan, std::function<void(double)> on_progress) {
  const auto wants = [&plan](auto member) { return std::any_of(plan.outputs.begin(), plan.outputs.end(), member); };
  const bool video = wants([](const PlannedOutput& output) { return output.video || output.copies_video; });
  const bool audio = wants([](const PlannedOutput& output) { return output.audio || output.copies_audio; });
  ffmpeg::TranscodeRequest request{.clips = {},
                                   .overlays = {},
                                   .plan = plan,
                                   .folder = context.work_folder,
                                   .language = sources.front().language,
                                   .threads = std::max(1U, context.threads),
                                   .stop = context.stop,
                                   .on_progress = std::move(on_progress)};
  for (const OpenedSource& source : sources) request.clips.push_back(source.clip(video, audio));
  return request;
}

// The first overlay that is heard, or null.
const ffmpeg::StreamInfo* heard(const std::vector<ffmpeg::Overlay>& overlays) {
  const auto found = std::find_if(overlays.begin(), overlays.end(), [](const auto& overlay) { return overlay.audio; });
  return found == overlays.end() ? nullptr : &*found->audio;
}

// Those that lie over all sources, as if they were one.
Result<std::vector<ffmpeg::Overlay>> open_overlays_of_all(const TaskContext& context, const EncodePlan& plan,
                                                          const std::vector<OpenedSource>& sources) {
  Beneath beneath = sources.front().beneath();
  for (std::size_t i = 1; i < sources.size() && beneath.seconds; ++i) {
    if (sources[i].seconds) {
      *beneath.seconds += *sources[i].seconds;
    } else {
      beneath.seconds.reset();
    }
  }
  return open_overlays(context, plan.overlays, beneath);
}

// Every clip must have pictures, or all are black; sound may be missing in some, but not all.
Result<SourceFacts> facts_of(const std::vector<OpenedSource>& sources, const EncodePlan& plan) {
  const OpenedSource& first = sources.front();
  const auto with_audio = std::find_if(sources.begin(), sources.end(), [](const auto& source) { return source.audio; });
  for (const OpenedSource& source : sources) {
    if (plan.video && source.video.has_value() != first.video.has_value()) {
      return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                       "{}: of the joined sources some have video and some have not", source.primary->name);
    }
  }
  SourceFacts facts;
  facts.name = first.primary->name;
  facts.video = first.video ? &first.video->stream : nullptr;
  facts.audio = with_audio != sources.end() ? &with_audio->audio->stream : nullptr;
  for (const OpenedSource& source : sources) {
    if (facts.audio == nullptr) facts.audio = heard(source.overlays);
  }
  facts.video_bitrate = first.video_bitrate();
  facts.video_seconds = first.seconds.value_or(0);
  facts.language = first.language;
  return facts;
}

// A quick encode, no larger than 640 wide, says how much of the usual rates the content needs.
Result<double> factor_of(const TaskContext& context, const OpenedSource& source) {
  const ffmpeg::StreamInfo& video = source.video->stream;
  const auto [width, height] = video.display_size();
  const FrameSize size =
      frame_size({.width = {Dimension::Unit::kPixels, std::min(640, width)}, .height = {}}, width, height, false);
  ffmpeg::Clip clip = source.clip(true, false);
  const ffmpeg::SourceInfo& info = source.infos[source.video->source];
  if (!clip.start && !info.clock_restarts) clip.start = std::max(0.0, info.start.value_or(0));
  LAZULITE_TRY(const double bits, ffmpeg::measure_content({.clip = clip,
                                                           .size = size,
                                                           .rate = video.frame_rate,
                                                           .seconds = source.seconds.value_or(0),
                                                           .threads = std::max(1U, context.threads),
                                                           .stop = context.stop}));
  return content_factor(bits / 1000, static_cast<double>(size.width) * size.height, video.frame_rate.value());
}

// What the sources' sound is multiplied by. Raised to full scale where that is wanted, but silence stays what it is.
Result<double> gain_of(const TaskContext& context, const EncodePlan& plan, const std::vector<OpenedSource>& sources,
                       const ResolvedPlan& resolved) {
  constexpr double kLeastPeak = 0.001;  // 60 dB below full scale
  if (!plan.normalize_audio || resolved.audio.empty()) return plan.audio_gain;
  std::vector<ffmpeg::Clip> clips;
  for (const OpenedSource& source : sources) clips.push_back(source.clip(false, true));
  LAZULITE_TRY(const double peak, ffmpeg::peak_level(clips, resolved.audio.front().encode, context.stop));
  return peak < kLeastPeak ? plan.audio_gain : plan.audio_gain / peak;
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
      return bad_preset(
          "the preset is incompatible with AssetFormatOption.AdaptiveStreaming (assetFormatOption {}); use None (0), "
          "which streams as well",
          context.outputs.front().format_option);
    }
    LAZULITE_TRY(const auto sources, open_sources(context, plan));
    LAZULITE_TRY(const auto overlays, open_overlays_of_all(context, plan, sources));
    LAZULITE_TRY(SourceFacts facts, facts_of(sources, plan));
    if (facts.audio == nullptr) facts.audio = heard(overlays);
    if (plan.content_adaptive && facts.video != nullptr) {
      LAZULITE_TRY(facts.content_factor, factor_of(context, sources.front()));
    }
    LAZULITE_TRY(ResolvedPlan resolved, resolve_plan(plan, facts));
    LAZULITE_TRY(resolved.audio_gain, gain_of(context, plan, sources, resolved));
    const auto started = std::chrono::steady_clock::now();
    MadeFiles made;
    LAZULITE_CHECK(encode(context, sources, overlays, resolved, made));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    if (context.on_progress) context.on_progress(100);

    TaskResult result = count_result(resolved, made);
    const OpenedSource& source = sources.front();
    const OutputNames names{.primary = source.primary->name,
                            .input_asset = source.asset_id,
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
  static Result<void> encode(const TaskContext& context, const std::vector<OpenedSource>& sources,
                             const std::vector<ffmpeg::Overlay>& overlays, const ResolvedPlan& plan, MadeFiles& made) {
    const double share = plan.images.empty() ? 100 : plan.outputs.empty() ? 0 : 90;
    if (!plan.outputs.empty()) {
      auto request = request_for(context, sources, plan, part_of_progress(context, 0, share));
      request.overlays = overlays;
      LAZULITE_TRY(made.media, ffmpeg::transcode(request));
    }
    if (plan.images.empty()) return {};
    const OpenedSource& source = sources.front();
    LAZULITE_TRY(made.images, ffmpeg::extract_images({.source = source.files[source.video->source],
                                                      .stream = source.video->stream,
                                                      .offset = source.offset,
                                                      .seconds = source.seconds.value_or(0),
                                                      .filters = source.filters,
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
