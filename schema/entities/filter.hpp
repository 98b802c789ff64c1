// Filter, which manifests of any asset of the account may be cut down by (api.md 5.22, delivery.md 4).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite {

// Absent members mean their defaults (server/api/filter_hooks fills them in).
struct PresentationTimeRange {
  std::optional<std::int64_t> timescale;  // ticks a second, the unit of the four below
  std::optional<std::int64_t> start_timestamp, end_timestamp, presentation_window_duration, live_backoff_duration;
  std::optional<bool> force_end_timestamp;
};
inline constexpr model::Property kPresentationTimeRangeProperties[] = {
    model::property<&PresentationTimeRange::timescale>("Timescale"),
    model::property<&PresentationTimeRange::start_timestamp>("StartTimestamp"),
    model::property<&PresentationTimeRange::end_timestamp>("EndTimestamp"),
    model::property<&PresentationTimeRange::presentation_window_duration>("PresentationWindowDuration"),
    model::property<&PresentationTimeRange::live_backoff_duration>("LiveBackoffDuration"),
    model::property<&PresentationTimeRange::force_end_timestamp>("ForceEndTimestamp"),
};
inline constexpr model::ComplexType kPresentationTimeRange{"PresentationTimeRange", kPresentationTimeRangeProperties};
constexpr const model::ComplexType& complex_type(const PresentationTimeRange*) { return kPresentationTimeRange; }

struct FilterTrackPropertyCondition {
  std::string property;      // Type, Name, Language, FourCC, Bitrate
  std::string op = "Equal";  // Equal, NotEqual
  std::string value;
};
inline constexpr model::Property kFilterTrackPropertyConditionProperties[] = {
    model::property<&FilterTrackPropertyCondition::property>("Property"),
    model::property<&FilterTrackPropertyCondition::op>("Operator"),
    model::property<&FilterTrackPropertyCondition::value>("Value"),
};
inline constexpr model::ComplexType kFilterTrackPropertyCondition{"FilterTrackPropertyCondition",
                                                                  kFilterTrackPropertyConditionProperties};
constexpr const model::ComplexType& complex_type(const FilterTrackPropertyCondition*) {
  return kFilterTrackPropertyCondition;
}

struct FilterTrackSelect {
  std::vector<FilterTrackPropertyCondition> property_conditions;  // all must hold
};
inline constexpr model::Property kFilterTrackSelectProperties[] = {
    model::property<&FilterTrackSelect::property_conditions>("PropertyConditions"),
};
inline constexpr model::ComplexType kFilterTrackSelect{"FilterTrackSelect", kFilterTrackSelectProperties};
constexpr const model::ComplexType& complex_type(const FilterTrackSelect*) { return kFilterTrackSelect; }

struct FirstQuality {
  std::int32_t bitrate = 0;
};
inline constexpr model::Property kFirstQualityProperties[] = {
    model::property<&FirstQuality::bitrate>("Bitrate"),
};
inline constexpr model::ComplexType kFirstQuality{"FirstQuality", kFirstQualityProperties};
constexpr const model::ComplexType& complex_type(const FirstQuality*) { return kFirstQuality; }

struct Filter {
  std::string name;
  std::optional<PresentationTimeRange> presentation_time_range;  // none only while it is being read
  std::vector<FilterTrackSelect> tracks;                         // any may match; none: all tracks
  std::optional<FirstQuality> first_quality;
};

inline constexpr model::Property kFilterProperties[] = {
    model::property<&Filter::name>("Name", model::kKey | model::kCreateOnly | model::kRequired),
    model::property<&Filter::presentation_time_range>("PresentationTimeRange"),
    model::property<&Filter::tracks>("Tracks"),
    model::property<&Filter::first_quality>("FirstQuality"),
};
inline constexpr model::EntityType kFilter{
    "Filter", "Filters", "", kFilterProperties, {}, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kFilter));
constexpr const model::EntityType& entity_type(const Filter*) { return kFilter; }

}  // namespace lazulite
