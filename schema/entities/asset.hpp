// Asset, a container of media files (api.md 5.2).
#pragma once

#include "schema/base/ids.hpp"
#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

enum class AssetState : std::int32_t { kInitialized = 0, kPublished = 1, kDeleted = 2 };
enum class AssetOptions : std::int32_t {
  kNone = 0,
  kStorageEncrypted = 1,
  kCommonEncryptionProtected = 2,
  kEnvelopeEncryptionProtected = 4
};
enum class AssetFormatOption : std::int32_t { kNoFormat = 0, kAdaptiveStreaming = 1 };

struct Asset {
  std::string id;
  AssetState state = AssetState::kInitialized;
  Timestamp created{}, last_modified{};
  std::optional<std::string> alternate_id, name;
  AssetOptions options = AssetOptions::kNone;
  AssetFormatOption format_option = AssetFormatOption::kNoFormat;
  std::optional<std::string> uri;  // computed on read: the container's URL under the base that the client used
  std::optional<std::string> storage_account_name;
};

inline constexpr model::Property kAssetProperties[] = {
    model::property<&Asset::id>("Id", model::kKey | model::kServerSet),
    model::property<&Asset::state>("State", model::kServerSet),
    model::property<&Asset::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&Asset::last_modified>("LastModified", model::kServerSet),
    model::property<&Asset::alternate_id>("AlternateId"),
    model::property<&Asset::name>("Name", model::kIndexed),
    model::property<&Asset::options>("Options", model::kCreateOnly),
    model::property<&Asset::format_option>("FormatOption", model::kCreateOnly),
    model::property<&Asset::uri>("Uri", model::kServerSet | model::kComputed),
    model::property<&Asset::storage_account_name>("StorageAccountName", model::kCreateOnly),
};
inline constexpr model::Navigation kAssetNavigations[] = {
    model::to_many("Locators", "Locators", "AssetId"),
    model::linked("ContentKeys", "ContentKeys", true),
    model::to_many("Files", "Files", "ParentAssetId"),
    model::linked("ParentAssets", "Assets"),
    model::linked("DeliveryPolicies", "AssetDeliveryPolicies", true),
    model::to_many("AssetFilters", "AssetFilters", "ParentAssetId"),
    model::to_one("StorageAccount", "StorageAccounts", "StorageAccountName"),
};
inline constexpr model::EntityType kAsset{"Asset",           "Assets",
                                          "nb:cid:UUID:",    kAssetProperties,
                                          kAssetNavigations, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kAsset));
constexpr const model::EntityType& entity_type(const Asset*) { return kAsset; }

// The blob container of an asset: "asset-<guid>" (accounts-storage.md C.1).
inline std::string asset_container_name(std::string_view asset_id) { return "asset-" + std::string{guid_of(asset_id)}; }

}  // namespace lazulite
