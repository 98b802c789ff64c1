// Containers that live and die with an entity: made before the transaction that stores it (EntityHooks::
// before_transaction), removed after the commit that deletes it. That transaction notes the removal, so that a crash in
// between loses nothing (storage/rows/container_removals).
#pragma once

#include "server/api/entity_hooks.hpp"

#include <functional>

namespace lazulite::api {

// Makes it, and returns how to unmake it.
Result<std::function<void()>> make_container(const ApiServices& services, blobs::ContainerRef container);
// Noted now, and removed after the commit.
Result<void> remove_container(HookContext& context, const blobs::ContainerRef& container);

// Removes containers whose entities were deleted just before the server died, or that could not be removed then. Call
// it once at start, before the listeners open; it blocks. A container that still cannot be removed is logged and stays
// noted.
Result<void> finish_container_removals(rows::Database& database, blobs::BlobStore& blobs);

}  // namespace lazulite::api
