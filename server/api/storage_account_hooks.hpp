// StorageAccounts: how much each of them holds (api.md 5.18, accounts-storage.md F.1).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kStorageAccountHooks;

// Forbidden when the storage account is full (ApiOptions::storage_bytes). Blocks: not within a transaction.
Result<void> require_storage_room(const ApiServices& services, const std::string& storage_account);

}  // namespace lazulite::api
