// AssetFilter, a Filter of one asset; it wins over the account's filter of the same name (api.md 5.22).
#pragma once

#include "schema/entities/filter.hpp"

namespace lazulite {

struct AssetFilter {
  std::string id;  // "<asset id>__###__<name>"
  std::string parent_asset_id, name;
  std::optional<PresentationTimeRange> presentation_time_range;
  std::vector<FilterTrackSelect> tracks;
  std::optional<FirstQuality> first_quality;
};

inline constexpr model::Property kAssetFilterProperties[] = {
    model::property<&AssetFilter::id>("Id", model::kKey | model::kServerSet),
    model::property<&AssetFilter::parent_asset_id>("ParentAssetId",
                                                   model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&AssetFilter::name>("Name", model::kCreateOnly | model::kRequired),
    model::property<&AssetFilter::presentation_time_range>("PresentationTimeRange"),
    model::property<&AssetFilter::tracks>("Tracks"),
    model::property<&AssetFilter::first_quality>("FirstQuality"),
};
inline constexpr model::EntityType kAssetFilter{
    "AssetFilter", "AssetFilters", "", kAssetFilterProperties, {}, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kAssetFilter));
constexpr const model::EntityType& entity_type(const AssetFilter*) { return kAssetFilter; }

inline constexpr std::string_view kAssetFilterIdMark = "__###__";
inline std::string asset_filter_id(std::string_view asset_id, std::string_view name) {
  return std::string{asset_id}.append(kAssetFilterIdMark).append(name);
}

}  // namespace lazulite
