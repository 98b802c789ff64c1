// AccessPolicies: what a policy may say (api.md 5.1).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kAccessPolicyHooks;

}  // namespace lazulite::api
