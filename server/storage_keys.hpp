// Keys of storage-encrypted assets, between the rows that keep them sealed and the vault that can open them. Pure
// functions of a vault, thread-safe.
#pragma once

#include "schema/base/counter_cipher.hpp"
#include "schema/base/time.hpp"
#include "schema/entities/content_key.hpp"
#include "server/keys/key_vault.hpp"

#include <string_view>

namespace lazulite::server {

// InvalidArgument when the row was sealed for another account or id, or its key has not 32 bytes.
Result<StorageKey> open_storage_key(const keys::KeyVault& vault, std::string_view account, const ContentKey& row);

// A row as a client would have made it: a random key, wrapped for the protection certificate, with its checksum.
Result<ContentKey> make_storage_key(const keys::KeyVault& vault, std::string_view account, Timestamp now);

}  // namespace lazulite::server
