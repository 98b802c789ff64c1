// Jobs and Tasks: what a client's requests do to them (api.md 5.9, 5.10). The rules are encoder/jobs'; here requests
// become their calls.
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kJobHooks;
extern const EntityHooks kTaskHooks;
extern const FunctionHook kCancelJobHook;

}  // namespace lazulite::api
