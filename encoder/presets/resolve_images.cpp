// Pictures meet their source (processing.md 3c.7).
#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/presets/resolve.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <cmath>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxPictures = 10'000;
constexpr std::int64_t kMaxSpritePixels = 64'000'000;
// Up to so many pictures are taken exactly where they are due. Longer series, which show what a video is about, take
// the key frame nearest to each due time, at most half a step off: that costs one decoded frame a picture.
constexpr std::size_t kExactPictures = 20;

const char* extension_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kPng:
      return "png";
    case ImageFormat::kBmp:
      return "bmp";
    case ImageFormat::kJpg:
      break;
  }
  return "jpg";
}

Result<double> seconds_of(const ImageTime& time, const SourceFacts& source) {
  switch (time.unit) {
    case ImageTime::Unit::kPercent:
      if (source.video_seconds <= 0) {
        return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                         "{}: how long the video lasts is not known, so that percents cannot be taken of it",
                         source.name);
      }
      return time.value / 100 * source.video_seconds;
    case ImageTime::Unit::kFrame:
      return time.value / source.video->frame_rate.value();
    case ImageTime::Unit::kSeconds:
      break;
  }
  return time.value;
}

Result<void> append_span(const ImageSpan& span, const SourceFacts& source, std::vector<double>& times) {
  const double known_end = source.video_seconds > 0 ? source.video_seconds : 0;
  LAZULITE_TRY(const double start, seconds_of(span.start, source));
  if (known_end > 0 && start > known_end) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: a picture at {:.2f} s lies beyond the end of the video at {:.2f} s", source.name, start,
                     known_end);
  }
  times.push_back(start);
  if (!span.step) return {};
  LAZULITE_TRY(const double step, seconds_of(*span.step, source));
  double end = known_end;
  if (span.end) {
    LAZULITE_TRY(end, seconds_of(*span.end, source));
    if (known_end > 0) end = std::min(end, known_end);
  }
  if (step <= 0) return {};
  // The last frame begins before the end of the video.
  const double last = std::min(end, known_end > 0 ? known_end - 0.001 : end);
  const double count = std::floor((last - start) / step + 1e-6);
  if (count + static_cast<double>(times.size()) > static_cast<double>(kMaxPictures))
    return bad_preset("Step: the series has more than {} pictures", kMaxPictures);
  for (int i = 1; i <= count; ++i) times.push_back(start + i * step);
  return {};
}

double tolerance_of(const std::vector<double>& times) {
  if (times.size() <= kExactPictures) return 0;
  double least = times.back();
  for (std::size_t i = 1; i < times.size(); ++i) least = std::min(least, times[i] - times[i - 1]);
  return least / 2;
}

Result<void> name_layer(const ImagePlan& plan, const SourceFacts& source, const std::vector<double>& times,
                        ResolvedImageLayer& layer) {
  NameValues values;
  values.basename = basename_of(source.name);
  values.original_name = std::string{stem_of(source.name)};
  values.extension = extension_of(plan.format);
  values.width = layer.size.width;
  values.height = layer.size.height;
  const std::size_t count = plan.sprite_columns > 0 ? 1 : times.size();
  for (std::size_t i = 0; i < count; ++i) {
    values.index = static_cast<int>(i) + 1;
    values.time_seconds = times[i];
    LAZULITE_TRY(auto name, expand_name(plan.file_name, values));
    layer.names.push_back(std::move(name));
  }
  if (plan.sprite_columns > 0) layer.track_name = std::string{stem_of(layer.names.front())} + ".vtt";
  return {};
}

Result<void> require_sprite_fits(const ResolvedImages& images, const FrameSize& tile) {
  if (images.sprite_columns == 0) return {};
  const auto columns = static_cast<std::int64_t>(images.sprite_columns),
             rows = (static_cast<std::int64_t>(images.times.size()) + columns - 1) / columns;
  const std::int64_t width = columns * tile.width, height = rows * tile.height;
  if (width > 65'500 || height > 65'500 || width * height > kMaxSpritePixels)
    return bad_preset("SpriteColumn: a sprite of {}x{} pixels is too large", width, height);
  return {};
}

}  // namespace

Result<ResolvedImages> resolve_images(const ImagePlan& plan, const SourceFacts& source) {
  ResolvedImages images;
  images.format = plan.format;
  images.best = plan.best;
  images.sprite_columns = plan.sprite_columns;
  if (plan.best) {
    images.times.push_back(0);
  } else {
    for (const ImageSpan& span : plan.spans) LAZULITE_CHECK(append_span(span, source, images.times));
    images.tolerance = tolerance_of(images.times);
  }
  const auto [width, height] = source.video->display_size();
  for (const ImageLayer& asked : plan.layers) {
    ResolvedImageLayer layer;
    const SizeRules rules{asked.width, asked.height, plan.stretch, plan.preserve_resolution_after_rotation};
    layer.size = frame_size(rules, width, height, source.video->rotation % 180 != 0);
    layer.quality = asked.quality;
    if (layer.size.width > 8192 || layer.size.height > 8192)
      return bad_preset("a picture of {}x{} is too large", layer.size.width, layer.size.height);
    LAZULITE_CHECK(require_sprite_fits(images, layer.size));
    LAZULITE_CHECK(name_layer(plan, source, images.times, layer));
    images.layers.push_back(std::move(layer));
  }
  return images;
}

}  // namespace lazulite::encoder
