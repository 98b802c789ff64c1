// Files: names, primary files, their blobs, and CreateFileInfos (api.md 5.3).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kAssetFileHooks;
extern const FunctionHook kCreateFileInfosHook;

// InvalidArgument for a name that a client may not give to a file.
Result<void> check_file_name(std::string_view name, bool strict);

}  // namespace lazulite::api
