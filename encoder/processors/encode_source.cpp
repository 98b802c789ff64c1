#include "encoder/processors/encode_source.hpp"

#include "encoder/presets/preset.hpp"
#include "encoder/processors/input_choice.hpp"
#include "encoder/processors/overlay_source.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <set>

namespace lazulite::encoder {
namespace {

// ISO 639-2 as MP4 stores it; anything else counts as undetermined.
std::string language_of(const ffmpeg::StreamInfo& audio) {
  const std::string language = to_lower(audio.tag("language"));
  const bool sound = language.size() == 3 &&
                     std::all_of(language.begin(), language.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return sound && language != "und" ? language : std::string{};
}

// What a pick means within one file: a track's id is the container's or, where that has none such, the stream's index.
const ffmpeg::StreamInfo* picked_stream(const ffmpeg::SourceInfo& info, ffmpeg::StreamKind kind,
                                        const StreamPick& pick) {
  if (pick.kind == StreamPick::Kind::kTrack) {
    for (const auto number : {&ffmpeg::StreamInfo::id, &ffmpeg::StreamInfo::index}) {
      const auto found = std::find_if(info.streams.begin(), info.streams.end(), [&](const ffmpeg::StreamInfo& stream) {
        return stream.kind == kind && stream.*number == pick.track;
      });
      if (found != info.streams.end()) return &*found;
    }
    return nullptr;
  }
  if (pick.kind == StreamPick::Kind::kLowest) {
    const ffmpeg::StreamInfo* lowest = nullptr;
    for (const ffmpeg::StreamInfo& stream : info.streams) {
      if (stream.kind == kind && stream.decodable && (lowest == nullptr || stream.bit_rate < lowest->bit_rate))
        lowest = &stream;
    }
    return lowest;
  }
  return kind == ffmpeg::StreamKind::kVideo ? info.video_stream() : info.audio_stream();
}

Result<void> probe_files(const TaskContext& context, const InputChoice& choice, const SourcePlan& plan,
                         OpenedSource& source) {
  for (const InputFile* file : choice.candidates) {
    source.files.push_back({file->name, file->open});
    LAZULITE_TRY(auto info, ffmpeg::probe(source.files.back(), context.stop));
    const std::size_t index = source.infos.size();
    const auto* video = picked_stream(info, ffmpeg::StreamKind::kVideo, plan.video);
    const auto* audio = picked_stream(info, ffmpeg::StreamKind::kAudio, plan.audio);
    if (!source.video && video != nullptr) source.video = ffmpeg::StreamChoice{index, *video};
    if (!source.audio && audio != nullptr) source.audio = ffmpeg::StreamChoice{index, *audio};
    source.infos.push_back(std::move(info));
  }
  const auto missing = [&](const StreamPick& pick, const auto& stream) {
    return pick.kind == StreamPick::Kind::kTrack && !stream;
  };
  if (missing(plan.video, source.video) || missing(plan.audio, source.audio)) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat, "{}: there is no track {} of that type",
                     source.primary->name, missing(plan.video, source.video) ? plan.video.track : plan.audio.track);
  }
  if (source.audio) source.language = language_of(source.audio->stream);
  return {};
}

// In whole pixels; sizes are even, as pictures of half the colours want.
CropRectangle in_pixels(const CropRectangle& crop, const ffmpeg::StreamInfo& stream) {
  if (!crop.percent) return crop;
  const auto of = [](int percent, int side) { return percent * side / 100; };
  return {of(crop.x, stream.width), of(crop.y, stream.height), std::max(2, of(crop.width, stream.width) / 2 * 2),
          std::max(2, of(crop.height, stream.height) / 2 * 2)};
}

Result<void> apply_crop(const CropRectangle& crop, ffmpeg::StreamInfo& stream) {
  if (crop.x + crop.width > stream.width || crop.y + crop.height > stream.height) {
    return bad_preset("Crop: {}x{} at {},{} lies outside of the picture of {}x{}", crop.width, crop.height, crop.x,
                      crop.y, stream.width, stream.height);
  }
  stream.width = crop.width;
  stream.height = crop.height;
  return {};
}

Result<void> apply_pad(const PadCanvas& canvas, ffmpeg::StreamInfo& stream) {
  if (canvas.x.value_or(0) + stream.width > canvas.width || canvas.y.value_or(0) + stream.height > canvas.height)
    return bad_preset("Pad: a picture of {}x{} does not fit on a canvas of {}x{}", stream.width, stream.height,
                      canvas.width, canvas.height);
  stream.width = canvas.width;
  stream.height = canvas.height;
  return {};
}

// What crop, pad and rotation make of the stream, so that sizes are planned for what comes out.
Result<void> apply_filters(const PictureFilters& filters, OpenedSource& source) {
  source.filters = filters;
  if (!source.video) return {};
  ffmpeg::StreamInfo& stream = source.video->stream;
  if (filters.rotation) stream.rotation = *filters.rotation;
  if (filters.crop) {
    source.filters.crop = in_pixels(*filters.crop, stream);
    LAZULITE_CHECK(apply_crop(*source.filters.crop, stream));
  }
  return filters.pad ? apply_pad(*filters.pad, stream) : Result<void>{};
}

// How long the streams in use say they are; nothing when one does not say.
std::optional<double> whole_seconds(const OpenedSource& source) {
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

Result<void> apply_clip(const SourcePlan& plan, OpenedSource& source) {
  source.start = plan.start_seconds;
  source.duration = plan.duration_seconds;
  source.seconds = whole_seconds(source);
  const std::size_t leading = source.video ? source.video->source : source.audio ? source.audio->source : 0;
  const ffmpeg::SourceInfo& info = source.infos[leading];
  const double begin = info.clock_restarts ? 0 : std::max(0.0, info.start.value_or(0));
  if (source.start) source.offset = std::max(0.0, *source.start - begin);
  if (!source.seconds) {
    source.seconds = std::nullopt;
    return {};
  }
  const double left = *source.seconds - source.offset;
  if (left <= 0) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: StartTime {:.3f} s lies beyond the end at {:.3f} s", source.primary->name, *source.start,
                     begin + *source.seconds);
  }
  source.seconds = source.duration ? std::min(*source.duration, left) : left;
  return {};
}

