// What may be linked to an Asset by $links, and what goes with it when it is deleted (api.md 5.2, 5.25).
#pragma once

#include "server/api/entity_hooks.hpp"

#include <string_view>

namespace lazulite::api {

// The hooks of an asset's $links (EntityHooks::before_link and before_unlink).
Result<void> check_asset_link(HookContext& context, const model::Record& asset, const model::Navigation& navigation,
                              const model::Record& target);
Result<void> check_asset_unlink(HookContext& context, const model::Record& asset, const model::Navigation& navigation,
                                const model::Record& target);

// Removes the content keys that no other asset is linked to.
Result<void> remove_keys_of_asset(HookContext& context, std::string_view asset_id);

// The asset has an OnDemandOrigin locator, expired or not.
Result<bool> has_streaming_locator(HookContext& context, std::string_view asset_id);

}  // namespace lazulite::api
