// MediaProcessors: rows of the encoder's registry instead of a table (api.md 5.13).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kMediaProcessorHooks;

}  // namespace lazulite::api
