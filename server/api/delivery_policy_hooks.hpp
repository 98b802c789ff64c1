// AssetDeliveryPolicies: what they may say, and when they may change (api.md 5.8, protection.md 7.3).
#pragma once

#include "schema/entities/asset.hpp"
#include "schema/entities/asset_delivery_policy.hpp"
#include "server/api/entity_hooks.hpp"

#include <vector>

namespace lazulite::api {

extern const EntityHooks kDeliveryPolicyHooks;

// The policies linked to an asset, in the order they were linked.
Result<std::vector<AssetDeliveryPolicy>> delivery_policies_of(HookContext& context, std::string_view asset_id);

// Before a policy is linked to an asset, and before it is unlinked.
Result<void> check_policy_link(HookContext& context, const Asset& asset, const AssetDeliveryPolicy& policy);
Result<void> check_policy_unlink(HookContext& context, const Asset& asset);

}  // namespace lazulite::api
