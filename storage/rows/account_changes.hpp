// What management does to accounts that exist (accounts-storage.md A): keys, more storage accounts, their end. Call
// them in Database::write. NotFound when the account or storage account is not there.
#pragma once

#include "schema/entities/media_account.hpp"
#include "schema/entities/storage_account.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/text_pairs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lazulite::rows {

enum class WhichKey : std::uint8_t { kPrimary, kSecondary };
// "primary" or "secondary", in any case.
Result<WhichKey> parse_which_key(std::string_view text);

// A new random key, or the given one (base64 of 32 bytes); returns it. Tokens that were given out stay good until they
// expire.
Result<std::string> renew_account_key(Session& session, std::string_view account, WhichKey which,
                                      const std::optional<std::string>& given = {});
// The same for a storage account (base64 of 64 bytes). What was signed with the old key is void from now on; locators
// are signed anew when they are read.
Result<std::string> renew_storage_key(Session& session, std::string_view account, std::string_view storage_account,
                                      WhichKey which, const std::optional<std::string>& given = {});

struct NewStorage {
  std::string name;
  std::optional<std::string> primary_key;  // base64 of 64 bytes; random when there is none
};
// One more storage account, not the default one. Conflict when the name is taken, by whomever; Forbidden when the
// account has `limit` already (0: no limit).
Result<StorageAccount> attach_storage(Session& session, std::string_view account, const NewStorage& storage,
                                      std::int64_t limit = 0);

Result<void> set_account_tags(Session& session, std::string_view account, const TextPairs& tags);

// With all its rows. What its storage accounts hold stays where it is, blobs and queues, and comes back with a storage
// account of that name.
Result<void> delete_account(Session& session, std::string_view account);

}  // namespace lazulite::rows
