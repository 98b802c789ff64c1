// IngestManifest, a set of files to be uploaded in bulk into one container (api.md 5.15).
#pragma once

#include "schema/base/ids.hpp"
#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

// Inactive: no file is awaited. Activating (the container is being made) never shows here. Active: the container is
// watched for files.
enum class IngestManifestState : std::int32_t { kInactive = 0, kActivating = 1, kActive = 2 };

struct IngestManifestStatistics {
  std::int32_t pending_files_count = 0, finished_files_count = 0, error_files_count = 0;
  std::string error_files_details;
};
inline constexpr model::Property kIngestManifestStatisticsProperties[] = {
    model::property<&IngestManifestStatistics::pending_files_count>("PendingFilesCount"),
    model::property<&IngestManifestStatistics::finished_files_count>("FinishedFilesCount"),
    model::property<&IngestManifestStatistics::error_files_count>("ErrorFilesCount"),
    model::property<&IngestManifestStatistics::error_files_details>("ErrorFilesDetails"),
};
inline constexpr model::ComplexType kIngestManifestStatistics{"IngestManifestStatistics",
                                                              kIngestManifestStatisticsProperties};
constexpr const model::ComplexType& complex_type(const IngestManifestStatistics*) { return kIngestManifestStatistics; }

struct IngestManifest {
  std::string id;
  Timestamp created{}, last_modified{};
  std::optional<std::string> name;
  IngestManifestState state = IngestManifestState::kInactive;  // computed on read from the files
  std::string blob_storage_uri_for_upload;                     // computed on read: the container's URL
  IngestManifestStatistics statistics;                         // computed on read from the files
  std::optional<std::string> storage_account_name;
};

inline constexpr model::Property kIngestManifestProperties[] = {
    model::property<&IngestManifest::id>("Id", model::kKey | model::kServerSet),
    model::property<&IngestManifest::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&IngestManifest::last_modified>("LastModified", model::kServerSet),
    model::property<&IngestManifest::name>("Name", model::kIndexed),
    model::property<&IngestManifest::state>("State", model::kServerSet | model::kComputed),
    model::property<&IngestManifest::blob_storage_uri_for_upload>("BlobStorageUriForUpload",
                                                                  model::kServerSet | model::kComputed),
    model::property<&IngestManifest::statistics>("Statistics", model::kServerSet | model::kComputed),
    model::property<&IngestManifest::storage_account_name>("StorageAccountName", model::kCreateOnly),
};
inline constexpr model::Navigation kIngestManifestNavigations[] = {
    model::to_many("IngestManifestAssets", "IngestManifestAssets", "ParentIngestManifestId"),
    model::linked("PendingIngestManifestAssets", "IngestManifestAssets"),  // those with a file that is awaited
    model::to_one("StorageAccount", "StorageAccounts", "StorageAccountName"),
};
inline constexpr model::EntityType kIngestManifest{
    "IngestManifest",          "IngestManifests",          "nb:mid:UUID:",
    kIngestManifestProperties, kIngestManifestNavigations, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kIngestManifest));
constexpr const model::EntityType& entity_type(const IngestManifest*) { return kIngestManifest; }

// The container that a manifest's files are uploaded into: "manifest-<guid>".
inline constexpr std::string_view kManifestContainerPrefix = "manifest-";
inline std::string manifest_container_name(std::string_view manifest_id) {
  return std::string{kManifestContainerPrefix} + std::string{guid_of(manifest_id)};
}

}  // namespace lazulite
