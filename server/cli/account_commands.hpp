// `lazulite account …`: open the database of the data folder directly, beside a running server or without one.
// Blocking.
#pragma once

#include "config/settings.hpp"
#include "schema/base/result.hpp"

#include <iosfwd>
#include <string>

namespace lazulite::cli {

struct AccountOptions {
  std::string name;
  std::string storage;  // create only; empty: the name with "storage" after it, cut to 24 characters
  bool json = false;
};

// Makes the data folder and the database when there are none. InvalidArgument for a name, Conflict when one of the
// names is taken.
Result<void> create_account(const Settings& settings, const AccountOptions& options, std::ostream& out);

// The others change nothing: NotFound when the data folder has no database, or the account does not exist.
Result<void> list_accounts(const Settings& settings, const AccountOptions& options, std::ostream& out);
Result<void> show_account(const Settings& settings, const AccountOptions& options, std::ostream& out);
Result<void> show_account_keys(const Settings& settings, const AccountOptions& options, std::ostream& out);

}  // namespace lazulite::cli
