// EncodingReservedUnitTypes: how many units of which type may be reserved (api.md 5.19).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kReservedUnitHooks;

}  // namespace lazulite::api