Result<const InputAsset*> asset_of(const TaskContext& context, const EncodePlan& plan, std::size_t index) {
  const std::string& guid = plan.sources[index].asset_guid;
  if (const auto& input = plan.sources[index].input_index) {
    if (*input >= context.inputs.size()) return bad_preset("Source: %{}% is no input of the task", *input);
    return &context.inputs[*input];
  }
  if (guid.empty()) {
    // Without names, sources and inputs go together in their order; several clips may also be of the only input.
    const std::size_t position = plan.sources.size() == context.inputs.size() ? index : 0;
    return &context.inputs[position];
  }
  const auto found = std::find_if(context.inputs.begin(), context.inputs.end(), [&guid](const InputAsset& asset) {
    return equals_ignoring_case(guid_of(asset.asset_id), guid);
  });
  if (found == context.inputs.end()) return bad_preset("Sources[{}].AssetID: {} is no input of the task", index, guid);
  return &*found;
}

Result<OpenedSource> open_source(const TaskContext& context, const InputAsset& asset, const SourcePlan& plan) {
  OpenedSource source;
  const bool lowest = plan.video.kind == StreamPick::Kind::kLowest;
  LAZULITE_TRY(const InputChoice choice, choose_input(asset, lowest));
  source.primary = choice.primary;
  source.asset = &asset;
  source.asset_id = asset.asset_id;
  LAZULITE_CHECK(probe_files(context, choice, plan, source));
  LAZULITE_CHECK(apply_clip(plan, source));
  LAZULITE_CHECK(apply_filters(plan.filters, source));
  LAZULITE_TRY(source.overlays, open_overlays(context, plan.overlays, source.beneath()));
  return source;
}

}  // namespace

// Of the stream, or of the file less its audio.
std::int64_t OpenedSource::video_bitrate() const {
  if (!video) return 0;
  if (video->stream.bit_rate > 0) return video->stream.bit_rate;
  const ffmpeg::SourceInfo& info = infos[video->source];
  if (!info.duration || *info.duration <= 0) return 0;
  const std::int64_t sound = audio && audio->source == video->source ? audio->stream.bit_rate : 0;
  return std::max<std::int64_t>(0,
                                static_cast<std::int64_t>(static_cast<double>(info.size) * 8 / *info.duration) - sound);
}

ffmpeg::Clip OpenedSource::clip(bool video_wanted, bool audio_wanted) const {
  ffmpeg::Clip clip{.sources = files,
                    .video = {},
                    .audio = {},
                    .start = start,
                    .duration = duration,
                    .expected_seconds = seconds,
                    .filters = filters,
                    .overlays = overlays};
  if (video_wanted) clip.video = video;
  if (audio_wanted) clip.audio = audio;
  if (seconds && !start && !duration) {  // of what is read, not of the rest
    OpenedSource used = *this;
    used.video = clip.video;
    used.audio = clip.audio;
    clip.expected_seconds = whole_seconds(used);
  }
  return clip;
}

Result<std::vector<OpenedSource>> open_sources(const TaskContext& context, const EncodePlan& plan) {
  if (context.inputs.empty()) return bad_preset("the task has no input asset");
  std::vector<OpenedSource> sources;
  if (plan.sources.empty()) {
    std::set<std::size_t> used{0};
    for (const OverlayPlan& overlay : plan.overlays) used.insert(input_number(overlay.source).value_or(0));
    if (context.inputs.size() > used.size())
      return bad_preset("the task has {} input assets; say in Sources how they are joined", context.inputs.size());
    LAZULITE_TRY(auto source, open_source(context, context.inputs.front(), SourcePlan{}));
    sources.push_back(std::move(source));
    return sources;
  }
  for (std::size_t i = 0; i < plan.sources.size(); ++i) {
    LAZULITE_TRY(const InputAsset* asset, asset_of(context, plan, i));
    LAZULITE_TRY(auto source, open_source(context, *asset, plan.sources[i]));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace lazulite::encoder
