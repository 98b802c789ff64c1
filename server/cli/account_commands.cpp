#include "server/cli/account_commands.hpp"

#include "schema/base/time.hpp"
#include "server/cli/account_text.hpp"
#include "server/cli/open_database.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <ostream>
#include <sys/stat.h>
#include <system_error>
#include <utility>
#include <vector>

namespace lazulite::cli {
namespace {

constexpr std::size_t kMaxNameLength = 24;

struct AccountView {
  MediaAccount account;
  std::vector<StorageAccount> storage;
};

Result<std::vector<StorageAccount>> storage_of(rows::Session& session, std::string_view account) {
  return rows::list<StorageAccount>(session, account, rows::ListQuery{});
}

Result<AccountView> find(const Settings& settings, const std::string& name) {
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  return database->read([&](rows::Session& session) -> Result<AccountView> {
    LAZULITE_TRY(auto account, rows::find_account(session, name));
    if (!account) return fail(ErrorCode::kNotFound, "there is no account '{}'", name);
    LAZULITE_TRY(auto storage, storage_of(session, name));
    return AccountView{std::move(*account), std::move(storage)};
  });
}

void print(const boost::json::value& value, std::ostream& out) { out << boost::json::serialize(value) << '\n'; }

void print_account(const AccountView& view, bool as_json, std::ostream& out) {
  if (as_json) return print(account_json(view.account, view.storage), out);
  out << account_text(view.account, view.storage);
}

}  // namespace

Result<void> create_account(const Settings& settings, const AccountOptions& options, std::ostream& out) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(settings.data, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the data folder {}: {}", settings.data, error.message());
  if (made && ::chmod(settings.data.c_str(), 0700) != 0) {
    return fail(ErrorCode::kIo, "cannot make the data folder {} private", settings.data);
  }
  rows::NewAccount wanted;
  wanted.name = options.name;
  wanted.storage_account_name =
      options.storage.empty() ? (options.name + "storage").substr(0, kMaxNameLength) : options.storage;
  LAZULITE_TRY(const auto database, open_database(settings));
  LAZULITE_TRY(const auto view, database->write([&](rows::Session& session) -> Result<AccountView> {
    LAZULITE_TRY(auto account, rows::create_account(session, wanted, system_clock().now()));
    LAZULITE_TRY(auto storage, storage_of(session, wanted.name));
    return AccountView{std::move(account), std::move(storage)};
  }));
  print_account(view, options.json, out);
  return {};
}

Result<void> list_accounts(const Settings& settings, const AccountOptions& options, std::ostream& out) {
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto views, database->read([](rows::Session& session) -> Result<std::vector<AccountView>> {
    LAZULITE_TRY(auto accounts, rows::list_accounts(session));
    std::vector<AccountView> all;
    for (auto& account : accounts) {
      LAZULITE_TRY(auto storage, storage_of(session, account.name));
      all.push_back({std::move(account), std::move(storage)});
    }
    return all;
  }));
  if (options.json) {
    boost::json::array list;
    for (const auto& view : views) list.push_back(account_json(view.account, view.storage));
    print(list, out);
    return {};
  }
  for (const auto& view : views) {
    out << fmt::format("{:<24} {} {}\n", view.account.name, format_iso8601_seconds(view.account.created),
                       view.account.account_id.text);
  }
  return {};
}

Result<void> show_account(const Settings& settings, const AccountOptions& options, std::ostream& out) {
  LAZULITE_TRY(const auto view, find(settings, options.name));
  print_account(view, options.json, out);
  return {};
}

Result<void> show_account_keys(const Settings& settings, const AccountOptions& options, std::ostream& out) {
  LAZULITE_TRY(const auto view, find(settings, options.name));
  if (options.json) {
    print(keys_json(view.account, view.storage), out);
    return {};
  }
  out << keys_text(view.account);
  for (const auto& each : view.storage) out << storage_keys_text(each);
  return {};
}

}  // namespace lazulite::cli
