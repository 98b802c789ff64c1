// StreamingEndpoints: host names and what may be changed (api.md 5.20).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kStreamingEndpointHooks;

}  // namespace lazulite::api
