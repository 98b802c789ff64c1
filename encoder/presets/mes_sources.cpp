#include "encoder/presets/mes_sources.hpp"

#include "encoder/presets/mes_overlays.hpp"
#include "encoder/presets/time_text.hpp"
#include "schema/base/ids.hpp"

#include <algorithm>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxSources = 100;

Result<std::optional<double>> seconds(const Fields& fields, std::string_view key) {
  LAZULITE_TRY(const auto text, fields.text(key));
  if (!text || text->empty()) return std::optional<double>{};
  const auto time = parse_time_span(*text);
  if (!time) return bad_preset("{}.{}: '{}' is not a time such as 00:00:04 or PT4S", fields.path(), key, *text);
  return std::optional<double>{static_cast<double>(time->count()) / 1000};
}

Result<StreamPick> stream_pick(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "Value"}));
  LAZULITE_TRY(const auto value, fields.text("Value"));
  StreamPick pick;
  if (!value || value->empty() || equals_ignoring_case(*value, "TopBitrate")) return pick;
  if (equals_ignoring_case(*value, "LowestBitrate")) {
    pick.kind = StreamPick::Kind::kLowest;
    return pick;
  }
  if (*value == "*") {
    pick.kind = StreamPick::Kind::kAll;
    return pick;
  }
  const auto track = parse_int64(*value);
  if (!track || *track < 0 || *track > 1'000'000)
    return bad_preset("{}.Value: '{}' is neither TopBitrate, LowestBitrate, * nor the id of a track", fields.path(),
                      *value);
  pick.kind = StreamPick::Kind::kTrack;
  pick.track = static_cast<int>(*track);
  return pick;
}

Result<void> compile_streams(const Fields& source, SourcePlan& plan) {
  LAZULITE_TRY(const auto streams, source.objects("Streams"));
  for (const Fields& stream : streams) {
    LAZULITE_TRY(const auto type, stream.text("Type"));
    LAZULITE_TRY(const auto pick, stream_pick(stream));
    if (type && equals_ignoring_case(*type, "VideoStream")) {
      plan.video = pick;
    } else if (type && equals_ignoring_case(*type, "AudioStream")) {
      plan.audio = pick;
    } else {
      return bad_preset("{}.Type: '{}' is neither VideoStream nor AudioStream", stream.path(), type.value_or(""));
    }
  }
  return {};
}

Result<void> compile_crop(const Fields& filters, PictureFilters& plan) {
  if (!filters.has("Crop")) return {};
  LAZULITE_TRY(const Fields crop, filters.object("Crop"));
  LAZULITE_CHECK(crop.only({"Mode", "X", "Y", "Width", "Height", "Type"}));
  CropRectangle rectangle;
  LAZULITE_TRY(rectangle.x, crop.integer("X", 0, 0, 16384));
  LAZULITE_TRY(rectangle.y, crop.integer("Y", 0, 0, 16384));
  LAZULITE_TRY(rectangle.width, crop.required_integer("Width", 16, 16384));
  LAZULITE_TRY(rectangle.height, crop.required_integer("Height", 16, 16384));
  plan.crop = rectangle;
  return {};
}

// What the service did with Pad is not known; its samples say true, or an object without members. Deviation: with
// Width and Height it puts the source's picture, after the crop, on a black canvas of that size.
Result<void> compile_pad(const Fields& owner, PictureFilters& plan) {
  if (!owner.has("Pad")) return {};
  if (const auto word = owner.text("Pad")) {
    if (word->value_or("").empty()) return {};
    LAZULITE_CHECK(owner.boolean("Pad", false));
    return {};
  }
  LAZULITE_TRY(const Fields pad, owner.object("Pad"));
  LAZULITE_CHECK(pad.only({"X", "Y", "Width", "Height", "Type"}));
  if (!pad.has("Width") && !pad.has("Height") && !pad.has("X") && !pad.has("Y")) return {};
  PadCanvas canvas;
  LAZULITE_TRY(canvas.width, pad.required_integer("Width", 16, 8192));
  LAZULITE_TRY(canvas.height, pad.required_integer("Height", 16, 8192));
  canvas.width = canvas.width / 2 * 2;
  canvas.height = canvas.height / 2 * 2;
  for (const auto& [key, side] : {std::pair{"X", &canvas.x}, std::pair{"Y", &canvas.y}}) {
    if (!pad.has(key)) continue;
    LAZULITE_TRY(*side, pad.integer(key, 0, 0, 8192));
  }
  plan.pad = canvas;
  return {};
}

Result<void> compile_filters(const Fields& source, SourcePlan& clip) {
  PictureFilters& plan = clip.filters;
  LAZULITE_CHECK(compile_pad(source, plan));
  if (!source.has("Filters")) return {};
  LAZULITE_TRY(const Fields filters, source.object("Filters"));
  LAZULITE_CHECK(filters.only({"Deinterlace", "Rotation", "Crop", "Pad", "VideoOverlay", "AudioOverlay"}));
  LAZULITE_CHECK(compile_crop(filters, plan));
  LAZULITE_CHECK(compile_pad(filters, plan));
  LAZULITE_TRY(clip.overlays, compile_overlays(filters));
  if (filters.has("Deinterlace")) {
    LAZULITE_TRY(const Fields deinterlace, filters.object("Deinterlace"));
    LAZULITE_TRY(plan.deinterlace,
                 deinterlace.choice<Deinterlace>("Mode", {{"Auto", Deinterlace::kAuto}, {"Off", Deinterlace::kOff}}));
  }
  LAZULITE_TRY(plan.rotation,
               filters.choice<std::optional<int>>(
                   "Rotation", {{"Auto", std::nullopt}, {"0", 0}, {"90", 90}, {"180", 180}, {"270", 270}}));
  return {};
}

Result<SourcePlan> compile_source(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "AssetID", "StartTime", "Duration", "Streams", "Filters", "Pad"}));
  SourcePlan plan;
  LAZULITE_TRY(const auto asset, fields.text("AssetID"));
  if (asset) plan.asset_guid = to_lower(guid_of(*asset));
  LAZULITE_TRY(plan.start_seconds, seconds(fields, "StartTime"));
  LAZULITE_TRY(plan.duration_seconds, seconds(fields, "Duration"));
  if (plan.duration_seconds && *plan.duration_seconds <= 0)
    return bad_preset("{}.Duration: must be above 0", fields.path());
  LAZULITE_CHECK(compile_streams(fields, plan));
  LAZULITE_CHECK(compile_filters(fields, plan));
  return plan;
}

}  // namespace

Result<std::vector<SourcePlan>> compile_sources(const Fields& preset) {
  LAZULITE_TRY(const auto sources, preset.objects("Sources"));
  if (sources.size() > kMaxSources) return bad_preset("Sources: more than {}", kMaxSources);
  std::vector<SourcePlan> plans;
  for (const Fields& source : sources) {
    LAZULITE_TRY(auto plan, compile_source(source));
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace lazulite::encoder
