#include "server/api/asset_links.hpp"

#include "schema/entities/asset.hpp"
#include "schema/entities/content_key.hpp"
#include "schema/entities/locator.hpp"
#include "server/api/delivery_policy_hooks.hpp"

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::string_view kContentKeys = "ContentKeys";

// Assets that a client encrypted take keys of that encryption only; all others take the keys of dynamic encryption.
bool takes_key(AssetOptions options, ContentKeyType type) {
  switch (options) {
    case AssetOptions::kCommonEncryptionProtected:
      return type == ContentKeyType::kCommonEncryption;
    case AssetOptions::kEnvelopeEncryptionProtected:
      return type == ContentKeyType::kEnvelopeEncryption;
    case AssetOptions::kStorageEncrypted:
      return true;
    default:
      return type != ContentKeyType::kStorageEncryption;
  }
}

Result<bool> has_storage_key(HookContext& context, const std::string& asset_id) {
  rows::ListQuery query;
  query.linked_from = &kAsset;
  query.linked_navigation = kContentKeys;
  query.linked_key = asset_id;
  query.condition =
      rows::equals(kContentKey, "ContentKeyType", Value{static_cast<std::int64_t>(ContentKeyType::kStorageEncryption)});
  LAZULITE_TRY(const auto count, rows::count(context.session, context.account, kContentKey, query));
  return count > 0;
}

Result<void> check_key(HookContext& context, const Asset& asset, const ContentKey& key) {
  const auto* type = find_content_key_type(key.content_key_type);
  if (!takes_key(asset.options, key.content_key_type)) {
    return fail(ErrorCode::kInvalidArgument,
                "A ContentKey of type {} cannot be linked to the asset '{}', whose Options are {}.",
                type != nullptr ? type->name : "unknown", asset.id, static_cast<std::int32_t>(asset.options));
  }
  if (key.content_key_type != ContentKeyType::kStorageEncryption) return {};
  LAZULITE_TRY(const auto has_one, has_storage_key(context, asset.id));
  if (!has_one) return {};
  return fail(ErrorCode::kConflict, "The asset '{}' has a storage encryption key already.", asset.id);
}

}  // namespace

Result<void> check_asset_link(HookContext& context, const model::Record& asset, const model::Navigation& navigation,
                              const model::Record& target) {
  LAZULITE_TRY(const auto source, model::to_entity<Asset>(asset));
  if (navigation.name == kContentKeys) {
    LAZULITE_TRY(const auto key, model::to_entity<ContentKey>(target));
    return check_key(context, source, key);
  }
  LAZULITE_TRY(const auto policy, model::to_entity<AssetDeliveryPolicy>(target));
  return check_policy_link(context, source, policy);
}

Result<void> check_asset_unlink(HookContext& context, const model::Record& asset, const model::Navigation& navigation,
                                const model::Record&) {
  if (navigation.name == kContentKeys) return {};
  LAZULITE_TRY(const auto source, model::to_entity<Asset>(asset));
  return check_policy_unlink(context, source);
}

Result<void> remove_keys_of_asset(HookContext& context, std::string_view asset_id) {
  LAZULITE_TRY(const auto keys, rows::links(context.session, context.account, kAsset, kContentKeys, asset_id));
  for (const auto& key : keys) {
    LAZULITE_TRY(const auto assets, rows::link_sources(context.session, context.account, kAsset, kContentKeys, key));
    if (assets.size() == 1) LAZULITE_CHECK(rows::remove(context.session, context.account, kContentKey, key));
  }
  return {};
}

Result<bool> has_streaming_locator(HookContext& context, std::string_view asset_id) {
  rows::ListQuery query;
  query.condition =
      rows::both(rows::equals(kLocator, "AssetId", Value{std::string{asset_id}}),
                 rows::equals(kLocator, "Type", Value{static_cast<std::int64_t>(LocatorType::kOnDemandOrigin)}));
  LAZULITE_TRY(const auto count, rows::count(context.session, context.account, kLocator, query));
  return count > 0;
}

}  // namespace lazulite::api
