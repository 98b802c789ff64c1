#include "encoder/presets/azure_sources.hpp"

#include "encoder/presets/preset.hpp"
#include "encoder/presets/time_text.hpp"
#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxClips = 100, kMaxInputs = 50;

Result<Deinterlace> deinterlace_of(const pugi::xml_node& media_file) {
  const std::string_view mode = media_file.attribute("DeinterlaceMode").as_string("AutoPixelAdaptive");
  constexpr std::pair<std::string_view, Deinterlace> kModes[] = {
      {"Off", Deinterlace::kOff},
      {"AutoBob", Deinterlace::kAuto},
      {"AutoPixelAdaptive", Deinterlace::kAuto},
      {"ForceBob", Deinterlace::kForce},
      {"ForcePixelAdaptiveTopFieldFirst", Deinterlace::kForce},
      {"ForcePixelAdaptiveBottomFieldFirst", Deinterlace::kForce},
  };
  const auto known = std::find_if(std::begin(kModes), std::end(kModes),
                                  [mode](const auto& row) { return equals_ignoring_case(row.first, mode); });
  if (known == std::end(kModes)) return bad_preset("MediaFile@DeinterlaceMode: '{}' is not supported", mode);
  return known->second;
}

// "x, y, w, h", all in pixels or all in percents.
Result<std::optional<CropRectangle>> crop_of(const pugi::xml_node& media_file) {
  const auto attribute = media_file.attribute("CropRect");
  if (!attribute || trim(attribute.value()).empty()) return std::optional<CropRectangle>{};
  const auto parts = split(attribute.value(), ',');
  std::array<int, 4> sides{};
  bool sound = parts.size() == sides.size();
  const bool percent = sound && trim(parts[0]).ends_with('%');
  for (std::size_t i = 0; sound && i < sides.size(); ++i) {
    std::string_view part = trim(parts[i]);
    sound = part.ends_with('%') == percent;
    if (percent && sound) part = trim(part.substr(0, part.size() - 1));
    const auto value = parse_int64(part);
    sound = sound && value && *value >= (i < 2 ? 0 : percent ? 1 : 16) && *value <= (percent ? 100 : 16384);
    if (sound) sides[i] = static_cast<int>(*value);
  }
  if (!sound)
    return bad_preset("MediaFile@CropRect: '{}' is no rectangle such as \"0, 60, 640, 360\" or \"0%, 10%, 100%, 80%\"",
                      attribute.value());
  return std::optional<CropRectangle>{CropRectangle{sides[0], sides[1], sides[2], sides[3], percent}};
}

Result<std::optional<double>> time_of(const pugi::xml_node& clip, const char* name) {
  const auto attribute = clip.attribute(name);
  if (!attribute) return std::optional<double>{};
  const auto time = parse_time_span(attribute.value());
  if (!time) return bad_preset("Clip@{}: '{}' is not a time", name, attribute.value());
  return std::optional<double>{static_cast<double>(time->count()) / 1000};
}

// "%0%": the task's first input.
Result<std::optional<std::size_t>> input_of(const pugi::xml_node& source) {
  const std::string_view text = trim(source.attribute("MediaFile").value());
  if (text.empty()) return std::optional<std::size_t>{};
  const bool marked = text.size() > 2 && text.starts_with('%') && text.ends_with('%');
  const auto index = marked ? parse_uint64(text.substr(1, text.size() - 2)) : std::nullopt;
  if (!index || *index >= kMaxInputs)
    return bad_preset("Source@MediaFile: '{}' is no input of the task such as \"%0%\"", text);
  return std::optional<std::size_t>{*index};
}

Result<void> read_source(const pugi::xml_node& source, const SourcePlan& defaults, std::vector<SourcePlan>& plans) {
  SourcePlan plan = defaults;
  LAZULITE_TRY(plan.input_index, input_of(source));
  const pugi::xml_node clips = source.child("Clips");
  if (!clips.child("Clip")) plans.push_back(plan);
  for (const auto& clip : clips.children("Clip")) {
    LAZULITE_TRY(const auto start, time_of(clip, "StartTime"));
    LAZULITE_TRY(const auto end, time_of(clip, "EndTime"));
    plan.start_seconds = start.value_or(0);
    plan.duration_seconds.reset();
    if (end) plan.duration_seconds = *end - *plan.start_seconds;
    if (plan.duration_seconds && *plan.duration_seconds <= 0)
      return bad_preset("Clip: EndTime {:.3f} s is not after StartTime {:.3f} s", *end, *plan.start_seconds);
    plans.push_back(plan);
    if (plans.size() > kMaxClips) return bad_preset("Sources: more than {} clips", kMaxClips);
  }
  return {};
}

}  // namespace

Result<std::vector<SourcePlan>> read_azure_sources(const pugi::xml_node& media_file) {
  SourcePlan defaults;
  LAZULITE_TRY(defaults.filters.deinterlace, deinterlace_of(media_file));
  LAZULITE_TRY(defaults.filters.crop, crop_of(media_file));
  std::vector<SourcePlan> plans;
  for (const auto& source : media_file.child("Sources").children("Source"))
    LAZULITE_CHECK(read_source(source, defaults, plans));
  const bool plain = defaults.filters.deinterlace == Deinterlace::kAuto && !defaults.filters.crop;
  if (plans.empty() && !plain) plans.push_back(defaults);
  return plans;
}

}  // namespace lazulite::encoder
