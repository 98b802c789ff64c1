// StreamingEndpoints: host names, creation, what may be changed when, and the actions Start, Stop and Scale as
// long-running operations (api.md 4.3, 5.20).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kStreamingEndpointHooks;
extern const FunctionHook kStartEndpointHook;
extern const FunctionHook kStopEndpointHook;
extern const FunctionHook kScaleEndpointHook;

}  // namespace lazulite::api
