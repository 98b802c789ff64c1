#include "storage/rows/outbox.hpp"

#include "schema/base/ids.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

// state 0: to be delivered.
constexpr std::string_view kInsert =
    "INSERT INTO outbox (id, account, state, type, end_point, time, properties) VALUES (:p1, :p2, 0, :p3, :p4, :p5, "
    ":p6)";
constexpr std::string_view kUndelivered =
    "SELECT id, account, type, end_point, time, properties FROM outbox WHERE state = 0 ORDER BY time, id LIMIT :p1 "
    "OFFSET 0";

std::string to_json(const std::vector<std::pair<std::string, std::string>>& properties) {
  boost::json::object out;
  for (const auto& [name, value] : properties) out.emplace(name, value);
  return boost::json::serialize(out);
}

Result<std::vector<std::pair<std::string, std::string>>> from_json(std::string_view text) {
  boost::system::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInternal, "outbox: stored properties are not an object");
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : parsed.get_object()) {
    if (!value.is_string()) return fail(ErrorCode::kInternal, "outbox: a stored property is not a text");
    out.emplace_back(std::string(name), std::string(value.get_string()));
  }
  return out;
}

}  // namespace

Result<void> create_outbox_table(Session& session) {
  const Dialect& dialect = session.dialect();
  LAZULITE_CHECK(
      execute(session,
              fmt::format("CREATE TABLE outbox (id {0} NOT NULL PRIMARY KEY, account {0} NOT NULL, state {1} NOT NULL, "
                          "type {1} NOT NULL, end_point {0} NOT NULL, time {1} NOT NULL, properties {0} NOT NULL){2}",
                          dialect.text_type, dialect.integer_type, dialect.table_suffix)));
  LAZULITE_CHECK(execute(session, "CREATE INDEX ix_outbox_undelivered ON outbox (time, id) WHERE state = 0"));
  return {};
}

Result<void> append_outbox(Session& session, std::string_view account, const OutboxEvent& event) {
  const std::array values = {
      Value{Uuid::random().text()}, Value{std::string(account)}, Value{static_cast<std::int64_t>(event.type)},
      Value{event.end_point},       Value{event.time},           Value{to_json(event.properties)}};
  LAZULITE_CHECK(execute(session, kInsert, values));
  return {};
}

Result<std::vector<StoredOutboxEvent>> undelivered_outbox(Session& session, std::int64_t limit) {
  static constexpr std::array kColumns = {EdmType::kString, EdmType::kString,   EdmType::kInt64,
                                          EdmType::kString, EdmType::kDateTime, EdmType::kString};
  LAZULITE_TRY(const auto rows, select(session, kUndelivered, std::array{Value{limit}}, kColumns));
  std::vector<StoredOutboxEvent> out;
  for (const auto& row : rows) {
    LAZULITE_TRY(auto properties, from_json(*row[5].as<std::string>()));
    out.push_back({*row[0].as<std::string>(), *row[1].as<std::string>(),
                   OutboxEvent{static_cast<OutboxEventType>(*row[2].as<std::int64_t>()), *row[3].as<std::string>(),
                               *row[4].as<Timestamp>(), std::move(properties)}});
  }
  return out;
}

}  // namespace lazulite::rows
