// Locators: types, times, permissions, and the URLs made on read (api.md 5.4, accounts-storage.md C.1).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kLocatorHooks;

}  // namespace lazulite::api
