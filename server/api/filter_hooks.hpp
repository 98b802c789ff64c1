// Filters and AssetFilters: what they may say, and the defaults of what they do not (api.md 5.22, delivery.md 4.1).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kFilterHooks;
extern const EntityHooks kAssetFilterHooks;

}  // namespace lazulite::api
