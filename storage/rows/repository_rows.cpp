// Rows of the repository: one statement each, its text built from the EntityType.
#include "storage/rows/ddl.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/sql_text.hpp"
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
using model::Record;
using model::Value;

constexpr std::int64_t kNoLimit = std::int64_t{1} << 62;

bool is_stored(const Property& property) { return !property.has(model::kComputed); }

// "t."Id", t."Name", …": qualified, because a list may join a link table.
std::string column_list(const EntityType& type) {
  std::string out;
  for (const auto& each : type.properties) {
    if (is_stored(each)) out += fmt::format("{}t.{}", out.empty() ? "" : ", ", sql_name(each.name));
  }
  return out;
}

std::vector<EdmType> column_types(const EntityType& type) {
  std::vector<EdmType> out;
  for (const auto& each : type.properties) {
    if (is_stored(each)) out.push_back(column_type(each));
  }
  return out;
}

// Takes the row's own vector, because lists are long: columns move up to the places of their properties, last first.
Result<Record> to_record(const EntityType& type, Row row) {
  std::size_t column = row.size();
  row.resize(type.properties.size());
  for (std::size_t i = type.properties.size(); i-- > 0;) {
    const auto& property = type.properties[i];
    if (!is_stored(property)) {
      row[i] = Value{};
      continue;
    }
    if (--column != i) row[i] = std::move(row[column]);
    if (!is_encoded(property)) continue;
    LAZULITE_TRY(row[i], from_stored(property, std::move(row[i])));
  }
  Record record;
  record.type = &type;
  record.values = std::move(row);
  return record;
}

Result<std::vector<Record>> select_records(Session& session, const EntityType& type, const SqlText& sql) {
  LAZULITE_TRY(auto rows, select(session, sql.text, sql.values, column_types(type)));
  std::vector<Record> out;
  out.reserve(rows.size());
  for (auto& row : rows) {
    LAZULITE_TRY(auto record, to_record(type, std::move(row)));
    out.push_back(std::move(record));
  }
  return out;
}

Error no_such_row(const EntityType& type, std::string_view key) {
  return fail(ErrorCode::kNotFound, "no {} has the id '{}'", type.name, key);
}

// FROM … WHERE … of a list, a count.
Result<void> append_source(SqlText& sql, std::string_view account, const EntityType& type, const ListQuery& query) {
  sql.text += fmt::format(" FROM {} AS t", sql_name(type.set_name));
  if (query.linked_from != nullptr) {
    const auto* navigation = query.linked_from->find_navigation(query.linked_navigation);
    if (navigation == nullptr || navigation->kind != model::NavigationKind::kLinked ||
        navigation->target_set != type.set_name) {
      return fail(ErrorCode::kInternal, "{} has no linked navigation {} to {}", query.linked_from->name,
                  query.linked_navigation, type.set_name);
    }
    // Its columns are renamed, so that no name of a condition can mean them.
    sql.text += fmt::format(
        " JOIN (SELECT target AS link_target, position AS link_position FROM {} WHERE account = {} AND source = {}) AS "
        "l"
        " ON l.link_target = t.{}",
        sql_name(link_table(*query.linked_from, *navigation)), sql.bind(account), sql.bind(query.linked_key),
        sql_name(type.key().name));
  }
  sql.text += " WHERE t.account = " + sql.bind(account);
  if (!query.condition.text.empty()) {
    sql.text += " AND (";
    sql.append(query.condition);
    sql.text += ")";
  }
  return {};
}

std::string order_term(const Property& property, bool descending) {
  // Printed for nullable columns only: elsewhere it would keep PostgreSQL from using the index.
  const std::string_view nulls = !property.nullable ? "" : descending ? " NULLS LAST" : " NULLS FIRST";
  return fmt::format("t.{}{}{}", sql_name(property.name), descending ? " DESC" : "", nulls);
}

std::string order_terms(const EntityType& type, const ListQuery& query) {
  std::string out;
  bool descending = false;
  bool by_key = false;
  const auto add = [&](const Property& property, bool down) {
    out += (out.empty() ? "" : ", ") + order_term(property, down);
    descending = down;
    by_key = by_key || property.has(model::kKey);
  };
  for (const auto& each : query.order) add(*each.property, each.descending);
  if (query.order.empty() && query.linked_from != nullptr) return "l.link_position";
  if (query.order.empty()) {
    const auto* created = type.find_property("Created");
    if (created != nullptr && is_stored(*created)) add(*created, false);
  }
  if (!by_key) add(type.key(), descending);
  return out;
}

bool is_named(std::span<const std::string_view> names, const Property& property) {
  return names.empty() || std::find(names.begin(), names.end(), property.name) != names.end();
}

}  // namespace

