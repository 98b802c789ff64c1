#include "server/api/locator_hooks.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/access_policy.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/storage_account.hpp"
#include "schema/odata/target_parser.hpp"
#include "server/api/asset_hooks.hpp"
#include "server/api/delivery_policy_hooks.hpp"
#include "server/auth/sas.hpp"
#include "storage/rows/directory.hpp"

#include <cmath>
#include <map>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::int32_t kNotForStreaming = kPermissionWrite | kPermissionDelete | kPermissionList;
constexpr Timestamp kLastExpiry = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

Timestamp expiry_after(Timestamp start, double minutes) {
  const auto room = std::chrono::duration<double, std::ratio<60>>(kLastExpiry - start).count();
  if (!(minutes < room)) return kLastExpiry;
  return start + std::chrono::microseconds{static_cast<std::int64_t>(std::llround(minutes * 60e6))};
}

Result<Asset> asset_of(HookContext& context, Locator& locator) {
  if (locator.asset_id.empty()) return fail(ErrorCode::kInvalidArgument, "The property 'AssetId' is required.");
  LAZULITE_TRY(locator.asset_id, odata::normalize_key(kAsset, locator.asset_id));
  return rows::get<Asset>(context.session, context.account, locator.asset_id);
}

Result<AccessPolicy> policy_of(HookContext& context, Locator& locator) {
  if (locator.access_policy_id.empty())
    return fail(ErrorCode::kInvalidArgument, "The property 'AccessPolicyId' is required.");
  LAZULITE_TRY(locator.access_policy_id, odata::normalize_key(kAccessPolicy, locator.access_policy_id));
  return rows::get<AccessPolicy>(context.session, context.account, locator.access_policy_id);
}

// Ids may come from the client, and are unique over all accounts (api.md 5.4).
Result<void> check_id_is_free(HookContext& context, const Locator& locator) {
  LAZULITE_TRY(const auto found, rows::find_locator(context.session, guid_of(locator.id)));
  if (!found) return {};
  if (found->media_account == context.account)
    return fail(ErrorCode::kConflict, "A Locator with the id '{}' exists already.", locator.id);
  return fail(ErrorCode::kForbidden, "The id '{}' is not available.", locator.id);
}

Result<void> check_quota(HookContext& context, const Locator& locator) {
  rows::ListQuery query;
  query.condition = rows::equals(kLocator, "AssetId", Value{locator.asset_id});
  LAZULITE_TRY(const auto count, rows::count(context.session, context.account, kLocator, query));
  const auto limit = context.services.options.locators_per_asset;
  if (static_cast<std::size_t>(count) < limit) return {};
  return fail(ErrorCode::kConflict, "An asset cannot have more than {} locators at one time.", limit);
}

Result<void> check_streaming(HookContext& context, const Asset& asset, const AccessPolicy& policy) {
  if ((policy.permissions & kNotForStreaming) != 0) {
    return fail(ErrorCode::kInvalidArgument,
                "An OnDemandOrigin locator needs an access policy without Write, Delete and List permissions.");
  }
  if (asset.options != AssetOptions::kStorageEncrypted) return {};
  LAZULITE_TRY(const auto policies, delivery_policies_of(context, asset.id));
  if (policies.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "An OnDemandOrigin locator of a storage encrypted asset needs an asset delivery policy.");
  }
  return {};
}

Result<void> prepare_create(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto locator, model::to_entity<Locator>(record));
  if (locator.type != LocatorType::kSas && locator.type != LocatorType::kOnDemandOrigin) {
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'Type' is not valid.",
                static_cast<std::int32_t>(locator.type));
  }
  LAZULITE_TRY(const auto asset, asset_of(context, locator));
  LAZULITE_TRY(const auto policy, policy_of(context, locator));
  LAZULITE_CHECK(check_id_is_free(context, locator));
  LAZULITE_CHECK(check_quota(context, locator));
  if (locator.type == LocatorType::kOnDemandOrigin) LAZULITE_CHECK(check_streaming(context, asset, policy));
  locator.expiration_date_time = expiry_after(locator.start_time.value_or(context.now), policy.duration_in_minutes);
  locator.permissions = policy.permissions;
  locator.storage_account_name = asset.storage_account_name.value_or(std::string{});
  record = model::to_record(locator);
  return {};
}

