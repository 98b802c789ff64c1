#include "storage/rows/outbox.hpp"

#include "schema/base/ids.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

// outbox.state. Behind: an earlier event of its stream is still to be delivered.
enum State : std::int64_t { kDue = 0, kBehind = 1, kDead = 2 };

// Numbers follow the order of writing: larger than all that are still there, which is all that order needs.
constexpr std::string_view kInsert =
    "INSERT INTO outbox (id, account, type, end_point, time, properties, job, task, state, sequence, attempts, "
    "not_before, last_error) VALUES (:p1, :p2, :p3, :p4, :p5, :p6, :p7, :p8, CASE WHEN EXISTS (SELECT 1 FROM outbox b "
    "WHERE b.account = :p9 AND b.end_point = :p10 AND b.job = :p11 AND b.state < 2) THEN 1 ELSE 0 END, (SELECT "
    "coalesce(max(m.sequence), 0) + 1 FROM outbox m), 0, 0, '')";
// The newest event of this task that waits: replaced when it is a progress too.
constexpr std::string_view kReplaceProgress =
    "UPDATE outbox SET properties = :p1, time = :p2 WHERE type = 5 AND id = (SELECT b.id FROM outbox b WHERE b.account "
    "= :p3 AND b.end_point = :p4 AND b.job = :p5 AND b.task = :p6 AND b.state = 1 ORDER BY b.sequence DESC LIMIT 1 "
    "OFFSET 0)";

#define LAZULITE_OUTBOX_COLUMNS "o.id, o.account, o.type, o.end_point, o.time, o.properties, o.attempts, o.last_error"
constexpr std::string_view kSelectDue =
    "SELECT " LAZULITE_OUTBOX_COLUMNS " FROM outbox o WHERE o.state = 0 AND o.not_before <= :p1";
constexpr std::string_view kSelectDead =
    "SELECT " LAZULITE_OUTBOX_COLUMNS " FROM outbox o WHERE o.state = 2 ORDER BY o.sequence LIMIT :p1 OFFSET 0";
#undef LAZULITE_OUTBOX_COLUMNS
constexpr std::array kEventColumns = {EdmType::kString,   EdmType::kString, EdmType::kInt64, EdmType::kString,
                                      EdmType::kDateTime, EdmType::kString, EdmType::kInt64, EdmType::kString};

constexpr std::string_view kDelete =
    "DELETE FROM outbox WHERE id = :p1 AND state = 0 RETURNING account, end_point, job";
constexpr std::string_view kBury =
    "UPDATE outbox SET state = 2, attempts = attempts + 1, last_error = :p1, not_before = :p2 WHERE id = :p3 AND state "
    "= 0 RETURNING account, end_point, job";
constexpr std::string_view kLetNextGo =
    "UPDATE outbox SET state = 0 WHERE state = 1 AND id = (SELECT n.id FROM outbox n WHERE n.account = :p1 AND "
    "n.end_point = :p2 AND n.job = :p3 AND n.state < 2 ORDER BY n.sequence LIMIT 1 OFFSET 0)";
constexpr std::string_view kPostpone =
    "UPDATE outbox SET attempts = attempts + 1, last_error = :p1, not_before = :p2 WHERE id = :p3 AND state = 0";
constexpr std::string_view kForgetEndPoint = "DELETE FROM outbox WHERE account = :p1 AND end_point = :p2";
// A dead letter comes back at once, beside whatever its stream does now: its place in the order is long over.
constexpr std::string_view kRevive =
    "UPDATE outbox SET state = 0, attempts = 0, not_before = 0 WHERE state = 2 AND (id = :p1 OR :p2 = '')";
constexpr std::string_view kDiscard = "DELETE FROM outbox WHERE state = 2 AND (id = :p1 OR :p2 = '')";
constexpr std::string_view kPurge = "DELETE FROM outbox WHERE state = 2 AND not_before < :p1";
constexpr std::string_view kCount =
    "SELECT coalesce(sum(CASE WHEN state < 2 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN state = 2 THEN 1 ELSE 0 "
    "END), 0) FROM outbox";
constexpr std::string_view kAllOfOldTable =
    "SELECT id, account, type, end_point, time, properties FROM outbox WHERE state = 0 ORDER BY time, id";
constexpr std::size_t kMaxErrorBytes = 500;

std::string property_of(const OutboxEvent& event, std::string_view name) {
  for (const auto& [each, value] : event.properties) {
    if (each == name) return value;
  }
  return {};
}

Value text(std::string_view value) { return Value{std::string{value}}; }

Result<std::vector<StoredOutboxEvent>> events_of(const std::vector<Row>& rows) {
  std::vector<StoredOutboxEvent> out;
  for (const auto& row : rows) {
    LAZULITE_TRY(auto properties, read_text_pairs(*row[5].as<std::string>()));
    StoredOutboxEvent stored;
    stored.id = *row[0].as<std::string>();
    stored.account = *row[1].as<std::string>();
    stored.event = {static_cast<OutboxEventType>(*row[2].as<std::int64_t>()), *row[3].as<std::string>(),
                    *row[4].as<Timestamp>(), std::move(properties)};
    if (row.size() > 6) {
      stored.attempts = *row[6].as<std::int64_t>();
      stored.last_error = *row[7].as<std::string>();
    }
    out.push_back(std::move(stored));
  }
  return out;
}

