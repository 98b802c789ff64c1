// ContentKeyAuthorizationPolicyOptions: what they may demand; GetKeyDeliveryUrl, which asks a key's policy for a way to
// deliver it (api.md 5.5 to 5.7).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kAuthorizationPolicyOptionHooks;
extern const FunctionHook kGetKeyDeliveryUrlHook;

}  // namespace lazulite::api
