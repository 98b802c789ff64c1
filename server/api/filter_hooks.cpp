#include "server/api/filter_hooks.hpp"

#include "schema/base/text.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_filter.hpp"
#include "schema/odata/target_parser.hpp"

#include <algorithm>
#include <span>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::int64_t kDefaultTimescale = 10'000'000;
constexpr std::int64_t kUnbounded = INT64_MAX;
constexpr std::int64_t kMinWindowSeconds = 60, kMaxBackoffSeconds = 300;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxTracks = 100, kMaxConditions = 100;

template <class... Args>
Error invalid(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

// Names stand in URLs, between filter= and the next ',' or ')' (delivery.md 4.1).
Result<void> check_name(std::string_view name) {
  constexpr std::string_view kForbidden = ";,()=/";
  const auto bad = [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || kForbidden.find(c) != std::string_view::npos;
  };
  if (name.size() > kMaxNameBytes) return invalid("The 'Name' of a filter is longer than {} bytes.", kMaxNameBytes);
  if (std::any_of(name.begin(), name.end(), bad))
    return invalid("The 'Name' of a filter must not hold any of {} or control characters.", kForbidden);
  return {};
}

// ---- PresentationTimeRange

Result<void> complete_time_range(std::optional<PresentationTimeRange>& sent) {
  PresentationTimeRange range = sent.value_or(PresentationTimeRange{});
  const bool has_end = range.end_timestamp && *range.end_timestamp != kUnbounded;
  const auto timescale = range.timescale.value_or(kDefaultTimescale);
  const auto start = range.start_timestamp.value_or(0);
  const auto end = range.end_timestamp.value_or(kUnbounded);
  const auto window = range.presentation_window_duration.value_or(kUnbounded);
  const auto backoff = range.live_backoff_duration.value_or(0);
  if (timescale <= 0) return invalid("'Timescale' must be greater than 0.");
  if (start < 0 || end <= start) return invalid("'StartTimestamp' must not be negative, and be before 'EndTimestamp'.");
  if (window != kUnbounded && window / timescale < kMinWindowSeconds)
    return invalid("'PresentationWindowDuration' must be at least {} seconds.", kMinWindowSeconds);
  if (backoff < 0 || (backoff - 1) / timescale >= kMaxBackoffSeconds)
    return invalid("'LiveBackoffDuration' must be at most {} seconds.", kMaxBackoffSeconds);
  const bool force_end = range.force_end_timestamp.value_or(false);
  if (force_end && !has_end) return invalid("'ForceEndTimestamp' needs an 'EndTimestamp'.");
  sent = PresentationTimeRange{timescale, start, end, window, backoff, force_end};
  return {};
}

// ---- Tracks (delivery.md 4.2)

using Names = std::span<const std::string_view>;

// The name as it is spelt, of one in any case; null when it is none of them.
const std::string_view* find_name(Names names, std::string_view text) {
  const auto found =
      std::find_if(names.begin(), names.end(), [&](std::string_view each) { return equals_ignoring_case(each, text); });
  return found == names.end() ? nullptr : &*found;
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_media_type(std::string_view text) {
  static constexpr std::string_view kTypes[] = {"video", "audio", "text"};
  return find_name(kTypes, text) != nullptr;
}
bool is_track_name(std::string_view text) { return !text.empty(); }
// Subtags of letters and digits, the first of 2 to 8 letters (RFC 5646 §2.1).
bool is_language(std::string_view text) {
  const auto subtags = split(text, '-');
  const auto fits = [](std::string_view tag) {
    return !tag.empty() && tag.size() <= 8 && std::all_of(tag.begin(), tag.end(), is_letter_or_digit);
  };
  const bool starts = subtags.front().size() >= 2 && subtags.front().find_first_of("0123456789") == std::string::npos;
  return starts && std::all_of(subtags.begin(), subtags.end(), fits);
}
// "avc1", "ec-3", "AACL".
bool is_four_cc(std::string_view text) {
  return text.size() == 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}
// "n", "lo-hi", "-hi" or "lo-".
bool is_bitrate_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_uint64(text.substr(0, dash));
  if (dash == std::string_view::npos) return low.has_value();
  const auto high = parse_uint64(text.substr(dash + 1));
  if (dash == 0) return high.has_value();
  if (dash + 1 == text.size()) return low.has_value();
  return low && high && *low <= *high;
}

struct TrackProperty {
  std::string_view name;
  bool (*fits)(std::string_view value);
};
constexpr TrackProperty kTrackProperties[] = {
    {"Type", is_media_type}, {"Name", is_track_name},       {"Language", is_language},
    {"FourCC", is_four_cc},  {"Bitrate", is_bitrate_range},
};
constexpr std::string_view kOperators[] = {"Equal", "NotEqual"};

Result<void> complete_condition(FilterTrackPropertyCondition& condition) {
  const auto* op = find_name(kOperators, condition.op);
  if (op == nullptr) return invalid("The 'Operator' '{}' is not valid: Equal or NotEqual.", condition.op);
  condition.op = *op;
  for (const auto& each : kTrackProperties) {
    if (!equals_ignoring_case(each.name, condition.property)) continue;
    condition.property = each.name;
    if (each.fits(condition.value)) return {};
    return invalid("The value '{}' is not valid for the track property '{}'.", condition.value, each.name);
  }
  return invalid("The track property '{}' is not valid: Type, Name, Language, FourCC or Bitrate.", condition.property);
}

Result<void> complete_tracks(std::vector<FilterTrackSelect>& tracks) {
  if (tracks.size() > kMaxTracks) return invalid("'Tracks' has more than {} entries.", kMaxTracks);
  for (auto& track : tracks) {
    if (track.property_conditions.size() > kMaxConditions)
      return invalid("'PropertyConditions' has more than {} entries.", kMaxConditions);
    for (auto& condition : track.property_conditions) LAZULITE_CHECK(complete_condition(condition));
  }
  return {};
}

// ---- both kinds of filters

template <class T>
Result<void> complete(model::Record& record) {
  LAZULITE_TRY(auto filter, model::to_entity<T>(record));
  LAZULITE_CHECK(check_name(filter.name));
  LAZULITE_CHECK(complete_time_range(filter.presentation_time_range));
  LAZULITE_CHECK(complete_tracks(filter.tracks));
  if (filter.first_quality && filter.first_quality->bitrate <= 0)
    return invalid("'FirstQuality' must have a 'Bitrate' greater than 0.");
  record = model::to_record(filter);
  return {};
}

template <class T>
Result<void> before_update(HookContext&, const odata::EntityInput&, const model::Record&, model::Record& changed) {
  return complete<T>(changed);
}

Result<void> create_filter(HookContext&, const odata::EntityInput&, model::Record& record) {
  return complete<Filter>(record);
}

Result<void> create_asset_filter(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto filter, model::to_entity<AssetFilter>(record));
  LAZULITE_TRY(filter.parent_asset_id, odata::normalize_key(kAsset, filter.parent_asset_id));
  LAZULITE_CHECK(rows::get<Asset>(context.session, context.account, filter.parent_asset_id));
  filter.id = asset_filter_id(filter.parent_asset_id, filter.name);
  record = model::to_record(filter);
  return complete<AssetFilter>(record);
}

}  // namespace

constinit const EntityHooks kFilterHooks{
    .set = kFilter.set_name, .prepare_create = create_filter, .before_update = before_update<Filter>};
constinit const EntityHooks kAssetFilterHooks{
    .set = kAssetFilter.set_name, .prepare_create = create_asset_filter, .before_update = before_update<AssetFilter>};

}  // namespace lazulite::api
