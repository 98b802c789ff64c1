#include "server/api/asset_hooks.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/asset_filter.hpp"
#include "schema/entities/locator.hpp"
#include "schema/odata/query_options.hpp"
#include "server/api/asset_links.hpp"
#include "server/api/containers.hpp"
#include "server/api/related_rows.hpp"
#include "server/api/storage_account_hooks.hpp"
#include "storage/rows/directory.hpp"

namespace lazulite::api {
namespace {

using model::Value;

Result<void> check_options(const Asset& asset) {
  switch (asset.options) {
    case AssetOptions::kNone:
    case AssetOptions::kStorageEncrypted:
    case AssetOptions::kCommonEncryptionProtected:
    case AssetOptions::kEnvelopeEncryptionProtected:
      break;
    default:
      return fail(ErrorCode::kInvalidArgument, "The value {} of 'Options' is not valid.",
                  static_cast<std::int32_t>(asset.options));
  }
  if (asset.format_option != AssetFormatOption::kNoFormat &&
      asset.format_option != AssetFormatOption::kAdaptiveStreaming) {
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'FormatOption' is not valid.",
                static_cast<std::int32_t>(asset.format_option));
  }
  return {};
}

// Makes the asset's container: some flushes to the disk, for which no other writer should wait.
Result<std::function<void()>> before_transaction(const ApiServices& services, const std::string& account,
                                                 const model::Record& record, odata::EntityInput& input) {
  LAZULITE_TRY(auto asset, model::to_entity<Asset>(record));
  LAZULITE_CHECK(check_options(asset));
  LAZULITE_TRY(asset.storage_account_name, services.database.read([&](rows::Session& session) {
    return rows::choose_storage_account(session, account, asset.storage_account_name);
  }));
  LAZULITE_CHECK(require_storage_room(services, *asset.storage_account_name));
  input.give("StorageAccountName", Value{*asset.storage_account_name});
  return make_container(services, asset_container(asset));
}

Result<void> prepare_create(HookContext& context, const odata::EntityInput&, model::Record& record) {
  const auto* name = record["StorageAccountName"].as<std::string>();
  LAZULITE_CHECK(rows::choose_storage_account(context.session, context.account, *name));  // it may be gone by now
  return {};
}

// keepcontainer=true of the request (api.md 3).
bool keeps_container(const http::Request& request) {
  const auto options = odata::split_query(request.query);
  const auto* value = options ? odata::find_option(*options, "keepcontainer") : nullptr;
  return value != nullptr && equals_ignoring_case(trim(*value), "true");
}

Result<void> before_delete(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto asset, model::to_entity<Asset>(record));
  LAZULITE_CHECK(remove_rows(context, kAssetFile, "ParentAssetId", asset.id));
  LAZULITE_CHECK(remove_rows(context, kLocator, "AssetId", asset.id));
  LAZULITE_CHECK(remove_rows(context, kAssetFilter, "ParentAssetId", asset.id));
  LAZULITE_CHECK(remove_keys_of_asset(context, asset.id));
  if (keeps_container(context.request)) return {};
  return remove_container(context, asset_container(asset));
}

Result<void> compute_uris(HookContext& context, std::span<model::Record> records) {
  for (auto& record : records) {
    const auto* storage = record["StorageAccountName"].as<std::string>();
    if (storage == nullptr) continue;  // a tombstone
    const auto container = asset_container_name(record.key());
    record["Uri"] = Value{context.services.addresses.blob_container(context.request, *storage, container)};
  }
  return {};
}

// api.md 5.2 "Tombstone".
model::Record tombstone(HookContext& context, const std::string& key) {
  Asset asset;
  asset.id = key;
  asset.state = AssetState::kDeleted;
  asset.name = "Nonexistent Asset";
  asset.created = asset.last_modified = context.now;
  return model::to_record(asset);
}

Result<FunctionResult> publish(HookContext&, const FunctionCall&) { return FunctionResult{}; }

}  // namespace

constinit const EntityHooks kAssetHooks{.set = kAsset.set_name,
                                        .before_transaction = before_transaction,
                                        .prepare_create = prepare_create,
                                        .before_delete = before_delete,
                                        .before_link = check_asset_link,
                                        .before_unlink = check_asset_unlink,
                                        .compute = compute_uris,
                                        .tombstone = tombstone};
constinit const FunctionHook kPublishHook{
    .name = "Publish", .bound_set = kAsset.set_name, .invoke = publish, .writes = false};

blobs::ContainerRef asset_container(const Asset& asset) {
  return {asset.storage_account_name.value_or(std::string{}), asset_container_name(asset.id)};
}

}  // namespace lazulite::api
