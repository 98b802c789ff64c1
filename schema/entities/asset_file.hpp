// AssetFile, a blob of an asset; its set is called Files (api.md 5.3).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

struct AssetFile {
  std::string id, name;
  std::int64_t content_file_size = 0;  // bytes
  std::string parent_asset_id;
  std::optional<std::string> encryption_version, encryption_scheme;
  bool is_encrypted = false;
  std::optional<std::string> encryption_key_id, initialization_vector;
  bool is_primary = false;
  Timestamp last_modified{}, created{};
  std::optional<std::string> mime_type, content_checksum;
  std::int32_t options = 0;  // None 0, Fragmented 1
};

inline constexpr model::Property kAssetFileProperties[] = {
    model::property<&AssetFile::id>("Id", model::kKey | model::kServerSet),
    model::property<&AssetFile::name>("Name", model::kRequired | model::kIndexed),
    model::property<&AssetFile::content_file_size>("ContentFileSize"),
    model::property<&AssetFile::parent_asset_id>("ParentAssetId",
                                                 model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&AssetFile::encryption_version>("EncryptionVersion"),
    model::property<&AssetFile::encryption_scheme>("EncryptionScheme"),
    model::property<&AssetFile::is_encrypted>("IsEncrypted"),
    model::property<&AssetFile::encryption_key_id>("EncryptionKeyId"),
    model::property<&AssetFile::initialization_vector>("InitializationVector"),
    model::property<&AssetFile::is_primary>("IsPrimary"),
    model::property<&AssetFile::last_modified>("LastModified", model::kServerSet),
    model::property<&AssetFile::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&AssetFile::mime_type>("MimeType"),
    model::property<&AssetFile::content_checksum>("ContentChecksum"),
    model::property<&AssetFile::options>("Options"),
};
// Set and type differ in name: Files holds AssetFile, with the id prefix of assets.
inline constexpr model::EntityType kAssetFile{
    "AssetFile", "Files", "nb:cid:UUID:", kAssetFileProperties, {}, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kAssetFile));
constexpr const model::EntityType& entity_type(const AssetFile*) { return kAssetFile; }

}  // namespace lazulite
