// Links of the repository: rows (account, source, target, position) of one table per linked navigation.
#include "storage/rows/ddl.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

using model::EntityType;
using model::Value;

Value text(std::string_view value) { return Value{std::string{value}}; }

// The quoted name of the link table.
Result<std::string> table_of(const EntityType& source, std::string_view navigation) {
  const auto* found = source.find_navigation(navigation);
  if (found == nullptr || found->kind != model::NavigationKind::kLinked) {
    return fail(ErrorCode::kInternal, "{} has no linked navigation {}", source.name, navigation);
  }
  return sql_name(link_table(source, *found));
}

// The one column of a query about the links of `key`.
Result<std::vector<std::string>> select_keys(Session& session, std::string_view account, std::string_view key,
                                             std::string_view sql) {
  static constexpr std::array kColumns = {model::EdmType::kString};
  const std::array values = {text(account), text(key)};
  LAZULITE_TRY(const auto rows, select(session, sql, values, kColumns));
  std::vector<std::string> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(*row[0].as<std::string>());
  return out;
}

}  // namespace

Result<void> link(Session& session, std::string_view account, const EntityType& source, std::string_view navigation,
                  std::string_view source_key, std::string_view target_key) {
  LAZULITE_TRY(const auto table, table_of(source, navigation));
  const std::array values = {text(account), text(source_key), text(target_key), text(account), text(source_key)};
  const auto inserted = execute(
      session,
      fmt::format("INSERT INTO {0} (account, source, target, position) "
                  "SELECT :p1, :p2, :p3, coalesce(max(position), 0) + 1 FROM {0} WHERE account = :p4 AND source = :p5",
                  table),
      values);
  if (!inserted && inserted.error().code == ErrorCode::kConflict) {
    return fail(ErrorCode::kConflict, "'{}' is linked to '{}' by {} already", source_key, target_key, navigation);
  }
  LAZULITE_CHECK(inserted);
  return {};
}

Result<void> unlink(Session& session, std::string_view account, const EntityType& source, std::string_view navigation,
                    std::string_view source_key, std::string_view target_key) {
  LAZULITE_TRY(const auto table, table_of(source, navigation));
  const std::array values = {text(account), text(source_key), text(target_key)};
  LAZULITE_TRY(
      const auto removed,
      execute(session, fmt::format("DELETE FROM {} WHERE account = :p1 AND source = :p2 AND target = :p3", table),
              values));
  if (removed == 0)
    return fail(ErrorCode::kNotFound, "'{}' is not linked to '{}' by {}", source_key, target_key, navigation);
  return {};
}

Result<std::vector<std::string>> links(Session& session, std::string_view account, const EntityType& source,
                                       std::string_view navigation, std::string_view source_key) {
  LAZULITE_TRY(const auto table, table_of(source, navigation));
  return select_keys(
      session, account, source_key,
      fmt::format("SELECT target FROM {} WHERE account = :p1 AND source = :p2 ORDER BY position", table));
}

Result<std::vector<std::string>> link_sources(Session& session, std::string_view account, const EntityType& source,
                                              std::string_view navigation, std::string_view target_key) {
  LAZULITE_TRY(const auto table, table_of(source, navigation));
  return select_keys(session, account, target_key,
                     fmt::format("SELECT source FROM {} WHERE account = :p1 AND target = :p2", table));
}

Result<void> unlink_all(Session& session, std::string_view account, const EntityType& source,
                        std::string_view navigation, std::string_view source_key) {
  LAZULITE_TRY(const auto table, table_of(source, navigation));
  const std::array values = {text(account), text(source_key)};
  LAZULITE_CHECK(execute(session, fmt::format("DELETE FROM {} WHERE account = :p1 AND source = :p2", table), values));
  return {};
}

Result<void> unlink_target(Session& session, std::string_view account, const EntityType& source,
                           std::string_view navigation, std::string_view target_key) {
  LAZULITE_TRY(const auto table, table_of(source, navigation));
  const std::array values = {text(account), text(target_key)};
  LAZULITE_CHECK(execute(session, fmt::format("DELETE FROM {} WHERE account = :p1 AND target = :p2", table), values));
  return {};
}

}  // namespace lazulite::rows
