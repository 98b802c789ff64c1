#include "encoder/presets/resolve.hpp"

#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace lazulite::encoder {
namespace {

int even(double side) { return std::max(2, static_cast<int>(std::lround(side / 2)) * 2); }

double side_of(Dimension dimension, int source_side) {
  return dimension.unit == Dimension::Unit::kPercent ? source_side * dimension.value / 100.0 : dimension.value;
}

struct Box {
  double width, height;
};

// The layer's box in pixels; a missing side follows the picture's aspect.
Box box_of(const VideoLayer& layer, int display_width, int display_height) {
  const bool has_width = layer.width.unit != Dimension::Unit::kAbsent,
             has_height = layer.height.unit != Dimension::Unit::kAbsent;
  const double aspect = static_cast<double>(display_width) / display_height;
  const double width = side_of(layer.width, display_width), height = side_of(layer.height, display_height);
  if (has_width && has_height) return {width, height};
  if (has_width) return {width, width / aspect};
  if (has_height) return {height * aspect, height};
  return {static_cast<double>(display_width), static_cast<double>(display_height)};
}

// The largest size of the picture's aspect inside the box.
Box fit(Box box, int display_width, int display_height) {
  const double scale = std::min(box.width / display_width, box.height / display_height);
  return {display_width * scale, display_height * scale};
}

FrameSize whole(Box box) {
  const int width = even(box.width), height = even(box.height);
  return {width, height, width, height};
}

FrameSize boxed(Box box, Box picture) {
  const int width = even(box.width), height = even(box.height);
  return {width, height, std::min(width, even(picture.width)), std::min(height, even(picture.height))};
}

Result<void> resolve_video(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  const VideoPlan& video = *plan.video;
  const auto [width, height] = source.video->display_size();
  resolved.frame_rate = video.frame_rate.numerator > 0 ? video.frame_rate : source.video->frame_rate;
  resolved.key_frame_interval = video.key_frame_interval;
  resolved.scene_change_detection = video.scene_change_detection;
  resolved.effort = video.effort;
  const auto layers = plan.automatic_ladder
                          ? automatic_layers(width, height, resolved.frame_rate.value(), source.video_bitrate)
                          : video.layers;
  for (const VideoLayer& layer : layers) {
    const FrameSize size = frame_size(video, layer, width, height, source.video->rotation % 180 != 0);
    if (size.width > 8192 || size.height > 8192)
      return bad_preset("a layer of {}x{} is too large", size.width, size.height);
    resolved.video.push_back({layer, size});
  }
  return {};
}

// FFmpeg's encoder knows AAC-LC only (processing.md 3c.6): the same rate, but not under what LC needs.
AudioPlan resolve_audio(AudioPlan audio, std::vector<std::string>& notes) {
  if (audio.profile == AacProfile::kLc) return audio;
  const int configured = audio.bitrate_kbps;
  audio.profile = AacProfile::kLc;
  audio.bitrate_kbps = std::max(configured, audio.channels * audio.sampling_rate / 3000);
  notes.push_back(fmt::format("HE-AAC at {} kb/s was encoded as AAC-LC at {} kb/s", configured, audio.bitrate_kbps));
  return audio;
}

Result<void> name_outputs(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  // {AudioBitrate} is the configured one, also where the encoder uses another (processing.md 7.5).
  const AudioPlan* audio = resolved.audio ? &*plan.audio : nullptr;
  NameValues values{.basename = basename_of(source.name),
                    .codec = "H264",
                    .width = {},
                    .height = {},
                    .video_kbps = {},
                    .audio_kbps = {},
                    .channels = {}};
  if (audio != nullptr) {
    values.audio_kbps = audio->bitrate_kbps;
    values.channels = audio->channels;
  }
  for (std::size_t i = 0; i < resolved.video.size(); ++i) {
    values.width = resolved.video[i].size.width;
    values.height = resolved.video[i].size.height;
    values.video_kbps = resolved.video[i].layer.bitrate_kbps;
    LAZULITE_TRY(auto name, expand_name(plan.file_name, values));
    resolved.outputs.push_back({std::move(name), i, audio != nullptr && plan.interleaved});
  }
  if (audio == nullptr || (plan.interleaved && !resolved.video.empty())) return {};
  std::string name = fmt::format("{}_{}.mp4", values.basename, audio_title(*audio, source.language));
  if (resolved.video.empty()) {
    values.codec = "AAC";
    LAZULITE_TRY(name, expand_name(plan.file_name, values));
  }
  resolved.outputs.push_back({std::move(name), std::nullopt, true});
  return {};
}

Result<void> require_distinct(const std::vector<PlannedOutput>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = i + 1; j < outputs.size(); ++j) {
      if (outputs[i].name == outputs[j].name) {
        return bad_preset("FileName: two outputs would both be named '{}'; use macros that tell them apart",
                          outputs[i].name);
      }
    }
  }
  return {};
}

}  // namespace

