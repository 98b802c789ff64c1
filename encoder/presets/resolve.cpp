#include "encoder/presets/resolve.hpp"

#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

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
Box box_of(Dimension box_width, Dimension box_height, int display_width, int display_height) {
  const bool has_width = box_width.unit != Dimension::Unit::kAbsent,
             has_height = box_height.unit != Dimension::Unit::kAbsent;
  const double aspect = static_cast<double>(display_width) / display_height;
  const double width = side_of(box_width, display_width), height = side_of(box_height, display_height);
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

constexpr Fraction kBlackRate{30, 1};

// Of a source without video: black pictures as large as the layers say (processing.md 3c.3).
void resolve_black(const VideoPlan& video, ResolvedPlan& resolved) {
  resolved.frame_rate = video.frame_rate.numerator > 0 ? video.frame_rate : kBlackRate;
  for (const VideoLayer& layer : video.layers) {
    const bool sized = layer.width.unit == Dimension::Unit::kPixels && layer.height.unit == Dimension::Unit::kPixels;
    resolved.video.push_back(
        {layer, sized ? whole({static_cast<double>(layer.width.value), static_cast<double>(layer.height.value)})
                      : FrameSize{1280, 720, 1280, 720}});
  }
  if (video.black == BlackVideo::kAllLayers) return;
  const auto bottom = std::min_element(resolved.video.begin(), resolved.video.end(), [](const auto& a, const auto& b) {
    return a.layer.bitrate_kbps < b.layer.bitrate_kbps;
  });
  resolved.video = {*bottom};
}

Result<void> resolve_video(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  const VideoPlan& video = *plan.video;
  resolved.key_frame_interval = video.key_frame_interval;
  resolved.scene_change_detection = video.scene_change_detection;
  resolved.effort = video.effort;
  if (source.video == nullptr) {
    resolve_black(video, resolved);
    return {};
  }
  const auto [width, height] = source.video->display_size();
  resolved.frame_rate = video.frame_rate.numerator > 0 ? video.frame_rate : source.video->frame_rate;
  auto layers = plan.automatic_ladder
                    ? automatic_layers(width, height, resolved.frame_rate.value(), source.video_bitrate)
                    : video.layers;
  if (plan.content_adaptive) layers = scale_layers(std::move(layers), source.content_factor);
  for (const VideoLayer& layer : layers) {
    const SizeRules rules{layer.width, layer.height, video.stretch, video.preserve_resolution_after_rotation};
    const FrameSize size = frame_size(rules, width, height, source.video->rotation % 180 != 0);
    if (size.width > 8192 || size.height > 8192)
      return bad_preset("a layer of {}x{} is too large", size.width, size.height);
    resolved.video.push_back({layer, size});
  }
  return {};
}

// FFmpeg's encoder knows AAC-LC only (processing.md 3c.6): the same rate, but not under what LC needs.
AudioRendition resolve_audio(const AudioPlan& configured, std::vector<std::string>& notes) {
  AudioRendition audio{configured, configured};
  if (configured.profile == AacProfile::kLc) return audio;
  audio.encode.profile = AacProfile::kLc;
  audio.encode.bitrate_kbps = std::max(configured.bitrate_kbps, configured.channels * configured.sampling_rate / 3000);
  notes.push_back(fmt::format("HE-AAC at {} kb/s was encoded as AAC-LC at {} kb/s", configured.bitrate_kbps,
                              audio.encode.bitrate_kbps));
  return audio;
}

// The index of the rendition; files of the same sound share one.
std::size_t add_audio(const AudioPlan& configured, ResolvedPlan& resolved) {
  const auto known = std::find_if(resolved.audio.begin(), resolved.audio.end(),
                                  [&configured](const AudioRendition& each) { return each.configured == configured; });
  if (known != resolved.audio.end()) return static_cast<std::size_t>(known - resolved.audio.begin());
  resolved.audio.push_back(resolve_audio(configured, resolved.notes));
  return resolved.audio.size() - 1;
}

// {AudioBitrate} is the configured one, also where the encoder uses another (processing.md 7.5).
NameValues name_values(const EncodePlan& plan, const SourceFacts& source, const VideoRendition* video,
                       const AudioPlan* audio) {
  NameValues values;
  if (plan.container == Container::kTransportStream) values.extension = "ts";
  values.basename = basename_of(source.name);
  values.original_name = std::string{stem_of(source.name)};
  values.language = source.language;
  if (video != nullptr) {
    values.width = video->size.width;
    values.height = video->size.height;
    values.video_kbps = video->layer.bitrate_kbps;
  }
  if (audio != nullptr) {
    values.audio_kbps = audio->bitrate_kbps;
    values.channels = audio->channels;
  }
  return values;
}

Result<void> name_videos(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  const bool copies_audio = plan.copy_audio && source.audio != nullptr;
  const bool has_audio = plan.audio && (source.audio != nullptr || plan.silence_if_no_audio);
  const AudioPlan* named = copies_audio ? &*resolved.copied_audio : has_audio ? &*plan.audio : nullptr;
  const std::string& name_template =
      has_audio || plan.silent_file_name.empty() ? plan.file_name : plan.silent_file_name;
  std::optional<std::size_t> audio;
  if (has_audio && plan.interleaved) audio = add_audio(*plan.audio, resolved);
  for (std::size_t i = 0; i < resolved.video.size(); ++i) {
    LAZULITE_TRY(auto name, expand_name(name_template, name_values(plan, source, &resolved.video[i], named)));
    resolved.outputs.push_back({std::move(name), i, audio, false, copies_audio && plan.interleaved});
  }
  return {};
}

// What is copied, in the words of what is encoded: for names and manifests.
void describe_copies(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  resolved.copy_video = plan.copy_video && source.video != nullptr;
  if (resolved.copy_video) {
    VideoRendition copied;
    copied.layer.bitrate_kbps = static_cast<int>(source.video_bitrate / 1000);
    copied.size = {source.video->width, source.video->height, source.video->width, source.video->height};
    resolved.copied_video = copied;
    resolved.frame_rate = source.video->frame_rate;
  }
  if (!plan.copy_audio || source.audio == nullptr) return;
  AudioPlan copied;
  copied.channels = source.audio->channels;
  copied.sampling_rate = source.audio->sampling_rate;
  copied.bitrate_kbps = static_cast<int>(source.audio->bit_rate / 1000);
  resolved.copied_audio = copied;
}

// One file of all that is copied, unless that is sound beside encoded video.
Result<void> name_copies(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  const bool copies_audio = resolved.copied_audio.has_value();
  if (!resolved.copy_video && (!copies_audio || !resolved.video.empty())) return {};
  PlannedOutput output;
  output.copies_video = resolved.copy_video;
  output.copies_audio = copies_audio;
  if (resolved.copy_video && plan.audio && source.audio != nullptr) output.audio = add_audio(*plan.audio, resolved);
  LAZULITE_TRY(output.name, expand_name(plan.file_name, name_values(plan, source, resolved.video_of(output),
                                                                    resolved.audio_of(output))));
  resolved.outputs.push_back(std::move(output));
  return {};
}

Result<void> name_audio_file(const EncodePlan& plan, const AudioPlan& audio, const SourceFacts& source,
                             ResolvedPlan& resolved) {
  const std::string& name_template =
      resolved.video.empty() && plan.audio_file_name.empty() ? plan.file_name : plan.audio_file_name;
  const char* extension = plan.container == Container::kTransportStream ? "ts" : "mp4";
  std::string name = fmt::format("{}_{}.{}", basename_of(source.name), audio_title(audio, source.language), extension);
  if (!name_template.empty()) {
    LAZULITE_TRY(name, expand_name(name_template, name_values(plan, source, nullptr, &audio)));
  }
  resolved.outputs.push_back({std::move(name), std::nullopt, add_audio(audio, resolved)});
  return {};
}

Result<void> name_outputs(const EncodePlan& plan, const SourceFacts& source, ResolvedPlan& resolved) {
  LAZULITE_CHECK(name_videos(plan, source, resolved));
  LAZULITE_CHECK(name_copies(plan, source, resolved));
  if (source.audio == nullptr || resolved.copy_video) return {};
  if (plan.audio && (!plan.interleaved || resolved.video.empty()))
    LAZULITE_CHECK(name_audio_file(plan, *plan.audio, source, resolved));
  for (const AudioPlan& audio : plan.audio_files) LAZULITE_CHECK(name_audio_file(plan, audio, source, resolved));
  return {};
}

Result<void> require_distinct(const ResolvedPlan& resolved) {
  std::set<std::string_view> names;
  const auto add = [&names](const std::string& name) -> Result<void> {
    if (names.insert(name).second) return {};
    return bad_preset("FileName: two outputs would both be named '{}'; use macros that tell them apart", name);
  };
  for (const PlannedOutput& output : resolved.outputs) LAZULITE_CHECK(add(output.name));
  for (const ResolvedImages& images : resolved.images) {
    for (const ResolvedImageLayer& layer : images.layers) {
      for (const std::string& name : layer.names) LAZULITE_CHECK(add(name));
      if (!layer.track_name.empty()) LAZULITE_CHECK(add(layer.track_name));
    }
  }
  return {};
}

// What the source must have for the plan.
Result<void> require_streams(const EncodePlan& plan, const SourceFacts& source) {
  const bool black = plan.video && plan.video->black != BlackVideo::kNone && source.audio != nullptr;
  if (((plan.video && !black) || plan.copy_video || !plan.images.empty()) && source.video == nullptr) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: the preset makes {} but the file has no video stream", source.name,
                     plan.video || plan.copy_video ? "video" : "pictures");
  }
  const bool only_audio = !plan.video && !plan.copy_video && plan.images.empty();
  if (only_audio && source.audio == nullptr) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: the preset encodes audio but the file has no audio stream", source.name);
  }
  return {};
}

}  // namespace

