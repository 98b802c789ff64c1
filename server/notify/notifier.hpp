// Notifier: delivers the outbox to queues and webhooks (accounts-storage.md D.3), at least once, each job's events in
// order. One thread of its own, so that no receiver can delay a job or a request; up to 64 webhooks are called at once,
// four of them of one end point, so that a slow receiver does not hold up the others either.
//
// A queue of the account's default storage account gets its message in the transaction that ends the event: exactly
// once. A webhook's event goes once it has answered 2xx; after a crash in between it is called again with the same
// ETag. Owned by App; what it refers to outlives it.
#pragma once

#include "schema/base/time.hpp"
#include "server/keys/key_vault.hpp"
#include "server/notify/webhook_transfers.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/outbox.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace lazulite::notify {

struct NotifierOptions {
  bool base64_in_queues = true;  // clients of the time decode it (D.4)
  WebhookLimits webhooks;
  // Pauses before the second, third, … attempt; an event that fails once more after the last is a dead letter.
  std::vector<std::chrono::seconds> retry_after = {std::chrono::seconds{1}, std::chrono::seconds{5},
                                                   std::chrono::seconds{30}, std::chrono::minutes{2},
                                                   std::chrono::minutes{10}};
  std::chrono::hours keep_dead{24 * 30};
  std::chrono::milliseconds look_every{250};
};

struct NotifierMetrics {
  std::atomic<std::int64_t> delivered{0}, failed_attempts{0}, died{0};  // since the start
  std::atomic<std::int64_t> waiting{0}, dead{0};                        // in the outbox
};

class Notifier {
 public:
  Notifier(rows::Database& database, const keys::KeyVault& keys, const Clock& clock, NotifierOptions options);
  ~Notifier() { stop(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void start();
  // Breaks off webhooks that are being called: their events stay. Idempotent.
  void stop();
  [[nodiscard]] const NotifierMetrics& metrics() const { return metrics_; }

 private:
  struct Delivery;  // a due event and where it goes
  void run();
  enum class Found : std::uint8_t { kNothing, kMore };
  Found look();
  Result<std::vector<Delivery>> due();
  [[nodiscard]] Result<void> to_queues(const std::vector<Delivery>& deliveries);
  void call(Delivery delivery);
  void settle(std::vector<WebhookOutcome> outcomes);
  Result<void> settle_one(rows::Session& session, const WebhookOutcome& outcome, Timestamp now);
  void keep_house();

  rows::Database& database_;
  const keys::KeyVault& keys_;
  const Clock& clock_;
  const NotifierOptions options_;
  NotifierMetrics metrics_;
  WebhookTransfers transfers_;
  std::map<std::string, rows::StoredOutboxEvent> called_;  // webhooks being called, by event
  std::map<std::string, std::int64_t> calls_;              // how many of them, by end point
  std::vector<WebhookOutcome> unsettled_;                  // that the database could not take yet
  std::chrono::steady_clock::time_point next_housekeeping_{};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace lazulite::notify
