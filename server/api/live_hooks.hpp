// Channels and Programs: live streaming is not offered. Their sets are empty, so that programs that list everything
// keep working, and a creation is refused (api.md 5.23).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kChannelHooks;
extern const EntityHooks kProgramHooks;

}  // namespace lazulite::api
