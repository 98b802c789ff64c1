// IngestManifestAsset, an Asset that awaits files of an IngestManifest (api.md 5.16).
#pragma once

#include "schema/model/edm.hpp"

#include <string>

namespace lazulite {

struct IngestManifestAsset {
  std::string id;
  Timestamp created{}, last_modified{};
  std::string parent_ingest_manifest_id;
  std::string asset_id;
};

inline constexpr model::Property kIngestManifestAssetProperties[] = {
    model::property<&IngestManifestAsset::id>("Id", model::kKey | model::kServerSet),
    model::property<&IngestManifestAsset::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&IngestManifestAsset::last_modified>("LastModified", model::kServerSet),
    model::property<&IngestManifestAsset::parent_ingest_manifest_id>(
        "ParentIngestManifestId", model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&IngestManifestAsset::asset_id>("asset_id", model::kInternal),
};
inline constexpr model::Navigation kIngestManifestAssetNavigations[] = {
    model::to_many("IngestManifestFiles", "IngestManifestFiles", "ParentIngestManifestAssetId"),
    model::to_one("Asset", "Assets", "asset_id"),
};
inline constexpr model::EntityType kIngestManifestAsset{
    "IngestManifestAsset",          "IngestManifestAssets",          "nb:maid:UUID:",
    kIngestManifestAssetProperties, kIngestManifestAssetNavigations, model::kCreate | model::kDelete};
static_assert(is_well_formed(kIngestManifestAsset));
constexpr const model::EntityType& entity_type(const IngestManifestAsset*) { return kIngestManifestAsset; }

}  // namespace lazulite
