#include "storage/rows/queue_rows.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/ids.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

constexpr std::string_view kInsertQueue =
    "INSERT INTO queues (storage_account, name, metadata, acl) VALUES (:p1, :p2, :p3, '') ON CONFLICT "
    "(storage_account, name) DO NOTHING";
constexpr std::string_view kDeleteQueue = "DELETE FROM queues WHERE storage_account = :p1 AND name = :p2";
constexpr std::string_view kDeleteAll = "DELETE FROM queue_messages WHERE storage_account = :p1 AND queue = :p2";
constexpr std::string_view kSelectQueue =
    "SELECT name, metadata, acl FROM queues WHERE storage_account = :p1 AND name = :p2";
constexpr std::string_view kSetMetadata = "UPDATE queues SET metadata = :p1 WHERE storage_account = :p2 AND name = :p3";
constexpr std::string_view kSetAcl = "UPDATE queues SET acl = :p1 WHERE storage_account = :p2 AND name = :p3";
constexpr std::string_view kListQueues =
    "SELECT name, metadata, acl FROM queues WHERE storage_account = :p1 AND name >= :p2 AND name >= :p3 AND name < :p4 "
    "ORDER BY name LIMIT :p5 OFFSET 0";

constexpr std::string_view kInsertMessage =
    "INSERT INTO queue_messages (storage_account, queue, id, sequence, inserted, expires, visible_at, pop_receipt, "
    "dequeue_count, text) VALUES (:p1, :p2, :p3, (SELECT coalesce(max(m.sequence), 0) + 1 FROM queue_messages m), :p4, "
    ":p5, :p6, :p7, 0, :p8)";
constexpr std::string_view kDropExpired =
    "DELETE FROM queue_messages WHERE storage_account = :p1 AND queue = :p2 AND expires <= :p3";
#define LAZULITE_MESSAGE_COLUMNS "id, inserted, expires, visible_at, pop_receipt, dequeue_count, text"
constexpr std::string_view kSelectVisible = "SELECT " LAZULITE_MESSAGE_COLUMNS
                                            " FROM queue_messages WHERE storage_account = :p1 AND queue = :p2 AND "
                                            "visible_at <= :p3 AND expires > :p4 ORDER BY visible_at, sequence LIMIT "
                                            ":p5 OFFSET 0";
constexpr std::string_view kSelectOne = "SELECT " LAZULITE_MESSAGE_COLUMNS
                                        " FROM queue_messages WHERE storage_account = :p1 AND queue = :p2 AND id = "
                                        ":p3 AND expires > :p4";
#undef LAZULITE_MESSAGE_COLUMNS
constexpr std::array kMessageColumns = {EdmType::kString, EdmType::kDateTime, EdmType::kDateTime, EdmType::kDateTime,
                                        EdmType::kString, EdmType::kInt64,    EdmType::kString};
constexpr std::string_view kWriteMessage =
    "UPDATE queue_messages SET visible_at = :p1, pop_receipt = :p2, dequeue_count = :p3, text = :p4 WHERE "
    "storage_account = :p5 AND queue = :p6 AND id = :p7";
constexpr std::string_view kDeleteMessage =
    "DELETE FROM queue_messages WHERE storage_account = :p1 AND queue = :p2 AND id = :p3";
constexpr std::string_view kCountMessages =
    "SELECT count(*) FROM queue_messages WHERE storage_account = :p1 AND queue = :p2 AND expires > :p3";
constexpr std::string_view kSelectService = "SELECT properties FROM queue_services WHERE storage_account = :p1";
constexpr std::string_view kSetService =
    "INSERT INTO queue_services (storage_account, properties) VALUES (:p1, :p2) ON CONFLICT (storage_account) DO "
    "UPDATE SET properties = excluded.properties";

constexpr std::size_t kReceiptBytes = 12;

Value text(std::string_view value) { return Value{std::string{value}}; }
std::string new_receipt() { return base64_encode(random_bytes(kReceiptBytes)); }

// 9999-12-31, what the protocol writes for "never".
Timestamp never() { return std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}; }

Error no_queue(const QueueRef& queue) {
  return fail_with(ErrorCode::kNotFound, "QueueNotFound", "there is no queue '{}'", queue.name);
}

Result<Queue> to_queue(const Row& row) {
  LAZULITE_TRY(auto metadata, read_text_pairs(*row[1].as<std::string>()));
  return Queue{*row[0].as<std::string>(), std::move(metadata), *row[2].as<std::string>()};
}

QueueMessage to_message(const Row& row) {
  return {*row[0].as<std::string>(), *row[1].as<Timestamp>(),    *row[2].as<Timestamp>(),  *row[3].as<Timestamp>(),
          *row[4].as<std::string>(), *row[5].as<std::int64_t>(), *row[6].as<std::string>()};
}

Result<void> require_queue(Session& session, const QueueRef& queue) {
  LAZULITE_CHECK(get_queue(session, queue));
  return {};
}