FrameSize frame_size(const VideoPlan& plan, const VideoLayer& layer, int display_width, int display_height,
                     bool turned) {
  // The preset speaks of the picture before it is turned; the box is exchanged only when asked for.
  VideoLayer box_layer = layer;
  if (turned && plan.preserve_resolution_after_rotation) std::swap(box_layer.width, box_layer.height);
  const Box box = box_of(box_layer, display_width, display_height);
  const Box picture = fit(box, display_width, display_height);
  const bool keeps_box = turned && !plan.preserve_resolution_after_rotation;
  switch (plan.stretch) {
    case StretchMode::kNone:
      return whole(box);
    case StretchMode::kAutoFit:
      return boxed(box, picture);
    case StretchMode::kAutoSize:
      break;
  }
  const bool box_is_given =
      layer.width.unit == Dimension::Unit::kPixels && layer.height.unit == Dimension::Unit::kPixels;
  return keeps_box && box_is_given ? boxed(box, picture) : whole(picture);
}

std::vector<VideoLayer> automatic_layers(int display_width, int display_height, double frame_rate,
                                         std::int64_t source_bitrate) {
  constexpr std::array<int, 6> kHeights = {1080, 720, 540, 360, 270, 180};
  std::vector<int> heights;
  std::copy_if(kHeights.begin(), kHeights.end(), std::back_inserter(heights),
               [display_height](int height) { return height <= display_height; });
  if (heights.empty()) heights.push_back(display_height);
  if (display_height < kHeights.front()) heights.front() = display_height;

  const auto nominal_kbps = [&](int height) {
    const double pixels = static_cast<double>(height) * height * display_width / display_height;
    return 0.00354 * std::pow(pixels * std::min(frame_rate, 60.0), 0.806);
  };
  const double top_kbps = nominal_kbps(heights.front()), source_kbps = static_cast<double>(source_bitrate) / 1000;
  const double factor = source_kbps > 0 && source_kbps < top_kbps ? source_kbps / top_kbps : 1;
  std::vector<VideoLayer> layers;
  for (const int height : heights) {
    VideoLayer layer;
    layer.bitrate_kbps = layer.max_bitrate_kbps =
        std::max(30, static_cast<int>(std::lround(nominal_kbps(height) * factor / 10)) * 10);
    layer.width = {Dimension::Unit::kPixels, even(static_cast<double>(height) * display_width / display_height)};
    layer.height = {Dimension::Unit::kPixels, even(height)};
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::string audio_title(const AudioPlan& audio, const std::string& language) {
  return fmt::format("AAC_{}_ch{}_{}kbps", language.empty() ? "und" : language, audio.channels, audio.bitrate_kbps);
}

Result<ResolvedPlan> resolve_plan(const EncodePlan& plan, const SourceFacts& source) {
  ResolvedPlan resolved;
  if (plan.video && source.video == nullptr) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: the preset encodes video but the file has no video stream", source.name);
  }
  if (!plan.video && source.audio == nullptr) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: the preset encodes audio but the file has no audio stream", source.name);
  }
  if (plan.video) LAZULITE_CHECK(resolve_video(plan, source, resolved));
  if (plan.audio && source.audio != nullptr) resolved.audio = resolve_audio(*plan.audio, resolved.notes);
  LAZULITE_CHECK(name_outputs(plan, source, resolved));
  LAZULITE_CHECK(require_distinct(resolved.outputs));
  return resolved;
}

}  // namespace lazulite::encoder
