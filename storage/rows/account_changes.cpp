#include "storage/rows/account_changes.hpp"

#include "schema/base/text.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

constexpr std::string_view kDropDependencies =
    "DELETE FROM task_dependencies WHERE task IN (SELECT t.id FROM task_leases t WHERE t.account = :p1)";

Result<StorageAccount> storage_of(Session& session, std::string_view account, std::string_view name) {
  LAZULITE_TRY(auto found, find<StorageAccount>(session, account, name));
  if (found) return std::move(*found);
  return fail(ErrorCode::kNotFound, "the account '{}' has no storage account '{}'", account, name);
}

Result<MediaAccount> account_named(Session& session, std::string_view name) {
  LAZULITE_TRY(auto found, find_account(session, name));
  if (found) return std::move(*found);
  return fail(ErrorCode::kNotFound, "there is no account '{}'", name);
}

}  // namespace

Result<WhichKey> parse_which_key(std::string_view text) {
  if (equals_ignoring_case(text, "primary")) return WhichKey::kPrimary;
  if (equals_ignoring_case(text, "secondary")) return WhichKey::kSecondary;
  return fail(ErrorCode::kInvalidArgument, "'{}' is neither 'primary' nor 'secondary'", text);
}

Result<std::string> renew_account_key(Session& session, std::string_view account, WhichKey which,
                                      const std::optional<std::string>& given) {
  LAZULITE_TRY(auto stored, account_named(session, account));
  auto& key = which == WhichKey::kPrimary ? stored.primary_key : stored.secondary_key;
  LAZULITE_TRY(key, account_key(given));
  LAZULITE_CHECK(update(session, account, stored));
  return key;
}

Result<std::string> renew_storage_key(Session& session, std::string_view account, std::string_view storage_account,
                                      WhichKey which, const std::optional<std::string>& given) {
  LAZULITE_TRY(auto stored, storage_of(session, account, storage_account));
  auto& key = which == WhichKey::kPrimary ? stored.primary_key : stored.secondary_key;
  LAZULITE_TRY(key, storage_key(given));
  LAZULITE_CHECK(update(session, account, stored));
  return key;
}

Result<StorageAccount> attach_storage(Session& session, std::string_view account, const NewStorage& wanted,
                                      std::int64_t limit) {
  LAZULITE_CHECK(account_named(session, account));
  LAZULITE_TRY(const auto has, count(session, account, kStorageAccount, {}));
  if (limit > 0 && has >= limit) {
    return fail(ErrorCode::kForbidden, "the account '{}' has {} storage accounts already, and its quota is {}", account,
                has, limit);
  }
  LAZULITE_TRY(auto storage, new_storage_account(wanted.name, wanted.primary_key, {}));
  storage.is_default = false;
  auto inserted = insert(session, account, storage);
  if (!inserted && inserted.error().code == ErrorCode::kConflict)
    return fail(ErrorCode::kConflict, "the storage account '{}' exists already", storage.name);
  LAZULITE_CHECK(inserted);
  return storage;
}

Result<void> set_account_tags(Session& session, std::string_view account, const TextPairs& tags) {
  LAZULITE_TRY(auto stored, account_named(session, account));
  stored.tags = write_text_pairs(tags);
  return update(session, account, stored);
}

Result<void> delete_account(Session& session, std::string_view account) {
  static constexpr std::array kName = {model::EdmType::kString};
  LAZULITE_CHECK(account_named(session, account));
  const std::array values = {model::Value{std::string{account}}};
  LAZULITE_CHECK(execute(session, kDropDependencies, values));
  LAZULITE_TRY(const auto tables, select(session, session.dialect().account_tables, {}, kName));
  for (const auto& row : tables) {
    const auto sql = fmt::format("DELETE FROM {} WHERE account = :p1", sql_name(*row[0].as<std::string>()));
    LAZULITE_CHECK(execute(session, sql, values));
  }
  return {};
}

}  // namespace lazulite::rows