FrameSize frame_size(const SizeRules& rules, int display_width, int display_height, bool turned) {
  // The preset speaks of the picture before it is turned; the box is exchanged only when asked for.
  Dimension width = rules.width, height = rules.height;
  if (turned && rules.preserve_resolution_after_rotation) std::swap(width, height);
  const Box box = box_of(width, height, display_width, display_height);
  const Box picture = fit(box, display_width, display_height);
  const bool keeps_box = turned && !rules.preserve_resolution_after_rotation;
  switch (rules.stretch) {
    case StretchMode::kNone:
      return whole(box);
    case StretchMode::kAutoFit:
      return boxed(box, picture);
    case StretchMode::kAutoSize:
      break;
  }
  const bool box_is_given = width.unit == Dimension::Unit::kPixels && height.unit == Dimension::Unit::kPixels;
  return keeps_box && box_is_given ? boxed(box, picture) : whole(picture);
}

double nominal_kbps(double pixels, double frame_rate) {
  return 0.00354 * std::pow(pixels * std::min(frame_rate, 60.0), 0.806);
}

double content_factor(double measured_kbps, double pixels, double frame_rate) {
  return std::clamp(measured_kbps / nominal_kbps(pixels, frame_rate), 0.4, 1.2);
}

std::vector<VideoLayer> scale_layers(std::vector<VideoLayer> layers, double factor) {
  for (VideoLayer& layer : layers) {
    layer.bitrate_kbps = std::max(30, static_cast<int>(std::lround(layer.bitrate_kbps * factor)));
    layer.max_bitrate_kbps = layer.bitrate_kbps;
  }
  const auto crowded = std::adjacent_find(layers.begin(), layers.end(), [](const VideoLayer& a, const VideoLayer& b) {
    return a.bitrate_kbps < b.bitrate_kbps * 1.2;
  });
  if (crowded != layers.end()) layers.erase(crowded + 1, layers.end());
  return layers;
}

