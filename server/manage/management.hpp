// What both management APIs do, in terms of accounts: create, look up, change, delete (accounts-storage.md A). No
// protocol here. Blocks; thread-safe. Owned by App; the database outlives it.
#pragma once

#include "schema/base/time.hpp"
#include "schema/entities/media_account.hpp"
#include "schema/entities/storage_account.hpp"
#include "storage/rows/account_changes.hpp"
#include "storage/rows/database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::manage {

struct AccountView {
  MediaAccount account;
  std::vector<StorageAccount> storage;  // the default one first

  [[nodiscard]] const StorageAccount* primary() const { return storage.empty() ? nullptr : &storage.front(); }
};

struct ManagementOptions {
  std::string region = "local";
  std::int64_t max_accounts = 0, max_storage_accounts = 0;  // 0: no limit
};

struct AccountRequest {
  std::string name, region, resource_group;
  std::vector<rows::NewStorage> storage;  // the default one first; at least one
  rows::TextPairs tags;
};

enum class NameState : std::uint8_t { kFree, kInvalid, kTaken };

class Management {
 public:
  using Changed = std::function<void(std::string_view account)>;
  // `changed` is called after every commit that changed an account.
  Management(rows::Database& database, const Clock& clock, ManagementOptions options, Changed changed)
      : database_(database), clock_(clock), options_(std::move(options)), changed_(std::move(changed)) {}

  [[nodiscard]] const ManagementOptions& options() const { return options_; }
  // NotFound "SubscriptionNotFound" unless it is the installation's.
  Result<void> require_subscription(std::string_view subscription_id);
  Result<std::vector<AccountView>> list();
  Result<AccountView> get(std::string_view name);
  Result<NameState> name_state(std::string_view name);
  // InvalidArgument, Conflict, or Forbidden at the limit.
  Result<AccountView> create(const AccountRequest& request);
  // Attaches storage accounts that are new in the list, and sets the tags that are given. InvalidArgument when the list
  // leaves one out or has another default: neither can be changed (A.3).
  Result<AccountView> update(std::string_view name, const std::optional<std::vector<rows::NewStorage>>& storage,
                             const std::optional<rows::TextPairs>& tags);
  Result<void> remove(std::string_view name);
  Result<std::string> renew_key(std::string_view name, rows::WhichKey which);
  Result<void> attach(std::string_view name, const rows::NewStorage& storage);
  Result<void> set_storage_key(std::string_view name, std::string_view storage, const std::string& key);
  // Keys are kept with the storage account itself, so there is nothing to fetch: only that it is attached is checked.
  Result<void> require_storage(std::string_view name, std::string_view storage);

 private:
  template <class F>
  auto change(std::string_view name, F&& f) {
    auto result = database_.write(std::forward<F>(f));
    if (result && changed_) changed_(name);
    return result;
  }

  rows::Database& database_;
  const Clock& clock_;
  const ManagementOptions options_;
  Changed changed_;
};

}  // namespace lazulite::manage