Result<void> write_message(Session& session, const QueueRef& queue, const QueueMessage& message) {
  const std::array values = {Value{message.visible_at}, text(message.pop_receipt),   Value{message.dequeue_count},
                             text(message.text),        text(queue.storage_account), text(queue.name),
                             text(message.id)};
  LAZULITE_CHECK(execute(session, kWriteMessage, values));
  return {};
}

// The message that the receipt belongs to.
Result<QueueMessage> held_message(Session& session, const QueueRef& queue, std::string_view id,
                                  std::string_view pop_receipt, Timestamp now) {
  LAZULITE_CHECK(require_queue(session, queue));
  const std::array values = {text(queue.storage_account), text(queue.name), text(id), Value{now}};
  LAZULITE_TRY(const auto rows, select(session, kSelectOne, values, kMessageColumns));
  if (rows.empty()) return fail_with(ErrorCode::kNotFound, "MessageNotFound", "there is no message '{}'", id);
  auto message = to_message(rows.front());
  if (message.pop_receipt != pop_receipt)
    return fail_with(ErrorCode::kInvalidArgument, "PopReceiptMismatch", "the message has another pop receipt by now");
  return message;
}

Result<void> change_queue(Session& session, const QueueRef& queue, std::string_view sql, std::string_view value) {
  const std::array values = {text(value), text(queue.storage_account), text(queue.name)};
  LAZULITE_TRY(const auto changed, execute(session, sql, values));
  return changed > 0 ? Result<void>{} : no_queue(queue);
}

}  // namespace

Result<bool> create_queue(Session& session, const QueueRef& queue, const TextPairs& metadata) {
  const auto written = write_text_pairs(metadata);
  const std::array values = {text(queue.storage_account), text(queue.name), text(written)};
  LAZULITE_TRY(const auto made, execute(session, kInsertQueue, values));
  if (made > 0) return true;
  LAZULITE_TRY(const auto existing, get_queue(session, queue));
  if (existing.metadata == metadata) return false;
  return fail_with(ErrorCode::kConflict, "QueueAlreadyExists", "the queue '{}' exists with other metadata", queue.name);
}

Result<void> delete_queue(Session& session, const QueueRef& queue) {
  const std::array values = {text(queue.storage_account), text(queue.name)};
  LAZULITE_TRY(const auto gone, execute(session, kDeleteQueue, values));
  if (gone == 0) return no_queue(queue);
  LAZULITE_CHECK(execute(session, kDeleteAll, values));
  return {};
}

Result<Queue> get_queue(Session& session, const QueueRef& queue) {
  static constexpr std::array kColumns = {EdmType::kString, EdmType::kString, EdmType::kString};
  const std::array values = {text(queue.storage_account), text(queue.name)};
  LAZULITE_TRY(const auto rows, select(session, kSelectQueue, values, kColumns));
  if (rows.empty()) return no_queue(queue);
  return to_queue(rows.front());
}

Result<void> set_queue_metadata(Session& session, const QueueRef& queue, const TextPairs& metadata) {
  return change_queue(session, queue, kSetMetadata, write_text_pairs(metadata));
}

Result<void> set_queue_acl(Session& session, const QueueRef& queue, std::string_view acl) {
  return change_queue(session, queue, kSetAcl, acl);
}

Result<std::vector<Queue>> list_queues(Session& session, std::string_view storage_account, std::string_view prefix,
                                       std::string_view marker, std::int64_t limit) {
  static constexpr std::array kColumns = {EdmType::kString, EdmType::kString, EdmType::kString};
  // Names are lower-case letters, digits and hyphens, so '~' is behind all that begin with the prefix.
  const std::array values = {text(storage_account), text(prefix), text(marker), text(std::string{prefix} + "~"),
                             Value{limit}};
  LAZULITE_TRY(const auto rows, select(session, kListQueues, values, kColumns));
  std::vector<Queue> out;
  for (const auto& row : rows) {
    LAZULITE_TRY(auto queue, to_queue(row));
    out.push_back(std::move(queue));
  }
  return out;
}

Result<QueueMessage> put_message(Session& session, const QueueRef& queue, const NewMessage& message, Timestamp now) {
  LAZULITE_CHECK(require_queue(session, queue));
  LAZULITE_CHECK(execute(session, kDropExpired, std::array{text(queue.storage_account), text(queue.name), Value{now}}));
  QueueMessage out{Uuid::random().text(),
                   now,
                   message.lives_for ? now + *message.lives_for : never(),
                   now + message.hidden_for,
                   new_receipt(),
                   0,
                   message.text};
  const std::array values = {text(queue.storage_account), text(queue.name),   text(out.id),
                             Value{out.inserted},         Value{out.expires}, Value{out.visible_at},
                             text(out.pop_receipt),       text(out.text)};
  LAZULITE_CHECK(execute(session, kInsertMessage, values));
  return out;
}