std::vector<VideoLayer> automatic_layers(int display_width, int display_height, double frame_rate,
                                         std::int64_t source_bitrate) {
  constexpr std::array<int, 6> kHeights = {1080, 720, 540, 360, 270, 180};
  std::vector<int> heights;
  std::copy_if(kHeights.begin(), kHeights.end(), std::back_inserter(heights),
               [display_height](int height) { return height <= display_height; });
  if (heights.empty()) heights.push_back(display_height);
  if (display_height < kHeights.front()) heights.front() = display_height;

  const auto nominal = [&](int height) {
    return nominal_kbps(static_cast<double>(height) * height * display_width / display_height, frame_rate);
  };
  const double top_kbps = nominal(heights.front()), source_kbps = static_cast<double>(source_bitrate) / 1000;
  const double factor = source_kbps > 0 && source_kbps < top_kbps ? source_kbps / top_kbps : 1;
  std::vector<VideoLayer> layers;
  for (const int height : heights) {
    VideoLayer layer;
    layer.bitrate_kbps = layer.max_bitrate_kbps =
        std::max(30, static_cast<int>(std::lround(nominal(height) * factor / 10)) * 10);
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
  LAZULITE_CHECK(require_streams(plan, source));
  resolved.container = plan.container;
  describe_copies(plan, source, resolved);
  if (plan.video) LAZULITE_CHECK(resolve_video(plan, source, resolved));
  LAZULITE_CHECK(name_outputs(plan, source, resolved));
  for (const ImagePlan& images : plan.images) {
    LAZULITE_TRY(auto pictures, resolve_images(images, source));
    resolved.images.push_back(std::move(pictures));
  }
  LAZULITE_CHECK(require_distinct(resolved));
  return resolved;
}

}  // namespace lazulite::encoder
