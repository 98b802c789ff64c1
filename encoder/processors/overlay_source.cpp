#include "encoder/processors/overlay_source.hpp"

#include "encoder/presets/preset.hpp"
#include "encoder/processors/input_choice.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::encoder {
namespace {

// A file of the same asset by its name, else what an input of the task would be read from.
Result<const InputFile*> file_of(const TaskContext& context, const OverlayPlan& plan, const Beneath& beneath) {
  const auto& files = beneath.asset->files;
  const auto named =
      std::find_if(files.begin(), files.end(), [&plan](const InputFile& file) { return file.name == plan.source; });
  if (named != files.end()) return &*named;
  const auto index = input_number(plan.source);
  if (!index || *index >= context.inputs.size())
    return bad_preset("the overlay '{}' is neither a file of the source's asset nor an input of the task",
                      plan.source.substr(0, 200));
  LAZULITE_TRY(const InputChoice choice, choose_input(context.inputs[*index]));
  return choice.candidates.front();
}

double share(Dimension side, int beneath, double otherwise) {
  switch (side.unit) {
    case Dimension::Unit::kPixels:
      return static_cast<double>(side.value) / beneath;
    case Dimension::Unit::kPercent:
      return side.value / 100.0;
    case Dimension::Unit::kAbsent:
      break;
  }
  return otherwise;
}

// A side that is not given follows the overlay's own aspect, or its size where neither is.
Result<ffmpeg::OverlayRectangle> place(const OverlayPlan& plan, const ffmpeg::StreamInfo& video,
                                       std::pair<int, int> beneath) {
  const auto [own_width, own_height] = video.display_size();
  const auto [width, height] = beneath;
  const double aspect = static_cast<double>(own_width) / own_height * height / width;  // in shares
  ffmpeg::OverlayRectangle rectangle;
  rectangle.left = share(plan.x, width, 0);
  rectangle.top = share(plan.y, height, 0);
  const bool has_width = plan.width.unit != Dimension::Unit::kAbsent,
             has_height = plan.height.unit != Dimension::Unit::kAbsent;
  rectangle.width = share(plan.width, width, static_cast<double>(own_width) / width);
  rectangle.height = share(plan.height, height, static_cast<double>(own_height) / height);
  if (has_width && !has_height) rectangle.height = rectangle.width / aspect;
  if (!has_width && has_height) rectangle.width = rectangle.height * aspect;
  if (rectangle.left >= 1 || rectangle.top >= 1)
    return bad_preset("the overlay '{}' lies outside of the picture of {}x{}", plan.source.substr(0, 200), width,
                      height);
  return rectangle;
}

// Seconds of what it lies on at which the overlay is gone; nothing when that is not known.
std::optional<double> end_of(const OverlayPlan& plan, const ffmpeg::Overlay& overlay, const ffmpeg::SourceInfo& info,
                             const Beneath& beneath) {
  const OverlayTimes& times = plan.times;
  std::optional<double> end = beneath.seconds;
  const auto earlier = [&end](double seconds) { end = end ? std::min(*end, seconds) : seconds; };
  if (times.duration) earlier(times.start + *times.duration);
  const bool moves = !overlay.video || overlay.video->frames != 1;
  if (moves && times.plays > 0 && info.duration && *info.duration > 0.1)
    earlier(times.start + times.plays * *info.duration + (times.plays - 1) * times.gap);
  return end;
}

Error lacks(const OverlayPlan& plan, const char* kind) {
  return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat, "the overlay '{}' has no {}",
                   plan.source.substr(0, 200), kind);
}

Result<ffmpeg::Overlay> open_overlay(const TaskContext& context, const OverlayPlan& plan, const Beneath& beneath) {
  LAZULITE_TRY(const InputFile* file, file_of(context, plan, beneath));
  ffmpeg::Overlay overlay;
  overlay.file = {file->name, file->open};
  LAZULITE_TRY(const auto info, ffmpeg::probe_overlay(overlay.file, context.stop));
  if (plan.visible) {
    if (info.video_stream() == nullptr) return lacks(plan, "picture");
    if (beneath.display_size) {
      overlay.video = *info.video_stream();
      LAZULITE_TRY(overlay.rectangle, place(plan, *overlay.video, *beneath.display_size));
    }
  } else if (info.audio_stream() == nullptr) {
    return lacks(plan, "sound");
  }
  if (plan.gain > 0 && info.audio_stream() != nullptr) overlay.audio = *info.audio_stream();
  overlay.opacity = plan.opacity;
  overlay.gain = plan.gain;
  overlay.times = plan.times;
  if (beneath.seconds && plan.times.start >= *beneath.seconds)
    return bad_preset("the overlay '{}' begins at {:.3f} s, and what it lies on ends at {:.3f} s",
                      plan.source.substr(0, 200), plan.times.start, *beneath.seconds);
  if (const auto end = end_of(plan, overlay, info, beneath); end && !overlay.times.fade_out_start)
    overlay.times.fade_out_start = std::max(plan.times.start, *end - plan.times.fade_out_seconds);
  return overlay;
}

}  // namespace

std::optional<std::size_t> input_number(std::string_view overlay_source) {
  std::string_view text = overlay_source;
  if (text.size() > 2 && text.starts_with('%') && text.ends_with('%')) text = text.substr(1, text.size() - 2);
  const auto number = parse_uint64(text);
  if (!number) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

Result<std::vector<ffmpeg::Overlay>> open_overlays(const TaskContext& context, std::span<const OverlayPlan> plans,
                                                   const Beneath& beneath) {
  std::vector<ffmpeg::Overlay> overlays;
  for (const OverlayPlan& plan : plans) {
    LAZULITE_TRY(auto overlay, open_overlay(context, plan, beneath));
    overlays.push_back(std::move(overlay));
  }
  return overlays;
}

}  // namespace lazulite::encoder
