#include "server/api/delivery_policy_hooks.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/content_key.hpp"
#include "server/api/asset_links.hpp"
#include "server/keys/delivery_configuration.hpp"

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::string_view kDeliveryPolicies = "DeliveryPolicies";
constexpr std::int32_t kKnownProtocols =
    kProtocolSmoothStreaming | kProtocolDash | kProtocolHls | kProtocolHds | kProtocolProgressiveDownload;

// The types, and the key that encryption on delivery needs.
struct PolicyType {
  AssetDeliveryPolicyType type;
  std::string_view name;
  const ContentKeyTypeInfo* key;  // null: nothing is encrypted
};
constexpr PolicyType kPolicyTypes[] = {
    {AssetDeliveryPolicyType::kBlocked, "Blocked", nullptr},
    {AssetDeliveryPolicyType::kNoDynamicEncryption, "NoDynamicEncryption", nullptr},
    {AssetDeliveryPolicyType::kDynamicEnvelopeEncryption, "DynamicEnvelopeEncryption",
     find_content_key_type(ContentKeyType::kEnvelopeEncryption)},
    {AssetDeliveryPolicyType::kDynamicCommonEncryption, "DynamicCommonEncryption",
     find_content_key_type(ContentKeyType::kCommonEncryption)},
    {AssetDeliveryPolicyType::kDynamicCommonEncryptionCbcs, "DynamicCommonEncryptionCbcs",
     find_content_key_type(ContentKeyType::kCommonEncryptionCbcs)},
};

Result<const PolicyType*> type_of(const AssetDeliveryPolicy& policy) {
  for (const auto& each : kPolicyTypes) {
    if (each.type == policy.asset_delivery_policy_type) return &each;
  }
  return fail(ErrorCode::kInvalidArgument, "The value {} of 'AssetDeliveryPolicyType' is not valid.",
              static_cast<std::int32_t>(policy.asset_delivery_policy_type));
}

Result<void> check_protocol(const AssetDeliveryPolicy& policy, const PolicyType& type) {
  const auto protocol = policy.asset_delivery_protocol;
  if (protocol != kProtocolAll && (protocol <= 0 || (protocol & ~kKnownProtocols) != 0)) {
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'AssetDeliveryProtocol' is not valid.", protocol);
  }
  if (protocol == kProtocolProgressiveDownload && type.key != nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                "Progressive download cannot be encrypted: use Blocked or "
                "NoDynamicEncryption.");
  }
  return {};
}

// One IV for all of the policy's fragments: the configuration's, else one made now (protection.md 6.2).
void complete_iv(AssetDeliveryPolicy& policy) {
  if (policy.asset_delivery_policy_type != AssetDeliveryPolicyType::kDynamicEnvelopeEncryption) return;
  if (policy.envelope_iv.empty()) policy.envelope_iv = to_hex(random_bytes(16));
}

Result<void> complete(AssetDeliveryPolicy& policy) {
  LAZULITE_TRY(const auto* type, type_of(policy));
  LAZULITE_CHECK(check_protocol(policy, *type));
  const auto configuration = keys::parse_delivery_configuration(policy.asset_delivery_configuration.value_or(""));
  if (!configuration) {
    return fail(ErrorCode::kInvalidArgument, "The property 'AssetDeliveryConfiguration' is not valid: {}.",
                configuration.error().message);
  }
  complete_iv(policy);
  return {};
}

// ---- an asset's policies

Result<bool> has_key(HookContext& context, const std::string& asset_id, ContentKeyType type) {
  rows::ListQuery query;
  query.linked_from = &kAsset;
  query.linked_navigation = "ContentKeys";
  query.linked_key = asset_id;
  query.condition = rows::equals(kContentKey, "ContentKeyType", Value{static_cast<std::int64_t>(type)});
  LAZULITE_TRY(const auto count, rows::count(context.session, context.account, kContentKey, query));
  return count > 0;
}

Result<void> require_key(HookContext& context, const std::string& asset_id, const PolicyType& type) {
  if (type.key == nullptr) return {};
  LAZULITE_TRY(const auto found, has_key(context, asset_id, type.key->type));
  if (found) return {};
  return fail(ErrorCode::kInvalidArgument,
              "Cannot set an AssetDeliveryPolicy specifying AssetDeliveryPolicyType.{} when no ContentKey with "
              "ContentKeyType.{} is linked to it",
              type.name, type.key->name);
}

