#include "encoder/presets/mes_overlays.hpp"

#include "encoder/presets/time_text.hpp"

namespace lazulite::encoder {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours kMaxTime{7 * 24};
constexpr int kMaxPlays = 100'000;

struct TimeRange {
  std::optional<double> start, duration;  // seconds
};

Result<std::optional<double>> seconds(const Fields& fields, std::string_view key) {
  if (!fields.has(key)) return std::optional<double>{};
  LAZULITE_TRY(const auto time, fields.duration(key, milliseconds{0}, milliseconds{0}, kMaxTime));
  return std::optional<double>{static_cast<double>(time.count()) / 1000};
}

// {"StartTime": …, "Duration": …}
Result<TimeRange> time_range(const Fields& overlay, std::string_view key) {
  TimeRange range;
  if (!overlay.has(key)) return range;
  LAZULITE_TRY(const Fields fields, overlay.object(key));
  LAZULITE_CHECK(fields.only({"StartTime", "Duration"}));
  LAZULITE_TRY(range.start, seconds(fields, "StartTime"));
  LAZULITE_TRY(range.duration, seconds(fields, "Duration"));
  return range;
}

// The entry that speaks of the overlay; the other one is of the video beneath, which is never repeated.
Result<void> compile_loops(const Fields& overlay, OverlayTimes& times) {
  LAZULITE_TRY(const auto parameters, overlay.objects("MediaParams"));
  for (const Fields& fields : parameters) {
    LAZULITE_CHECK(fields.only({"Type", "IsOverlay", "OverlayLoopCount", "InputLoop"}));
    LAZULITE_TRY(const bool is_overlay, fields.boolean("IsOverlay", false));
    LAZULITE_TRY(const int plays, fields.integer("OverlayLoopCount", 1, 0, kMaxPlays));
    LAZULITE_TRY(const bool endless, fields.boolean("InputLoop", false));
    if (is_overlay) times.plays = endless ? 0 : plays;
  }
  return {};
}

Result<OverlayTimes> compile_times(const Fields& overlay) {
  OverlayTimes times;
  LAZULITE_TRY(const TimeRange clip, time_range(overlay, "Clip"));
  LAZULITE_TRY(const TimeRange in, time_range(overlay, "FadeInDuration"));
  LAZULITE_TRY(const TimeRange out, time_range(overlay, "FadeOutDuration"));
  times.start = clip.start.value_or(0);
  times.duration = clip.duration;
  if (times.duration && *times.duration <= 0) return bad_preset("{}.Clip.Duration: must be above 0", overlay.path());
  times.fade_in_start = in.start;
  times.fade_in_seconds = in.duration.value_or(0);
  times.fade_out_start = out.start;
  times.fade_out_seconds = out.duration.value_or(0);
  LAZULITE_CHECK(compile_loops(overlay, times));
  return times;
}

Result<std::string> source_of(const Fields& overlay) {
  LAZULITE_TRY(const auto source, overlay.text("Source"));
  if (!source || source->empty()) return bad_preset("{}: Source is missing", overlay.path());
  return *source;
}

Result<OverlayPlan> compile_video_overlay(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "Source", "Position", "Clip", "FadeInDuration", "FadeOutDuration",
                              "AudioGainLevel", "Opacity", "MediaParams"}));
  OverlayPlan plan;
  LAZULITE_TRY(plan.source, source_of(fields));
  LAZULITE_TRY(plan.times, compile_times(fields));
  LAZULITE_TRY(plan.gain, fields.number("AudioGainLevel", 0, 0, 1));
  LAZULITE_TRY(plan.opacity, fields.number("Opacity", 1, 0, 1));
  // The service's own samples say 0 of overlays that are to be seen: it did not look at the value.
  if (plan.opacity == 0) plan.opacity = 1;
  if (!fields.has("Position")) return plan;
  LAZULITE_TRY(const Fields position, fields.object("Position"));
  LAZULITE_CHECK(position.only({"X", "Y", "Width", "Height"}));
  LAZULITE_TRY(plan.x, position.side("X", 0));
  LAZULITE_TRY(plan.y, position.side("Y", 0));
  LAZULITE_TRY(plan.width, position.side("Width", 1));
  LAZULITE_TRY(plan.height, position.side("Height", 1));
  return plan;
}

Result<OverlayPlan> compile_audio_overlay(const Fields& fields) {
  LAZULITE_CHECK(
      fields.only({"Type", "Source", "Clip", "FadeInDuration", "FadeOutDuration", "AudioGainLevel", "MediaParams"}));
  OverlayPlan plan;
  plan.visible = false;
  LAZULITE_TRY(plan.source, source_of(fields));
  LAZULITE_TRY(plan.times, compile_times(fields));
  LAZULITE_TRY(plan.gain, fields.number("AudioGainLevel", 1, 0, 1));
  return plan;
}

}  // namespace

Result<std::vector<OverlayPlan>> compile_overlays(const Fields& filters) {
  constexpr std::pair<std::string_view, Result<OverlayPlan> (*)(const Fields&)> kKinds[] = {
      {"VideoOverlay", &compile_video_overlay}, {"AudioOverlay", &compile_audio_overlay}};
  std::vector<OverlayPlan> plans;
  for (const auto& [key, compile] : kKinds) {
    LAZULITE_TRY(const auto overlays, filters.objects(key));
    for (const Fields& overlay : overlays) {
      if (plans.size() == kMaxOverlays) return bad_preset("{}: more than {} overlays", filters.path(), kMaxOverlays);
      LAZULITE_TRY(auto plan, compile(overlay));
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace lazulite::encoder