Result<void> before_update(HookContext&, const odata::EntityInput&, const model::Record& stored,
                           model::Record& changed) {
  LAZULITE_TRY(const auto old, model::to_entity<Locator>(stored));
  if (old.type == LocatorType::kSas) return fail(ErrorCode::kInvalidArgument, "A SAS locator cannot be updated.");
  LAZULITE_TRY(auto locator, model::to_entity<Locator>(changed));
  if (locator.expiration_date_time == dotnet_min_time()) {  // "unset": NET sends it with every update
    locator.expiration_date_time = old.expiration_date_time;
    changed["ExpirationDateTime"] = Value{locator.expiration_date_time};
  }
  if (locator.start_time && *locator.start_time >= locator.expiration_date_time) {
    return fail(ErrorCode::kInvalidArgument, "'StartTime' must be before 'ExpirationDateTime'.");
  }
  return {};
}

using StorageKeys = std::map<std::string, std::vector<std::uint8_t>>;

Result<const std::vector<std::uint8_t>*> storage_key(HookContext& context, StorageKeys& keys, const std::string& name) {
  auto found = keys.find(name);
  if (found == keys.end()) {
    LAZULITE_TRY(const auto account, rows::get<StorageAccount>(context.session, context.account, name));
    LAZULITE_TRY(auto key, base64_decode(account.primary_key));
    found = keys.emplace(name, std::move(key)).first;
  }
  return &found->second;
}

// accounts-storage.md C.1: permissions stand in the stored policy `si`, the times in the URL.
std::string sas_query(const Locator& locator, std::span<const std::uint8_t> key, std::string_view container) {
  const auto id = guid_of(locator.id);
  const auto expiry = format_iso8601_seconds(locator.expiration_date_time);
  const auto start = locator.start_time ? format_iso8601_seconds(*locator.start_time) : std::string{};
  const std::optional<std::string_view> signed_start =
      start.empty() ? std::nullopt : std::optional<std::string_view>{start};
  const auto signature = auth::sign_locator(locator.storage_account_name, key, container, id, signed_start, expiry);
  std::string out = fmt::format("?sv=2012-02-12&sr=c&si={}&sig={}", id, percent_encode(signature));
  if (!start.empty()) out += fmt::format("&st={}", percent_encode(start));
  return out + fmt::format("&se={}", percent_encode(expiry));
}

Result<void> compute(HookContext& context, std::span<model::Record> records) {
  StorageKeys keys;
  for (auto& record : records) {
    LAZULITE_TRY(const auto locator, model::to_entity<Locator>(record));
    std::string base;
    std::string access;
    std::string path;
    if (locator.type == LocatorType::kSas) {
      const auto container = fmt::format("asset-{}", guid_of(locator.asset_id));
      LAZULITE_TRY(const auto* key, storage_key(context, keys, locator.storage_account_name));
      base = context.services.addresses.blob_container(context.request, locator.storage_account_name, container);
      access = sas_query(locator, *key, container);
      path = base + access;
    } else {
      base = context.services.addresses.streaming_base(context.request, context.account);
      access = guid_of(locator.id);
      path = fmt::format("{}/{}/", base, access);
    }
    record["BaseUri"] = Value{std::move(base)};
    record["ContentAccessComponent"] = Value{std::move(access)};
    record["Path"] = Value{std::move(path)};
  }
  return {};
}

}  // namespace

constinit const EntityHooks kLocatorHooks{
    .set = kLocator.set_name, .prepare_create = prepare_create, .before_update = before_update, .compute = compute};

}  // namespace lazulite::api