Result<std::optional<Record>> find(Session& session, std::string_view account, const EntityType& type,
                                   std::string_view key) {
  SqlText sql;
  const std::string account_parameter = sql.bind(account);
  sql.text = fmt::format("SELECT {} FROM {} AS t WHERE t.account = {} AND t.{} = {}", column_list(type),
                         sql_name(type.set_name), account_parameter, sql_name(type.key().name), sql.bind(key));
  LAZULITE_TRY(auto records, select_records(session, type, sql));
  if (records.empty()) return std::optional<Record>{};
  return std::optional<Record>{std::move(records.front())};
}

Result<Record> get(Session& session, std::string_view account, const EntityType& type, std::string_view key) {
  LAZULITE_TRY(auto record, find(session, account, type, key));
  if (!record) return no_such_row(type, key);
  return std::move(*record);
}

Result<std::vector<Record>> list(Session& session, std::string_view account, const EntityType& type,
                                 const ListQuery& query) {
  for (const auto& each : query.order) {
    if (!is_stored(*each.property))
      return fail(ErrorCode::kInvalidArgument, "{} cannot be sorted by", each.property->name);
  }
  SqlText sql{fmt::format("SELECT {}", column_list(type)), {}};
  LAZULITE_CHECK(append_source(sql, account, type, query));
  sql.text += " ORDER BY " + order_terms(type, query);
  sql.text += " LIMIT " + sql.bind(Value{query.top < 0 ? kNoLimit : query.top});
  sql.text += " OFFSET " + sql.bind(Value{std::max<std::int64_t>(0, query.skip)});
  return select_records(session, type, sql);
}

Result<std::int64_t> count(Session& session, std::string_view account, const EntityType& type, const ListQuery& query) {
  static constexpr std::array kColumns = {EdmType::kInt64};
  SqlText sql{"SELECT count(*)", {}};
  LAZULITE_CHECK(append_source(sql, account, type, query));
  LAZULITE_TRY(const auto rows, select(session, sql.text, sql.values, kColumns));
  return *rows.at(0).at(0).as<std::int64_t>();
}

Result<void> insert(Session& session, std::string_view account, const Record& record) {
  const EntityType& type = *record.type;
  SqlText sql;
  std::string columns = "account";
  std::string parameters = sql.bind(account);
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const auto& property = type.properties[i];
    if (!is_stored(property)) continue;
    LAZULITE_TRY(auto stored, to_stored(property, record.values[i]));
    columns += ", " + sql_name(property.name);
    parameters += ", " + sql.bind(std::move(stored));
  }
  sql.text = fmt::format("INSERT INTO {} ({}) VALUES ({})", sql_name(type.set_name), columns, parameters);
  LAZULITE_CHECK(execute(session, sql.text, sql.values));
  return {};
}

Result<void> update(Session& session, std::string_view account, const Record& record,
                    std::span<const std::string_view> properties) {
  const EntityType& type = *record.type;
  for (const auto name : properties) {
    const auto* property = type.find_property(name);
    if (property == nullptr || !is_stored(*property)) {
      return fail(ErrorCode::kInvalidArgument, "{} has no stored property {}", type.name, name);
    }
  }
  SqlText sql;
  std::string assignments;
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const auto& property = type.properties[i];
    if (!is_stored(property) || property.has(model::kKey) || !is_named(properties, property)) continue;
    LAZULITE_TRY(auto stored, to_stored(property, record.values[i]));
    assignments +=
        fmt::format("{}{} = {}", assignments.empty() ? "" : ", ", sql_name(property.name), sql.bind(std::move(stored)));
  }
  if (assignments.empty()) return fail(ErrorCode::kInvalidArgument, "no property of {} to update", type.name);
  const std::string account_parameter = sql.bind(account);
  sql.text = fmt::format("UPDATE {} SET {} WHERE account = {} AND {} = {}", sql_name(type.set_name), assignments,
                         account_parameter, sql_name(type.key().name), sql.bind(record.key()));
  LAZULITE_TRY(const auto changed, execute(session, sql.text, sql.values));
  if (changed == 0) return no_such_row(type, record.key());
  return {};
}

Result<void> remove(Session& session, std::string_view account, const EntityType& type, std::string_view key) {
  SqlText sql;
  const std::string account_parameter = sql.bind(account);
  sql.text = fmt::format("DELETE FROM {} WHERE account = {} AND {} = {}", sql_name(type.set_name), account_parameter,
                         sql_name(type.key().name), sql.bind(key));
  LAZULITE_TRY(const auto changed, execute(session, sql.text, sql.values));
  if (changed == 0) return no_such_row(type, key);
  return {};
}

}  // namespace lazulite::rows
