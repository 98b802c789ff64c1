#include "encoder/presets/azure_overlays.hpp"

#include "encoder/presets/preset.hpp"
#include "encoder/presets/time_text.hpp"
#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <array>
#include <string>

namespace lazulite::encoder {
namespace {

constexpr double kMaxGain = 10;

// The attributes of one overlay: "Overlay" or "AudioOverlay" stands before each name.
class OverlayAttributes {
 public:
  OverlayAttributes(const pugi::xml_node& media_file, std::string prefix)
      : media_file_(media_file), prefix_(std::move(prefix)) {}

  [[nodiscard]] std::string_view text(const char* name) const {
    return trim(media_file_.attribute((prefix_ + name).c_str()).value());
  }
  [[nodiscard]] bool is_true(const char* name) const { return equals_ignoring_case(text(name), "true"); }
  [[nodiscard]] Result<std::optional<double>> seconds(const char* name) const {
    if (text(name).empty()) return std::optional<double>{};
    const auto time = parse_time_span(text(name));
    if (!time) return bad(name, "is not a time such as 00:00:04");
    return std::optional<double>{static_cast<double>(time->count()) / 1000};
  }
  [[nodiscard]] Result<double> number(const char* name, double otherwise, double most) const {
    if (text(name).empty()) return otherwise;
    const auto value = parse_double(text(name));
    if (!value || !(*value >= 0) || *value > most) return bad(name, fmt::format("is not between 0 and {}", most));
    return *value;
  }
  [[nodiscard]] Error bad(const char* name, std::string_view why) const {
    return bad_preset("MediaFile@{}{}: '{}' {}", prefix_, name, text(name), why);
  }

 private:
  const pugi::xml_node& media_file_;
  std::string prefix_;
};

// "x, y, w, h", each in pixels or percents.
Result<void> read_rectangle(const OverlayAttributes& attributes, OverlayPlan& plan) {
  constexpr const char* kWrong = "is no rectangle such as \"10, 10, 25%, 25%\"";
  const std::string_view text = attributes.text("Rect");
  if (text.empty()) return {};
  const auto parts = split(text, ',');
  const std::array<Dimension*, 4> sides{&plan.x, &plan.y, &plan.width, &plan.height};
  if (parts.size() != sides.size()) return attributes.bad("Rect", kWrong);
  for (std::size_t i = 0; i < sides.size(); ++i) {
    std::string_view part = trim(parts[i]);
    const bool percent = part.ends_with('%');
    if (percent) part.remove_suffix(1);
    const auto value = parse_int64(trim(part));
    if (!value || *value < (i < 2 ? 0 : 1) || *value > (percent ? 100 : 8192)) return attributes.bad("Rect", kWrong);
    *sides[i] = {percent ? Dimension::Unit::kPercent : Dimension::Unit::kPixels, static_cast<int>(*value)};
  }
  return {};
}

Result<OverlayTimes> read_times(const OverlayAttributes& attributes) {
  OverlayTimes times;
  const std::string_view layout = attributes.text("LayoutMode");
  const bool custom = equals_ignoring_case(layout, "Custom");
  if (!custom && !layout.empty() && !equals_ignoring_case(layout, "WholeSequence"))
    return attributes.bad("LayoutMode", "is not a known value");
  if (custom) {
    LAZULITE_TRY(const auto start, attributes.seconds("StartTime"));
    LAZULITE_TRY(const auto end, attributes.seconds("EndTime"));
    times.start = start.value_or(0);
    if (end) times.duration = *end - times.start;
    if (times.duration && *times.duration <= 0) return attributes.bad("EndTime", "is not after the start");
  }
  LAZULITE_TRY(const auto in, attributes.seconds("FadeInDuration"));
  LAZULITE_TRY(const auto out, attributes.seconds("FadeOutDuration"));
  LAZULITE_TRY(const auto gap, attributes.seconds("LoopingGap"));
  times.fade_in_seconds = in.value_or(0);
  times.fade_out_seconds = out.value_or(0);
  times.gap = gap.value_or(0);
  if (attributes.is_true("Loop")) times.plays = 0;
  return times;
}

Result<void> read_overlay(const OverlayAttributes& attributes, bool visible, EncodePlan& plan) {
  if (attributes.text("FileName").empty()) return {};
  OverlayPlan overlay;
  overlay.source = attributes.text("FileName");
  overlay.visible = visible;
  LAZULITE_TRY(overlay.times, read_times(attributes));
  if (visible) {
    LAZULITE_CHECK(read_rectangle(attributes, overlay));
    LAZULITE_TRY(overlay.opacity, attributes.number("Opacity", 1, 1));
    LAZULITE_TRY(overlay.gain, attributes.number("AudioGainLevel", 0, kMaxGain));
  } else {
    LAZULITE_TRY(overlay.gain, attributes.number("GainLevel", 1, kMaxGain));
  }
  plan.overlays.push_back(std::move(overlay));
  return {};
}

}  // namespace

Result<void> read_azure_overlays(const pugi::xml_node& media_file, EncodePlan& plan) {
  LAZULITE_CHECK(read_overlay(OverlayAttributes{media_file, "Overlay"}, true, plan));
  LAZULITE_CHECK(read_overlay(OverlayAttributes{media_file, "AudioOverlay"}, false, plan));
  const OverlayAttributes own{media_file, ""};
  LAZULITE_TRY(plan.audio_gain, own.number("AudioGainLevel", 1, kMaxGain));
  plan.normalize_audio = own.is_true("NormalizeAudio");
  return {};
}

}  // namespace lazulite::encoder