// Runs a statement that takes the head of a stream away, then lets the next one go.
Result<void> end_head(Session& session, std::string_view sql, std::span<const Value> values) {
  static constexpr std::array kStream = {EdmType::kString, EdmType::kString, EdmType::kString};
  LAZULITE_TRY(const auto rows, select(session, sql, values, kStream));
  if (rows.empty()) return {};
  LAZULITE_CHECK(execute(session, kLetNextGo, rows.front()));
  return {};
}

}  // namespace

Result<void> append_outbox(Session& session, std::string_view account, const OutboxEvent& event) {
  const auto job = property_of(event, "JobId"), task = property_of(event, "TaskId");
  const auto properties = write_text_pairs(event.properties);
  if (event.type == OutboxEventType::kTaskProgress) {
    const std::array newer = {text(properties),      Value{event.time}, text(account),
                              text(event.end_point), text(job),         text(task)};
    LAZULITE_TRY(const auto replaced, execute(session, kReplaceProgress, newer));
    if (replaced > 0) return {};
  }
  const std::array values = {text(Uuid::random().text()),
                             text(account),
                             Value{static_cast<std::int64_t>(event.type)},
                             text(event.end_point),
                             Value{event.time},
                             text(properties),
                             text(job),
                             text(task),
                             text(account),
                             text(event.end_point),
                             text(job)};
  LAZULITE_CHECK(execute(session, kInsert, values));
  return {};
}

Result<std::vector<StoredOutboxEvent>> due_outbox(Session& session, Timestamp now, std::span<const std::string> except,
                                                  std::int64_t limit) {
  std::string sql{kSelectDue};
  std::vector<Value> values;
  values.emplace_back(now);
  for (const auto& each : except) {
    values.emplace_back(each);
    sql += fmt::format(" AND o.end_point <> :p{}", values.size());
  }
  values.emplace_back(limit);
  sql += fmt::format(" ORDER BY o.sequence LIMIT :p{} OFFSET 0", values.size());
  LAZULITE_TRY(const auto rows, select(session, sql, values, kEventColumns));
  return events_of(rows);
}

Result<void> outbox_delivered(Session& session, std::string_view id) {
  return end_head(session, kDelete, std::array{text(id)});
}

Result<void> outbox_died(Session& session, std::string_view id, std::string_view error, Timestamp now) {
  return end_head(session, kBury, std::array{text(error.substr(0, kMaxErrorBytes)), Value{now}, text(id)});
}

Result<void> outbox_failed(Session& session, std::string_view id, std::string_view error, Timestamp again) {
  LAZULITE_CHECK(
      execute(session, kPostpone, std::array{text(error.substr(0, kMaxErrorBytes)), Value{again}, text(id)}));
  return {};
}

Result<void> forget_outbox_of(Session& session, std::string_view account, std::string_view end_point) {
  LAZULITE_CHECK(execute(session, kForgetEndPoint, std::array{text(account), text(end_point)}));
  return {};
}

Result<std::vector<StoredOutboxEvent>> dead_outbox(Session& session, std::int64_t limit) {
  LAZULITE_TRY(const auto rows, select(session, kSelectDead, std::array{Value{limit}}, kEventColumns));
  return events_of(rows);
}

Result<std::int64_t> revive_outbox(Session& session, std::string_view id) {
  return execute(session, kRevive, std::array{text(id), text(id)});
}

Result<std::int64_t> discard_outbox(Session& session, std::string_view id) {
  return execute(session, kDiscard, std::array{text(id), text(id)});
}

Result<std::int64_t> purge_outbox(Session& session, Timestamp before) {
  return execute(session, kPurge, std::array{Value{before}});
}

Result<OutboxCounts> count_outbox(Session& session) {
  static constexpr std::array kColumns = {EdmType::kInt64, EdmType::kInt64};
  LAZULITE_TRY(const auto rows, select(session, kCount, {}, kColumns));
  return OutboxCounts{*rows.at(0).at(0).as<std::int64_t>(), *rows.at(0).at(1).as<std::int64_t>()};
}

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

Result<void> add_outbox_streams(Session& session) {
  const Dialect& dialect = session.dialect();
  for (const auto* column : {"job", "task", "last_error"}) {
    LAZULITE_CHECK(execute(
        session, fmt::format("ALTER TABLE outbox ADD COLUMN {} {} NOT NULL DEFAULT ''", column, dialect.text_type)));
  }
  for (const auto* column : {"sequence", "attempts", "not_before"}) {
    LAZULITE_CHECK(execute(
        session, fmt::format("ALTER TABLE outbox ADD COLUMN {} {} NOT NULL DEFAULT 0", column, dialect.integer_type)));
  }
  for (const auto* sql : {"DROP INDEX ix_outbox_undelivered",
                          "CREATE INDEX ix_outbox_due ON outbox (not_before, sequence) WHERE state = 0",
                          "CREATE INDEX ix_outbox_dead ON outbox (sequence) WHERE state = 2",
                          "CREATE INDEX ix_outbox_stream ON outbox (account, end_point, job, sequence)",
                          "CREATE INDEX ix_outbox_sequence ON outbox (sequence)"}) {
    LAZULITE_CHECK(execute(session, sql));
  }
  // Written anew, so that each finds its place in its stream.
  LAZULITE_TRY(const auto rows, select(session, kAllOfOldTable, {}, std::span{kEventColumns}.first(6)));
  LAZULITE_TRY(const auto events, events_of(rows));
  LAZULITE_CHECK(execute(session, "DELETE FROM outbox"));
  for (const auto& each : events) LAZULITE_CHECK(append_outbox(session, each.account, each.event));
  return {};
}

}  // namespace lazulite::rows
