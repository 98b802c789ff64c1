#include "server/notify/notifier.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/notification_end_point.hpp"
#include "schema/entities/storage_account.hpp"
#include "server/notify/notification_message.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/queue_rows.hpp"
#include "storage/rows/repository.hpp"

#include <algorithm>

namespace lazulite::notify {
namespace {

constexpr std::size_t kMaxCalls = 64;
constexpr std::int64_t kMaxCallsOfEndPoint = 4;
constexpr std::chrono::seconds kMessageLife{7 * 24 * 3600};  // the protocol's default
constexpr std::chrono::seconds kHouseEvery{5};

}  // namespace

struct Notifier::Delivery {
  rows::StoredOutboxEvent event;
  NotificationEndPoint end_point;
  MediaAccount account;
  rows::QueueRef queue;  // of a queue end point
  std::string hopeless;  // why no attempt is of any use
  bool has_end_point = true;
};

Notifier::Notifier(rows::Database& database, const keys::KeyVault& keys, const Clock& clock, NotifierOptions options)
    : database_(database), keys_(keys), clock_(clock), options_(std::move(options)), transfers_(options_.webhooks) {}

void Notifier::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Notifier::stop() {
  stopping_ = true;
  transfers_.wake();
  if (thread_.joinable()) thread_.join();
}

void Notifier::run() {
  while (!stopping_) {
    const auto found = look();
    // After queues took something there may be more of the same streams.
    const auto wait = found == Found::kMore ? 0 * options_.look_every : options_.look_every;
    auto outcomes = transfers_.run(wait);
    settle(std::move(outcomes));
    keep_house();
  }
}

Notifier::Found Notifier::look() {
  if (called_.size() >= kMaxCalls) return Found::kNothing;
  auto found = due();
  if (!found) {
    logger("notify").error("the outbox cannot be read error={}", found.error().message);
    return Found::kNothing;
  }
  std::vector<Delivery> queued;
  for (auto& each : *found) {
    if (each.has_end_point && each.hopeless.empty() &&
        each.end_point.end_point_type == NotificationEndPointType::kWebHook) {
      call(std::move(each));
    } else {
      queued.push_back(std::move(each));
    }
  }
  if (queued.empty()) return Found::kNothing;
  const auto done = to_queues(queued);
  if (!done) logger("notify").error("events stay in the outbox error={}", done.error().message);
  return done ? Found::kMore : Found::kNothing;
}

Result<std::vector<Notifier::Delivery>> Notifier::due() {
  std::vector<std::string> busy;
  for (const auto& [end_point, count] : calls_) {
    if (count >= kMaxCallsOfEndPoint) busy.push_back(end_point);
  }
  const auto now = clock_.now();
  return database_.read([&](rows::Session& session) -> Result<std::vector<Delivery>> {
    LAZULITE_TRY(auto events, rows::due_outbox(session, now, busy, 2 * kMaxCalls));
    std::vector<Delivery> out;
    auto begun = calls_;
    for (auto& event : events) {
      if (called_.contains(event.id) || called_.size() + out.size() >= kMaxCalls) continue;
      LAZULITE_TRY(auto account, rows::find_account(session, event.account));
      LAZULITE_TRY(auto end_point, rows::find<NotificationEndPoint>(session, event.account, event.event.end_point));
      Delivery delivery;
      delivery.has_end_point = account && end_point;
      if (delivery.has_end_point) {
        delivery.account = std::move(*account);
        delivery.end_point = std::move(*end_point);
      }
      if (delivery.end_point.end_point_type == NotificationEndPointType::kAzureQueue) {
        LAZULITE_TRY(auto storage, rows::choose_storage_account(session, event.account, std::nullopt));
        delivery.queue = {std::move(storage), delivery.end_point.end_point_address};
      } else if (delivery.end_point.end_point_type != NotificationEndPointType::kWebHook) {
        delivery.hopeless = "the end point takes no notifications";
      } else if (++begun[event.event.end_point] > kMaxCallsOfEndPoint) {
        continue;
      }
      delivery.event = std::move(event);
      out.push_back(std::move(delivery));
    }
    return out;
  });
}

// One transaction for the message and the end of its event. What has no end point any more goes, too.
Result<void> Notifier::to_queues(const std::vector<Delivery>& deliveries) {
  const auto now = clock_.now();
  LAZULITE_CHECK(database_.write([&](rows::Session& session) -> Result<void> {
    for (const auto& each : deliveries) {
      if (each.has_end_point && !each.hopeless.empty()) {
        LAZULITE_CHECK(rows::outbox_died(session, each.event.id, each.hopeless, now));
        continue;
      }
      if (each.has_end_point) {
        auto text = queue_message(each.event, each.account);
        if (options_.base64_in_queues) text = base64_encode(as_bytes(text));
        const auto made = rows::create_queue(session, each.queue, {});  // whoever listens may come later
        if (!made && made.error().code != ErrorCode::kConflict) return made.error();
        LAZULITE_CHECK(rows::put_message(session, each.queue, {std::move(text), {}, kMessageLife}, now));
      }
      LAZULITE_CHECK(rows::outbox_delivered(session, each.event.id));
    }
    return {};
  }));
  for (const auto& each : deliveries) {
    if (!each.has_end_point) continue;
    if (each.hopeless.empty()) {
      ++metrics_.delivered;
    } else {
      ++metrics_.died;
      logger("notify").warn("a notification is a dead letter event={} end_point={} reason=\"{}\"", each.event.id,
                            each.event.event.end_point, each.hopeless);
    }
  }
  return {};
}

void Notifier::call(Delivery delivery) {
  WebhookRequest request;
  request.id = delivery.event.id;
  request.url = delivery.end_point.end_point_address;
  request.body = webhook_message(delivery.event, delivery.account);
  request.headers = {{"Content-Type", "application/json"},
                     {"ms-mediaservices-accountid", delivery.account.account_id.text}};
  ++calls_[delivery.event.event.end_point];
  called_.emplace(request.id, std::move(delivery.event));
  if (delivery.end_point.credential_type == NotificationCredentialType::kSigningKey) {
    const auto key = keys_.unwrap(delivery.end_point.encrypted_end_point_credential.value_or(""));
    if (!key) {
      unsettled_.push_back({request.id, 0, "its signing key cannot be read: " + key.error().message});
      return;
    }
    request.headers.emplace_back("ms-signature", webhook_signature(*key, request.body));
  }
  transfers_.start(std::move(request));
}

void Notifier::settle(std::vector<WebhookOutcome> outcomes) {
  for (auto& each : outcomes) unsettled_.push_back(std::move(each));
  if (unsettled_.empty()) return;
  const auto now = clock_.now();
  const auto done = database_.write([&](rows::Session& session) -> Result<void> {
    for (const auto& each : unsettled_) LAZULITE_CHECK(settle_one(session, each, now));
    return {};
  });
  if (!done) {
    logger("notify").error("what became of webhooks cannot be stored yet error={}", done.error().message);
    return;
  }
  for (const auto& each : unsettled_) {
    const auto at = called_.find(each.id);
    if (each.delivered()) {
      ++metrics_.delivered;
    } else {
      ++metrics_.failed_attempts;
      const bool dead = at->second.attempts >= static_cast<std::int64_t>(options_.retry_after.size());
      if (dead) ++metrics_.died;
      logger("notify").log(dead ? spdlog::level::warn : spdlog::level::info,
                           "{} event={} end_point={} attempt={} reason=\"{}\"",
                           dead ? "a notification is a dead letter" : "a webhook did not take a notification", each.id,
                           at->second.event.end_point, at->second.attempts + 1, each.problem());
    }
    if (--calls_[at->second.event.end_point] == 0) calls_.erase(at->second.event.end_point);
    called_.erase(at);
  }
  unsettled_.clear();
}

Result<void> Notifier::settle_one(rows::Session& session, const WebhookOutcome& outcome, Timestamp now) {
  if (outcome.delivered()) return rows::outbox_delivered(session, outcome.id);
  const auto attempts = static_cast<std::size_t>(called_.at(outcome.id).attempts);
  if (attempts >= options_.retry_after.size()) return rows::outbox_died(session, outcome.id, outcome.problem(), now);
  return rows::outbox_failed(session, outcome.id, outcome.problem(), now + options_.retry_after[attempts]);
}

// Counts for /metrics, and dead letters that nobody came for.
void Notifier::keep_house() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_housekeeping_) return;
  next_housekeeping_ = now + kHouseEvery;
  const auto counts = database_.read([](rows::Session& session) { return rows::count_outbox(session); });
  if (!counts) return;
  metrics_.waiting = counts->waiting;
  metrics_.dead = counts->dead;
  if (counts->dead == 0) return;
  const auto purged = database_.write(
      [&](rows::Session& session) { return rows::purge_outbox(session, clock_.now() - options_.keep_dead); });
  if (purged && *purged > 0) logger("notify").warn("old dead letters were dropped count={}", *purged);
}

}  // namespace lazulite::notify
