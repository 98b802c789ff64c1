// ContentKeys, and the functions that keys travel by: GetProtectionKeyId, GetProtectionKey, RebindContentKey
// (api.md 5.5, accounts-storage.md C.6).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kContentKeyHooks;
extern const FunctionHook kGetProtectionKeyIdHook;
extern const FunctionHook kGetProtectionKeyHook;
extern const FunctionHook kRebindContentKeyHook;

}  // namespace lazulite::api
