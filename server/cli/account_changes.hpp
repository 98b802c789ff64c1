// `lazulite account delete | regenerate-key`, `lazulite storage …` and `lazulite management`: what the management APIs
// do, at the command line, beside a running server or without one. A running server takes up to a minute to notice.
#pragma once

#include "config/settings.hpp"
#include "schema/base/result.hpp"

#include <iosfwd>
#include <string>

namespace lazulite::cli {

struct AccountChange {
  std::string account, storage;
  std::string key;   // "primary" or "secondary"
  bool yes = false;  // delete: it is meant
  bool json = false;
};

// InvalidArgument unless it is meant. Blobs and queues stay in the data folder.
Result<void> delete_account(const Settings& settings, const AccountChange& change, std::ostream& out);
// Prints the new key.
Result<void> regenerate_account_key(const Settings& settings, const AccountChange& change, std::ostream& out);
Result<void> attach_storage(const Settings& settings, const AccountChange& change, std::ostream& out);
// With what each holds.
Result<void> list_storage(const Settings& settings, const AccountChange& change, std::ostream& out);
Result<void> regenerate_storage_key(const Settings& settings, const AccountChange& change, std::ostream& out);
// How the administrator calls the management APIs.
Result<void> show_management(const Settings& settings, const AccountChange& change, std::ostream& out);

}  // namespace lazulite::cli
