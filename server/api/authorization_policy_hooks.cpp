#include "server/api/authorization_policy_hooks.hpp"

#include "schema/base/ids.hpp"
#include "schema/entities/content_key.hpp"
#include "schema/entities/content_key_authorization_policy.hpp"
#include "schema/entities/content_key_authorization_policy_option.hpp"
#include "server/keys/key_templates.hpp"

#include <algorithm>
#include <array>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::string_view kOptions = "Options";
constexpr std::size_t kMaxRestrictions = 100;

Result<void> check_restrictions(const ContentKeyAuthorizationPolicyOption& option) {
  if (option.restrictions.empty() || option.restrictions.size() > kMaxRestrictions) {
    return fail(ErrorCode::kInvalidArgument, "The property 'Restrictions' must hold 1 to {} restrictions.",
                kMaxRestrictions);
  }
  for (const auto& each : option.restrictions) {
    const auto checked = keys::check_key_restriction(each.key_restriction_type, each.requirements.value_or(""));
    if (checked) continue;
    return fail(ErrorCode::kInvalidArgument, "The restriction '{}' is not valid: {}", each.name,
                checked.error().message);
  }
  return {};
}

Result<void> check_option(const model::Record& record) {
  LAZULITE_TRY(const auto option, model::to_entity<ContentKeyAuthorizationPolicyOption>(record));
  const auto checked =
      keys::check_key_delivery_configuration(option.key_delivery_type, option.key_delivery_configuration.value_or(""));
  if (!checked) {
    return fail(ErrorCode::kInvalidArgument, "The property 'KeyDeliveryConfiguration' is not valid: {}",
                checked.error().message);
  }
  return check_restrictions(option);
}

Result<void> prepare_create(HookContext&, const odata::EntityInput&, model::Record& record) {
  return check_option(record);
}

Result<void> before_update(HookContext&, const odata::EntityInput&, const model::Record&, model::Record& changed) {
  return check_option(changed);
}

Result<void> before_delete(HookContext& context, const model::Record& record) {
  return rows::unlink_target(context.session, context.account, kContentKeyAuthorizationPolicy, kOptions, record.key());
}

// ---- GetKeyDeliveryUrl

// Paths below the key delivery host (protection.md 8.1), and the keys that a type of delivery is for.
struct DeliveryPath {
  KeyDeliveryType type;
  std::string_view path;
  bool names_key;  // "?KID=…" follows
  std::array<ContentKeyType, 3> keys;
};
using enum ContentKeyType;
constexpr DeliveryPath kDeliveryPaths[] = {
    {KeyDeliveryType::kPlayReadyLicense,
     "/PlayReady/",
     false,
     {kCommonEncryption, kCommonEncryption, kCommonEncryption}},
    {KeyDeliveryType::kBaselineHttp, "/", true, {kEnvelopeEncryption, kCommonEncryption, kCommonEncryptionCbcs}},
    {KeyDeliveryType::kWidevine, "/Widevine/", true, {kCommonEncryption, kCommonEncryptionCbcs, kCommonEncryptionCbcs}},
    {KeyDeliveryType::kFairPlay,
     "/FairPlay/",
     true,
     {kCommonEncryptionCbcs, kCommonEncryptionCbcs, kCommonEncryptionCbcs}},
};

Result<const DeliveryPath*> path_of(std::int64_t type, const ContentKey& key) {
  for (const auto& each : kDeliveryPaths) {
    if (static_cast<std::int64_t>(each.type) != type) continue;
    if (std::find(each.keys.begin(), each.keys.end(), key.content_key_type) != each.keys.end()) return &each;
    return fail(ErrorCode::kInvalidArgument, "A key of ContentKeyType {} cannot be delivered by the type {}.",
                static_cast<std::int32_t>(key.content_key_type), type);
  }
  return fail(ErrorCode::kInvalidArgument, "The value {} of 'keyDeliveryType' is not valid.", type);
}

Result<bool> has_option(HookContext& context, const std::string& policy_id, KeyDeliveryType type) {
  rows::ListQuery query;
  query.linked_from = &kContentKeyAuthorizationPolicy;
  query.linked_navigation = kOptions;
  query.linked_key = policy_id;
  query.condition =
      rows::equals(kContentKeyAuthorizationPolicyOption, "KeyDeliveryType", Value{static_cast<std::int64_t>(type)});
  LAZULITE_TRY(const auto count,
               rows::count(context.session, context.account, kContentKeyAuthorizationPolicyOption, query));
  return count > 0;
}

Result<FunctionResult> get_key_delivery_url(HookContext& context, const FunctionCall& call) {
  LAZULITE_TRY(const auto key, rows::get<ContentKey>(context.session, context.account, call.bound_key));
  LAZULITE_TRY(const auto* path, path_of(*call.arguments.at(0).as<std::int64_t>(), key));
  if (!key.authorization_policy_id || key.authorization_policy_id->empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "The ContentKey '{}' has no authorization policy: set its "
                "'AuthorizationPolicyId' first.",
                key.id);
  }
  LAZULITE_TRY(const auto offered, has_option(context, *key.authorization_policy_id, path->type));
  if (!offered) {
    return fail(ErrorCode::kInvalidArgument,
                "The authorization policy '{}' of the ContentKey '{}' has no option of the KeyDeliveryType {}.",
                *key.authorization_policy_id, key.id, static_cast<std::int32_t>(path->type));
  }
  std::string url = context.services.addresses.key_delivery_base(context.request, context.account);
  url += path->path;
  if (path->names_key) url += fmt::format("?KID={}", guid_of(key.id));
  return FunctionResult{Value{std::move(url)}};
}

}  // namespace

constinit const EntityHooks kAuthorizationPolicyOptionHooks{.set = kContentKeyAuthorizationPolicyOption.set_name,
                                                            .prepare_create = prepare_create,
                                                            .before_update = before_update,
                                                            .before_delete = before_delete};
constinit const FunctionHook kGetKeyDeliveryUrlHook{
    .name = "GetKeyDeliveryUrl", .bound_set = kContentKey.set_name, .invoke = get_key_delivery_url, .writes = false};

}  // namespace lazulite::api
