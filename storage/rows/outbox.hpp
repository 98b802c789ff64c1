// The outbox: events that notification end points are to hear of, written in the transaction that makes them true
// (accounts-storage.md D.2). server/notify delivers them at least once.
//
// Events of one job for one end point are a stream and leave in the order in which they were written: only the first of
// a stream is due, the others wait behind it. An event that nobody took in time is a dead letter; it stays where people
// can see it and lets the next one of its stream go.
#pragma once

#include "schema/base/time.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/text_pairs.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

// Numbers of EventType in the webhook form.
enum class OutboxEventType : std::uint8_t {
  kJobStateChange = 1,
  kNotificationEndPointRegistration = 2,
  kTaskStateChange = 4,
  kTaskProgress = 5
};

struct OutboxEvent {
  OutboxEventType type = OutboxEventType::kJobStateChange;
  std::string end_point;  // NotificationEndPoint id
  Timestamp time{};
  TextPairs properties;  // without AccountName, AccountId and the end point; JobId and TaskId name the stream
};
struct StoredOutboxEvent {
  std::string id, account;
  OutboxEvent event;
  std::int64_t attempts = 0;  // that failed
  std::string last_error;     // of the last of them
};

// The stream is the event's end point and JobId. A TaskProgress that still waits behind others is replaced by a newer
// one of its task, so that a receiver that does not answer cannot make the table grow with every percent.
Result<void> append_outbox(Session& session, std::string_view account, const OutboxEvent& event);

// The first event of each stream whose time has come, oldest first, at most `limit`; none of the end points in
// `except`.
Result<std::vector<StoredOutboxEvent>> due_outbox(Session& session, Timestamp now, std::span<const std::string> except,
                                                  std::int64_t limit);
// What became of one of them. A delivered event goes; a failed one is due again at `again`, or is a dead letter from
// now on. An event that is gone by now is no error.
Result<void> outbox_delivered(Session& session, std::string_view id);
Result<void> outbox_failed(Session& session, std::string_view id, std::string_view error, Timestamp again);
Result<void> outbox_died(Session& session, std::string_view id, std::string_view error, Timestamp now);
// When its end point goes, nobody is left to hear of these.
Result<void> forget_outbox_of(Session& session, std::string_view account, std::string_view end_point);

// Dead letters, oldest first.
Result<std::vector<StoredOutboxEvent>> dead_outbox(Session& session, std::int64_t limit);
// Makes one of them (all: empty id) due again, as if it had never been tried; how many there were.
Result<std::int64_t> revive_outbox(Session& session, std::string_view id);
Result<std::int64_t> discard_outbox(Session& session, std::string_view id);
// Dead letters that died before; how many.
Result<std::int64_t> purge_outbox(Session& session, Timestamp before);

struct OutboxCounts {
  std::int64_t waiting = 0, dead = 0;
};
Result<OutboxCounts> count_outbox(Session& session);

// For migrations: the table of the first release, and what streams and dead letters added to it.
Result<void> create_outbox_table(Session& session);
Result<void> add_outbox_streams(Session& session);

}  // namespace lazulite::rows
