#include "storage/rows/statement.hpp"

#include "storage/rows/session.hpp"

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

// A variable that SOCI binds for the time of one execution. Texts of parameters are bound in place.
struct Cell {
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  soci::indicator indicator = soci::i_ok;
};

void bind_value(soci::statement& statement, const Value& value, Cell& cell, const std::string& name) {
  if (const auto* text = value.as<std::string>()) {
    statement.exchange(soci::use(*text, cell.indicator, name));
  } else if (const auto* real = value.as<double>()) {
    cell.real = *real;
    statement.exchange(soci::use(cell.real, cell.indicator, name));
  } else if (value.is_null()) {
    cell.indicator = soci::i_null;
    statement.exchange(soci::use(cell.text, cell.indicator, name));
  } else {
    if (const auto* integer = value.as<std::int64_t>()) cell.integer = *integer;
    if (const auto* flag = value.as<bool>()) cell.integer = *flag ? 1 : 0;
    if (const auto* time = value.as<Timestamp>()) cell.integer = time->time_since_epoch().count();
    statement.exchange(soci::use(cell.integer, cell.indicator, name));
  }
}

void define_column(soci::statement& statement, EdmType type, Cell& cell) {
  switch (type) {
    case EdmType::kString:
    case EdmType::kGuid:
    case EdmType::kComplex:
      statement.exchange(soci::into(cell.text, cell.indicator));
      break;
    case EdmType::kDouble:
      statement.exchange(soci::into(cell.real, cell.indicator));
      break;
    case EdmType::kInt32:
    case EdmType::kInt64:
    case EdmType::kBoolean:
    case EdmType::kDateTime:
      statement.exchange(soci::into(cell.integer, cell.indicator));
      break;
  }
}

Value take(EdmType type, Cell& cell) {
  if (cell.indicator == soci::i_null) return Value{};
  switch (type) {
    case EdmType::kString:
    case EdmType::kGuid:
    case EdmType::kComplex:
      return Value{std::move(cell.text)};
    case EdmType::kDouble:
      return Value{cell.real};
    case EdmType::kBoolean:
      return Value{cell.integer != 0};
    case EdmType::kDateTime:
      return Value{Timestamp{std::chrono::microseconds{cell.integer}}};
    case EdmType::kInt32:
    case EdmType::kInt64:
      break;
  }
  return Value{cell.integer};
}

bool is_scalar(const Value& value) {
  return value.as<model::ComplexValue>() == nullptr && value.as<model::CollectionValue>() == nullptr;
}

// Binds, runs and hands every row to `row`; the only place that executes SQL.
template <class OnRow>
Result<std::int64_t> run(Session& session, std::string_view sql, std::span<const Value> values,
                         std::span<const EdmType> columns, OnRow&& on_row) {
  std::vector<Cell> parameters(values.size());
  std::vector<Cell> results(columns.size());
  try {
    auto& statement = session.prepare(sql);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!is_scalar(values[i])) return fail(ErrorCode::kInternal, "a complex value cannot be bound to SQL");
      bind_value(statement, values[i], parameters[i], "p" + std::to_string(i + 1));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) define_column(statement, columns[i], results[i]);
    statement.define_and_bind();
    bool got = statement.execute(true);
    while (got && !columns.empty()) {
      on_row(results);
      got = statement.fetch();
    }
    const std::int64_t affected = statement.get_affected_rows();
    statement.bind_clean_up();
    return affected;
  } catch (const soci::soci_error& error) {
    session.forget(sql);
    return to_error(session.dialect(), error);
  }
}

}  // namespace

Result<std::vector<Row>> select(Session& session, std::string_view sql, std::span<const Value> values,
                                std::span<const EdmType> columns) {
  std::vector<Row> rows;
  const auto ran = run(session, sql, values, columns, [&](std::vector<Cell>& cells) {
    auto& row = rows.emplace_back();
    row.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) row.push_back(take(columns[i], cells[i]));
  });
  if (!ran) return ran.error();
  return rows;
}

Result<std::int64_t> execute(Session& session, std::string_view sql, std::span<const Value> values) {
  return run(session, sql, values, {}, [](std::vector<Cell>&) {});
}

std::int64_t statements_run(const Session& session) { return session.statements_run(); }

Result<Timestamp> database_now(Session& session) {
  static constexpr std::array kColumns = {EdmType::kDateTime};
  LAZULITE_TRY(const auto rows, select(session, fmt::format("SELECT {}", session.dialect().now_us), {}, kColumns));
  return *rows.at(0).at(0).as<Timestamp>();
}

}  // namespace lazulite::rows
