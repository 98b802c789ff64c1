#include "server/cli/account_changes.hpp"

#include "server/auth/installation_secrets.hpp"
#include "server/cli/account_text.hpp"
#include "server/cli/open_database.hpp"
#include "storage/blobs/used_bytes.hpp"
#include "storage/rows/account_changes.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace lazulite::cli {
namespace {

namespace json = boost::json;

void print_key(std::string_view name, const std::string& key, bool as_json, std::ostream& out) {
  if (as_json) {
    out << json::serialize(json::object{{"key", key}}) << '\n';
  } else {
    out << fmt::format("the new {} key is {}\n", name, key);
  }
}

}  // namespace

Result<void> delete_account(const Settings& settings, const AccountChange& change, std::ostream& out) {
  if (!change.yes)
    return fail(ErrorCode::kInvalidArgument, "this deletes the account with all its rows: say --yes if you mean it");
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_CHECK(
      database->write([&](rows::Session& session) { return rows::delete_account(session, change.account); }));
  out << fmt::format("The account '{}' is deleted; what its storage accounts hold stays in {}.\n", change.account,
                     settings.data);
  return {};
}

Result<void> regenerate_account_key(const Settings& settings, const AccountChange& change, std::ostream& out) {
  LAZULITE_TRY(const auto which, rows::parse_which_key(change.key));
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto key, database->write([&](rows::Session& session) {
    return rows::renew_account_key(session, change.account, which);
  }));
  print_key(change.key, key, change.json, out);
  return {};
}

Result<void> attach_storage(const Settings& settings, const AccountChange& change, std::ostream& out) {
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto made, database->write([&](rows::Session& session) {
    return rows::attach_storage(session, change.account, {change.storage, {}}, settings.quota.storage_accounts);
  }));
  out << fmt::format("'{}' is a storage account of '{}' now.\n", made.name, change.account);
  return {};
}

Result<void> list_storage(const Settings& settings, const AccountChange& change, std::ostream& out) {
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto storage, database->read([&](rows::Session& session) -> Result<std::vector<StorageAccount>> {
    LAZULITE_TRY(const auto account, rows::find_account(session, change.account));
    if (!account) return fail(ErrorCode::kNotFound, "there is no account '{}'", change.account);
    return rows::list<StorageAccount>(session, change.account, rows::ListQuery{});
  }));
  json::array list;
  for (const auto& each : storage) {
    LAZULITE_TRY(const auto bytes, blobs::used_bytes(std::filesystem::path{settings.data} / "blobs", each.name));
    list.push_back(json::object{{"name", each.name}, {"isDefault", each.is_default}, {"bytesUsed", bytes}});
    if (!change.json)
      out << fmt::format("{:<24} {:>16} bytes{}\n", each.name, bytes, each.is_default ? "  default" : "");
  }
  if (change.json) out << json::serialize(list) << '\n';
  return {};
}

Result<void> regenerate_storage_key(const Settings& settings, const AccountChange& change, std::ostream& out) {
  LAZULITE_TRY(const auto which, rows::parse_which_key(change.key));
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto key, database->write([&](rows::Session& session) {
    return rows::renew_storage_key(session, change.account, change.storage, which);
  }));
  print_key(change.key, key, change.json, out);
  return {};
}

Result<void> show_management(const Settings& settings, const AccountChange& change, std::ostream& out) {
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto accounts,
               database->read([](rows::Session& session) { return rows::list_accounts(session); }));
  LAZULITE_TRY(const auto secrets, auth::load_or_create_secrets(settings.data));
  const std::string subscription = accounts.empty() ? std::string{} : accounts.front().subscription_id.text;
  if (change.json) {
    out << json::serialize(json::object{{"subscriptionId", subscription},
                                        {"tenantId", secrets.tenant_id},
                                        {"clientId", secrets.management_client_id},
                                        {"key", secrets.management_key}})
        << '\n';
    return {};
  }
  out << fmt::format("{:<22} {}\n{:<22} {}\n{:<22} {}\n{:<22} {}\n", "subscription id", subscription, "tenant id",
                     secrets.tenant_id, "AAD client id", secrets.management_client_id, "key (and AAD secret)",
                     secrets.management_key);
  return {};
}

}  // namespace lazulite::cli
