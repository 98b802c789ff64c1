// Which media account something belongs to: the few look-ups that cross accounts (by token client, storage account
// name, locator), and the creation of an account with the rows that every account has. Everything else goes through the
// repository, within one account.
#pragma once

#include "schema/entities/locator.hpp"
#include "schema/entities/media_account.hpp"
#include "schema/entities/storage_account.hpp"
#include "storage/rows/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

// What is left empty (the optional members) is made at random.
struct NewAccount {
  std::string name;  // ^[a-z0-9]{3,24}$ (accounts-storage.md A.1)
  std::string region = "local";
  std::string resource_group;
  std::string storage_account_name;                       // the same rule; becomes the default storage account
  std::optional<std::string> primary_key, secondary_key;  // base64 of 32 bytes
  std::optional<std::string> storage_primary_key, storage_secondary_key;  // base64 of 64 bytes
  std::optional<std::string> client_id, client_secret;                    // a GUID; any text of 1 to 256 bytes
  std::optional<std::string> subscription_id;                             // a GUID, of the installation's first account
};

// ^[a-z0-9]{3,24}$, of media accounts and storage accounts alike.
bool is_account_name(std::string_view name);
// The given key when it fits, a random one when none is given. InvalidArgument: not the base64 of 32 and 64 bytes.
Result<std::string> account_key(const std::optional<std::string>& given);
Result<std::string> storage_key(const std::optional<std::string>& given);
// Not stored yet. InvalidArgument for a name or key that does not fit.
Result<StorageAccount> new_storage_account(std::string_view name, const std::optional<std::string>& primary_key,
                                           const std::optional<std::string>& secondary_key);

// Inserts the account, its default storage account, its reserved units (one Basic unit of at most 25) and its `default`
// streaming endpoint, Running. All accounts of an installation share the SubscriptionId of the first. Call it in
// Database::write. InvalidArgument for a name or key that does not fit; Conflict when the account, the storage account
// or the client id exists.
Result<MediaAccount> create_account(Session& session, const NewAccount& account, Timestamp now);

// In the order of creation.
Result<std::vector<MediaAccount>> list_accounts(Session& session);
Result<std::optional<MediaAccount>> find_account(Session& session, std::string_view name);
// client_id: the GUID of the account's AAD application, in any case.
Result<std::optional<MediaAccount>> find_account_by_client_id(Session& session, std::string_view client_id);

struct StorageIdentity {
  std::string media_account;
  StorageAccount account;
};
Result<std::optional<StorageIdentity>> find_storage(Session& session, std::string_view storage_account_name);

// The storage account of that name, or the default one when there is no name: its name. NotFound when the media account
// does not have it.
Result<std::string> choose_storage_account(Session& session, std::string_view media_account,
                                           const std::optional<std::string>& name);

struct LocatorIdentity {
  std::string media_account;
  Locator locator;
};
// guid: of a locator's id, in any case. Locator ids are unique over all accounts.
Result<std::optional<LocatorIdentity>> find_locator(Session& session, std::string_view guid);

// The account that has the ContentKey with this id (in its stored form). Key ids are unique over all accounts.
Result<std::optional<std::string>> find_account_of_key(Session& session, std::string_view content_key_id);

}  // namespace lazulite::rows
