// IngestManifestFile, a file that an IngestManifest awaits in its container (api.md 5.17).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

enum class IngestManifestFileState : std::int32_t { kPending = 0, kFinished = 1, kError = 2 };

struct IngestManifestFile {
  std::string id;
  Timestamp created{}, last_modified{};
  std::string name;
  IngestManifestFileState state = IngestManifestFileState::kPending;
  std::string parent_ingest_manifest_id, parent_ingest_manifest_asset_id;
  std::optional<std::string> error_detail, mime_type;
  bool is_primary = false;
  std::optional<std::string> encryption_version, encryption_scheme, encryption_key_id, initialization_vector;
  bool is_encrypted = false;
  std::optional<std::string> blob_etag;  // of the uploaded blob that became the asset's file
};

inline constexpr model::Property kIngestManifestFileProperties[] = {
    model::property<&IngestManifestFile::id>("Id", model::kKey | model::kServerSet),
    model::property<&IngestManifestFile::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&IngestManifestFile::last_modified>("LastModified", model::kServerSet),
    model::property<&IngestManifestFile::name>("Name", model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&IngestManifestFile::state>("State", model::kServerSet),
    model::property<&IngestManifestFile::parent_ingest_manifest_id>(
        "ParentIngestManifestId", model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&IngestManifestFile::parent_ingest_manifest_asset_id>(
        "ParentIngestManifestAssetId", model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&IngestManifestFile::error_detail>("ErrorDetail", model::kServerSet),
    model::property<&IngestManifestFile::mime_type>("MimeType", model::kCreateOnly),
    model::property<&IngestManifestFile::is_primary>("IsPrimary", model::kCreateOnly),
    model::property<&IngestManifestFile::encryption_version>("EncryptionVersion", model::kCreateOnly),
    model::property<&IngestManifestFile::encryption_scheme>("EncryptionScheme", model::kCreateOnly),
    model::property<&IngestManifestFile::encryption_key_id>("EncryptionKeyId", model::kCreateOnly),
    model::property<&IngestManifestFile::initialization_vector>("InitializationVector", model::kCreateOnly),
    model::property<&IngestManifestFile::is_encrypted>("IsEncrypted", model::kCreateOnly),
    model::property<&IngestManifestFile::blob_etag>("blob_etag", model::kInternal),
};
inline constexpr model::EntityType kIngestManifestFile{
    "IngestManifestFile",           "IngestManifestFiles", "nb:mfid:UUID:", kIngestManifestFileProperties, {},
    model::kCreate | model::kDelete};
static_assert(is_well_formed(kIngestManifestFile));
constexpr const model::EntityType& entity_type(const IngestManifestFile*) { return kIngestManifestFile; }

}  // namespace lazulite
