// The outbox: events that notification end points are to hear of, written in the transaction that makes them true
// (accounts-storage.md D.2). server/notify delivers them at least once; it selects by state, never by order.
#pragma once

#include "schema/base/time.hpp"
#include "storage/rows/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
  std::vector<std::pair<std::string, std::string>> properties;  // without AccountName, AccountId and the end point
};
struct StoredOutboxEvent {
  std::string id, account;
  OutboxEvent event;
};

Result<void> create_outbox_table(Session& session);  // for migrations

Result<void> append_outbox(Session& session, std::string_view account, const OutboxEvent& event);
// Events that were not delivered yet, oldest first; at most `limit`.
Result<std::vector<StoredOutboxEvent>> undelivered_outbox(Session& session, std::int64_t limit);

}  // namespace lazulite::rows
