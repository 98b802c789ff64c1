#include "encoder/presets/mes_images.hpp"

#include "encoder/presets/time_text.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxImageLayers = 16;

constexpr ImageKind kKinds[] = {
    {"JpgImage", "JpgFormat", "JpgLayers", ImageFormat::kJpg},
    {"PngImage", "PngFormat", "PngLayers", ImageFormat::kPng},
    {"BmpImage", "BmpFormat", "BmpLayers", ImageFormat::kBmp},
};

Result<std::optional<ImageTime>> image_time(const Fields& fields, std::string_view key) {
  LAZULITE_TRY(const auto text, fields.text(key));
  if (!text || text->empty()) return std::optional<ImageTime>{};
  const auto time = parse_image_time(*text);
  if (!time)
    return bad_preset("{}.{}: '{}' is neither a time nor a percentage nor the number of a frame", fields.path(), key,
                      *text);
  return time;
}

Result<ImageSpan> image_span(const Fields& fields) {
  ImageSpan span;
  LAZULITE_TRY(const auto start, image_time(fields, "Start"));
  if (!start) return bad_preset("{}: Start is missing", fields.path());
  span.start = *start;
  LAZULITE_TRY(span.step, image_time(fields, "Step"));
  LAZULITE_TRY(span.end, image_time(fields, "Range"));
  if (span.step && span.step->value <= 0) return bad_preset("{}.Step: must be above 0", fields.path());
  if (!span.step && span.end) span.step = ImageTime{ImageTime::Unit::kPercent, 10};
  return span;
}

Result<ImageLayer> image_layer(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "Quality", "Width", "Height"}));
  ImageLayer layer;
  LAZULITE_TRY(layer.quality, fields.integer("Quality", layer.quality, 1, 100));
  LAZULITE_TRY(layer.width, dimension(fields, "Width", 2));
  LAZULITE_TRY(layer.height, dimension(fields, "Height", 2));
  return layer;
}

}  // namespace

const ImageKind* find_image_kind(std::string_view name) {
  const auto found = std::find_if(std::begin(kKinds), std::end(kKinds), [name](const ImageKind& kind) {
    return equals_ignoring_case(kind.codec, name) || equals_ignoring_case(kind.format_name, name);
  });
  return found == std::end(kKinds) ? nullptr : found;
}

std::optional<ImageTime> parse_image_time(std::string_view text) {
  text = trim(text);
  if (text.ends_with('%')) {
    const auto percent = parse_double(trim(text.substr(0, text.size() - 1)));
    if (!percent || !(*percent >= 0 && *percent <= 100)) return std::nullopt;
    return ImageTime{ImageTime::Unit::kPercent, *percent};
  }
  if (const auto frame = parse_int64(text)) {
    if (*frame < 0 || *frame > 100'000'000) return std::nullopt;
    return ImageTime{ImageTime::Unit::kFrame, static_cast<double>(*frame)};
  }
  const auto time = parse_time_span(text);
  if (!time) return std::nullopt;
  return ImageTime{ImageTime::Unit::kSeconds, static_cast<double>(time->count()) / 1000};
}

Result<Dimension> dimension(const Fields& fields, std::string_view key, int least) {
  LAZULITE_TRY(const auto text, fields.text(key));
  if (!text || text->empty()) return Dimension{};
  const bool percent = text->back() == '%';
  const auto value = parse_int64(trim(std::string_view{*text}.substr(0, text->size() - (percent ? 1 : 0))));
  if (!value || *value < (percent ? 1 : least) || *value > (percent ? 100 : 8192)) {
    return bad_preset("{}.{}: '{}' is neither {} to 8192 pixels nor 1% to 100%", fields.path(), key, *text, least);
  }
  if (percent) return Dimension{Dimension::Unit::kPercent, static_cast<int>(*value)};
  return Dimension{Dimension::Unit::kPixels, static_cast<int>(*value) / 2 * 2};
}

Result<StretchMode> stretch_mode(const Fields& fields) {
  return fields.choice<StretchMode>(
      "StretchMode",
      {{"AutoSize", StretchMode::kAutoSize}, {"AutoFit", StretchMode::kAutoFit}, {"None", StretchMode::kNone}});
}

Result<ImagePlan> compile_image(const Fields& fields, const ImageKind& kind) {
  LAZULITE_CHECK(fields.only({"Type", "Start", "Step", "Range", kind.layers, "SpriteColumn", "StretchMode",
                              "PreserveResolutionAfterRotation"}));
  ImagePlan plan;
  plan.format = kind.format;
  LAZULITE_TRY(const auto start, fields.text("Start"));
  plan.best = start && equals_ignoring_case(*start, "{Best}");
  if (!plan.best) {
    LAZULITE_TRY(auto span, image_span(fields));
    plan.spans.push_back(span);
  }
  LAZULITE_TRY(plan.sprite_columns, fields.integer("SpriteColumn", 0, 0, 1000));
  if (plan.sprite_columns > 0 && kind.format != ImageFormat::kJpg)
    return bad_preset("{}.SpriteColumn: sprites are possible with JpgImage only", fields.path());
  LAZULITE_TRY(plan.stretch, stretch_mode(fields));
  LAZULITE_TRY(plan.preserve_resolution_after_rotation, fields.boolean("PreserveResolutionAfterRotation", false));
  LAZULITE_TRY(const auto layers, fields.objects(kind.layers));
  if (layers.size() > kMaxImageLayers) return bad_preset("{}: more than {} layers", fields.path(), kMaxImageLayers);
  for (const Fields& entry : layers) {
    LAZULITE_TRY(const auto layer, image_layer(entry));
    plan.layers.push_back(layer);
  }
  if (plan.layers.empty()) plan.layers.emplace_back();
  return plan;
}

Result<void> require_image_name(const ImagePlan& plan) {
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                 [&plan](const ImageKind& row) { return row.format == plan.format; });
  if (plan.file_name.empty()) return bad_preset("Outputs: there is none of {} for the pictures", kind->format_name);
  const std::string name = to_lower(plan.file_name);
  const auto first = name.find("{index}");
  const bool one = plan.best || plan.sprite_columns > 0 || !plan.spans.front().step;
  if (first == std::string::npos && !one)
    return bad_preset("FileName: pictures need the macro {{Index}} in their name");
  if (first != std::string::npos && name.find("{index}", first + 1) != std::string::npos)
    return bad_preset("FileName: the macro {{Index}} may stand once only");
  return {};
}

}  // namespace lazulite::encoder