// Of one protocol only different encryptions coexist: the URL says which is wanted (protection.md 7.3).
bool clash(const AssetDeliveryPolicy& a, const PolicyType& a_type, const AssetDeliveryPolicy& b,
           const PolicyType& b_type) {
  if ((a.asset_delivery_protocol & b.asset_delivery_protocol) == 0) return false;
  return a_type.key == nullptr || b_type.key == nullptr || a_type.type == b_type.type;
}

// The policy beside the asset's other ones.
Result<void> check_beside_others(HookContext& context, const std::string& asset_id, const AssetDeliveryPolicy& policy) {
  LAZULITE_TRY(const auto* type, type_of(policy));
  LAZULITE_CHECK(require_key(context, asset_id, *type));
  LAZULITE_TRY(const auto others, delivery_policies_of(context, asset_id));
  for (const auto& other : others) {
    if (other.id == policy.id) continue;
    LAZULITE_TRY(const auto* other_type, type_of(other));
    if (!clash(policy, *type, other, *other_type)) continue;
    return fail(ErrorCode::kInvalidArgument,
                "The AssetDeliveryPolicy '{}' of the asset '{}' covers the same protocols already.", other.id,
                asset_id);
  }
  return {};
}

Result<void> require_unpublished(HookContext& context, const std::string& asset_id) {
  LAZULITE_TRY(const auto published, has_streaming_locator(context, asset_id));
  if (!published) return {};
  return fail(ErrorCode::kInvalidArgument,
              "The delivery policies of the asset '{}' cannot be changed while it has an OnDemandOrigin locator.",
              asset_id);
}

Result<std::vector<std::string>> assets_of(HookContext& context, const std::string& policy_id) {
  return rows::link_sources(context.session, context.account, kAsset, kDeliveryPolicies, policy_id);
}

// ---- hooks

Result<void> prepare_create(HookContext&, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto policy, model::to_entity<AssetDeliveryPolicy>(record));
  LAZULITE_CHECK(complete(policy));
  record = model::to_record(policy);
  return {};
}

Result<void> before_update(HookContext& context, const odata::EntityInput&, const model::Record&,
                           model::Record& changed) {
  LAZULITE_TRY(auto policy, model::to_entity<AssetDeliveryPolicy>(changed));
  LAZULITE_CHECK(complete(policy));
  LAZULITE_TRY(const auto assets, assets_of(context, policy.id));
  for (const auto& asset : assets) {
    LAZULITE_CHECK(require_unpublished(context, asset));
    LAZULITE_CHECK(check_beside_others(context, asset, policy));
  }
  changed = model::to_record(policy);
  return {};
}

Result<void> before_delete(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto assets, assets_of(context, record.key()));
  for (const auto& asset : assets) LAZULITE_CHECK(require_unpublished(context, asset));
  return rows::unlink_target(context.session, context.account, kAsset, kDeliveryPolicies, record.key());
}

}  // namespace

constinit const EntityHooks kDeliveryPolicyHooks{.set = kAssetDeliveryPolicy.set_name,
                                                 .prepare_create = prepare_create,
                                                 .before_update = before_update,
                                                 .before_delete = before_delete};

Result<std::vector<AssetDeliveryPolicy>> delivery_policies_of(HookContext& context, std::string_view asset_id) {
  rows::ListQuery query;
  query.linked_from = &kAsset;
  query.linked_navigation = kDeliveryPolicies;
  query.linked_key = asset_id;
  return rows::list<AssetDeliveryPolicy>(context.session, context.account, query);
}

Result<void> check_policy_link(HookContext& context, const Asset& asset, const AssetDeliveryPolicy& policy) {
  LAZULITE_CHECK(require_unpublished(context, asset.id));
  return check_beside_others(context, asset.id, policy);
}

Result<void> check_policy_unlink(HookContext& context, const Asset& asset) {
  return require_unpublished(context, asset.id);
}

}  // namespace lazulite::api
