#include "storage/rows/ddl.hpp"

#include "storage/rows/query.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"
#include "storage/rows/stored_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::EntityType;
using model::Property;

std::string_view sql_type(const Dialect& dialect, const Property& property) {
  switch (column_type(property)) {
    case EdmType::kInt32:
    case EdmType::kInt64:
    case EdmType::kBoolean:
    case EdmType::kDateTime:
      return dialect.integer_type;
    case EdmType::kDouble:
      return dialect.real_type;
    case EdmType::kString:
    case EdmType::kGuid:
    case EdmType::kComplex:
      break;
  }
  return dialect.text_type;
}

std::string column_definition(const Dialect& dialect, const Property& property) {
  return fmt::format("{} {}{}", sql_name(property.name), sql_type(dialect, property),
                     property.nullable ? "" : " NOT NULL");
}

std::string_view zero_literal(const Property& property) {
  if (property.collection) return "'[]'";
  if (property.type == EdmType::kComplex) return "'{}'";
  return property.type == EdmType::kString || property.type == EdmType::kGuid ? "''" : "0";
}

// Created is the default order of lists, with the key behind it.
bool wants_index(const Property& property) {
  return !property.has(model::kKey) && (property.has(model::kIndexed) || property.name == "Created");
}

Result<void> run(Session& session, const std::string& sql) {
  LAZULITE_CHECK(execute(session, sql));
  return {};
}

Result<void> create_index(Session& session, const EntityType& type, const Property& property) {
  return run(session, fmt::format("CREATE INDEX {} ON {} (account, {}, {})",
                                  sql_name(fmt::format("ix_{}_{}", type.set_name, property.name)),
                                  sql_name(type.set_name), sql_name(property.name), sql_name(type.key().name)));
}

Result<void> create_link_table(Session& session, const EntityType& type, const model::Navigation& navigation) {
  const Dialect& dialect = session.dialect();
  const std::string name = link_table(type, navigation);
  LAZULITE_CHECK(
      run(session,
          fmt::format("CREATE TABLE IF NOT EXISTS {0} (account {1} NOT NULL, source {1} NOT NULL, target {1} NOT NULL, "
                      "position {2} NOT NULL, PRIMARY KEY (account, source, target)){3}",
                      sql_name(name), dialect.text_type, dialect.integer_type, dialect.table_suffix)));
  LAZULITE_CHECK(run(session, fmt::format("CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} (account, source, position)",
                                          sql_name("ix_" + name + "_position"), sql_name(name))));
  return run(session, fmt::format("CREATE INDEX IF NOT EXISTS {} ON {} (account, target)",
                                  sql_name("ix_" + name + "_target"), sql_name(name)));
}

}  // namespace

std::string link_table(const EntityType& source, const model::Navigation& navigation) {
  return fmt::format("{}_{}", source.set_name, navigation.name);
}

Result<void> create_table(Session& session, const EntityType& type) {
  const Dialect& dialect = session.dialect();
  std::string sql = fmt::format("CREATE TABLE {} (account {} NOT NULL", sql_name(type.set_name), dialect.text_type);
  for (const auto& each : type.properties) {
    if (!each.has(model::kComputed)) sql += ", " + column_definition(dialect, each);
  }
  sql += fmt::format(", PRIMARY KEY (account, {})){}", sql_name(type.key().name), dialect.table_suffix);
  LAZULITE_CHECK(run(session, sql));
  for (const auto& each : type.properties) {
    if (wants_index(each)) LAZULITE_CHECK(create_index(session, type, each));
  }
  return add_missing_link_tables(session, type);
}

Result<void> add_missing_link_tables(Session& session, const EntityType& type) {
  for (const auto& each : type.navigations) {
    if (each.kind == model::NavigationKind::kLinked) LAZULITE_CHECK(create_link_table(session, type, each));
  }
  return {};
}

Result<void> add_missing_columns(Session& session, const EntityType& type) {
  static constexpr std::array kColumns = {EdmType::kString};
  const std::array values = {model::Value{std::string{type.set_name}}};
  LAZULITE_TRY(const auto rows, select(session, session.dialect().column_names, values, kColumns));
  for (const auto& each : type.properties) {
    const model::Value name{std::string{each.name}};
    const bool exists = std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row[0] == name; });
    if (exists || each.has(model::kComputed)) continue;
    LAZULITE_CHECK(
        run(session, fmt::format("ALTER TABLE {} ADD COLUMN {}{}{}", sql_name(type.set_name),
                                 column_definition(session.dialect(), each), each.nullable ? "" : " DEFAULT ",
                                 each.nullable ? "" : zero_literal(each))));
    if (wants_index(each)) LAZULITE_CHECK(create_index(session, type, each));
  }
  return {};
}

Result<void> create_unique_index(Session& session, const EntityType& type, std::string_view name,
                                 std::string_view columns) {
  return run(session,
             fmt::format("CREATE UNIQUE INDEX {} ON {} ({})", sql_name(name), sql_name(type.set_name), columns));
}

}  // namespace lazulite::rows