Result<std::vector<QueueMessage>> take_messages(Session& session, const QueueRef& queue, std::int64_t count,
                                                std::chrono::seconds hidden_for, Timestamp now) {
  LAZULITE_TRY(auto messages, peek_messages(session, queue, count, now));
  for (auto& each : messages) {
    each.visible_at = now + hidden_for;
    each.pop_receipt = new_receipt();
    ++each.dequeue_count;
    LAZULITE_CHECK(write_message(session, queue, each));
  }
  return messages;
}

Result<std::vector<QueueMessage>> peek_messages(Session& session, const QueueRef& queue, std::int64_t count,
                                                Timestamp now) {
  LAZULITE_CHECK(require_queue(session, queue));
  const std::array values = {text(queue.storage_account), text(queue.name), Value{now}, Value{now}, Value{count}};
  LAZULITE_TRY(const auto rows, select(session, kSelectVisible, values, kMessageColumns));
  std::vector<QueueMessage> out;
  for (const auto& row : rows) out.push_back(to_message(row));
  return out;
}

Result<QueueMessage> update_message(Session& session, const QueueRef& queue, std::string_view id,
                                    std::string_view pop_receipt, std::chrono::seconds hidden_for,
                                    const std::optional<std::string>& text, Timestamp now) {
  LAZULITE_TRY(auto message, held_message(session, queue, id, pop_receipt, now));
  message.visible_at = now + hidden_for;
  message.pop_receipt = new_receipt();
  if (text) message.text = *text;
  LAZULITE_CHECK(write_message(session, queue, message));
  return message;
}

Result<void> delete_message(Session& session, const QueueRef& queue, std::string_view id, std::string_view pop_receipt,
                            Timestamp now) {
  LAZULITE_CHECK(held_message(session, queue, id, pop_receipt, now));
  LAZULITE_CHECK(execute(session, kDeleteMessage, std::array{text(queue.storage_account), text(queue.name), text(id)}));
  return {};
}

Result<void> clear_messages(Session& session, const QueueRef& queue) {
  LAZULITE_CHECK(require_queue(session, queue));
  LAZULITE_CHECK(execute(session, kDeleteAll, std::array{text(queue.storage_account), text(queue.name)}));
  return {};
}

Result<std::int64_t> count_messages(Session& session, const QueueRef& queue, Timestamp now) {
  static constexpr std::array kColumns = {EdmType::kInt64};
  const std::array values = {text(queue.storage_account), text(queue.name), Value{now}};
  LAZULITE_TRY(const auto rows, select(session, kCountMessages, values, kColumns));
  return *rows.at(0).at(0).as<std::int64_t>();
}

Result<TextPairs> queue_service_properties(Session& session, std::string_view storage_account) {
  static constexpr std::array kColumns = {EdmType::kString};
  LAZULITE_TRY(const auto rows, select(session, kSelectService, std::array{text(storage_account)}, kColumns));
  if (rows.empty()) return TextPairs{};
  return read_text_pairs(*rows.front()[0].as<std::string>());
}

Result<void> set_queue_service_properties(Session& session, std::string_view storage_account, const TextPairs& parts) {
  LAZULITE_CHECK(execute(session, kSetService, std::array{text(storage_account), text(write_text_pairs(parts))}));
  return {};
}

Result<void> create_queue_tables(Session& session) {
  const Dialect& dialect = session.dialect();
  const auto create = [&](std::string_view columns) {
    return execute(session,
                   fmt::format(fmt::runtime(columns), dialect.text_type, dialect.integer_type, dialect.table_suffix));
  };
  LAZULITE_CHECK(
      create("CREATE TABLE queues (storage_account {0} NOT NULL, name {0} NOT NULL, metadata {0} NOT NULL, acl {0} "
             "NOT NULL, PRIMARY KEY (storage_account, name)){2}"));
  LAZULITE_CHECK(
      create("CREATE TABLE queue_messages (storage_account {0} NOT NULL, queue {0} NOT NULL, id {0} NOT NULL, sequence "
             "{1} NOT NULL, inserted {1} NOT NULL, expires {1} NOT NULL, visible_at {1} NOT NULL, pop_receipt {0} NOT "
             "NULL, dequeue_count {1} NOT NULL, text {0} NOT NULL, PRIMARY KEY (storage_account, queue, id)){2}"));
  LAZULITE_CHECK(
      create("CREATE TABLE queue_services (storage_account {0} NOT NULL PRIMARY KEY, properties {0} NOT "
             "NULL){2}"));
  for (const auto* sql :
       {"CREATE INDEX ix_queue_messages_visible ON queue_messages (storage_account, queue, visible_at, sequence)",
        "CREATE INDEX ix_queue_messages_expires ON queue_messages (storage_account, queue, expires)",
        "CREATE INDEX ix_queue_messages_sequence ON queue_messages (sequence)"}) {
    LAZULITE_CHECK(execute(session, sql));
  }
  return {};
}

}  // namespace lazulite::rows
