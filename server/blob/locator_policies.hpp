// The blob endpoint's view of the rows: storage accounts with their keys, and SAS locators as stored access policies
// (accounts-storage.md C.1): a locator's GUID is the policy's id, it holds on the container of its asset only, and
// gives the letters of its AccessPolicy.
#pragma once

#include "server/blob/storage_directory.hpp"
#include "storage/rows/database.hpp"

namespace lazulite::blob {

// Reads the database at every question, so that deleting a locator revokes its URL at once. The database outlives the
// directory.
StorageDirectory make_storage_directory(rows::Database& database);

}  // namespace lazulite::blob
