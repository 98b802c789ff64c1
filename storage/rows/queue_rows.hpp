// Queues of storage accounts and their messages (accounts-storage.md D.4), as rows beside the outbox, so that an event
// becomes a message in one transaction. They belong to a storage account, whose name is unique over the installation.
//
// A message is visible from `visible_at` on until it expires; taking one hides it for a while and gives out a new
// receipt, which whoever changes or deletes it must show. Order: by the time of becoming visible, then of writing.
// Errors carry the wire's word as detail: QueueNotFound, QueueAlreadyExists, MessageNotFound, PopReceiptMismatch.
#pragma once

#include "schema/base/time.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/text_pairs.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

struct QueueRef {
  std::string storage_account, name;
};
struct Queue {
  std::string name;
  TextPairs metadata;
  std::string acl;  // a SignedIdentifiers document; empty: none
};
struct QueueMessage {
  std::string id;  // a GUID
  Timestamp inserted{}, expires{}, visible_at{};
  std::string pop_receipt;
  std::int64_t dequeue_count = 0;
  std::string text;
};

// True: made; false: it was there with the same metadata. Conflict "QueueAlreadyExists" with other metadata.
Result<bool> create_queue(Session& session, const QueueRef& queue, const TextPairs& metadata);
Result<void> delete_queue(Session& session, const QueueRef& queue);
Result<Queue> get_queue(Session& session, const QueueRef& queue);
Result<void> set_queue_metadata(Session& session, const QueueRef& queue, const TextPairs& metadata);
Result<void> set_queue_acl(Session& session, const QueueRef& queue, std::string_view acl);
// Sorted by name, from `marker` on, at most `limit`.
Result<std::vector<Queue>> list_queues(Session& session, std::string_view storage_account, std::string_view prefix,
                                       std::string_view marker, std::int64_t limit);

struct NewMessage {
  std::string text;
  std::chrono::seconds hidden_for{0};
  std::optional<std::chrono::seconds> lives_for;  // none: for ever
};
Result<QueueMessage> put_message(Session& session, const QueueRef& queue, const NewMessage& message, Timestamp now);
// Up to `count` visible messages; hidden from now on for `hidden_for`.
Result<std::vector<QueueMessage>> take_messages(Session& session, const QueueRef& queue, std::int64_t count,
                                                std::chrono::seconds hidden_for, Timestamp now);
// The same, and changes nothing.
Result<std::vector<QueueMessage>> peek_messages(Session& session, const QueueRef& queue, std::int64_t count,
                                                Timestamp now);
// Hides it for `hidden_for` from now on under a new receipt; a new text if one is given.
Result<QueueMessage> update_message(Session& session, const QueueRef& queue, std::string_view id,
                                    std::string_view pop_receipt, std::chrono::seconds hidden_for,
                                    const std::optional<std::string>& text, Timestamp now);
Result<void> delete_message(Session& session, const QueueRef& queue, std::string_view id, std::string_view pop_receipt,
                            Timestamp now);
Result<void> clear_messages(Session& session, const QueueRef& queue);
// Visible and hidden ones.
Result<std::int64_t> count_messages(Session& session, const QueueRef& queue, Timestamp now);

// The service properties of a storage account: named parts of the document, as they were set.
Result<TextPairs> queue_service_properties(Session& session, std::string_view storage_account);
Result<void> set_queue_service_properties(Session& session, std::string_view storage_account, const TextPairs& parts);

// For migrations.cpp.
Result<void> create_queue_tables(Session& session);

}  // namespace lazulite::rows
