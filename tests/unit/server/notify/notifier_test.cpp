#include "server/notify/notifier.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/notification_end_point.hpp"
#include "server/notify/notification_message.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/queue_rows.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/command.hpp"
#include "tests/support/webhook_receiver.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <map>

namespace lazulite::notify {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::ReceivedHook;
using test::WebhookReceiver;

struct Fixture {
  test::TemporaryFolder folder;
  std::unique_ptr<rows::Database> database =
      rows::Database::open({.path = folder.path() / "rows.db", .readers = 2, .synchronous_full = false}).value();
  NotifierOptions options;
  std::unique_ptr<Notifier> notifier;
  std::string account_id;

  Fixture() {
    options.webhooks.allow_local_targets = true;
    options.webhooks.timeout = 1500ms;
    options.retry_after = {0s, 0s};
    options.look_every = 20ms;
    rows::NewAccount account;
    account.name = "movies";
    account.storage_account_name = "moviesstorage";
    account_id = database->write([&](rows::Session& s) { return rows::create_account(s, account, Timestamp{1s}); })
                     .value()
                     .account_id.text;
  }
  void start() {
    notifier = std::make_unique<Notifier>(*database, test::key_vault(), system_clock(), options);
    notifier->start();
  }
  std::string end_point(NotificationEndPointType type, const std::string& address, std::string_view key = {}) {
    NotificationEndPoint made;
    made.id = new_entity_id(kNotificationEndPoint.id_prefix);
    made.name = "n";
    made.end_point_type = type;
    made.end_point_address = address;
    if (!key.empty()) {
      made.credential_type = NotificationCredentialType::kSigningKey;
      made.encrypted_end_point_credential = test::wrapped_key(as_bytes(key));
    }
    REQUIRE(database->write([&](rows::Session& s) { return rows::insert(s, "movies", made); }));
    return made.id;
  }
  std::string hook(const std::string& address, std::string_view key = {}) {
    return end_point(NotificationEndPointType::kWebHook, address, key);
  }
  void event(const std::string& to, const std::string& job, const std::string& state) {
    const rows::OutboxEvent made{rows::OutboxEventType::kJobStateChange,
                                 to,
                                 Timestamp{1'400'000'000s},
                                 {{"JobId", job}, {"JobName", ""}, {"NewState", state}, {"OldState", "Queued"}}};
    REQUIRE(database->write([&](rows::Session& s) { return rows::append_outbox(s, "movies", made); }));
  }
  rows::OutboxCounts counts() {
    return database->read([](rows::Session& s) { return rows::count_outbox(s); }).value();
  }
  bool all_delivered() {
    return eventually([this] { return counts().waiting == 0; });
  }
};

std::string property(const ReceivedHook& hook, const char* name) {
  return boost::json::parse(hook.body).at("Properties").at(name).as_string().c_str();
}

TEST_CASE("a webhook gets what was signed, and the events of each job in order", "[unit][server]") {
  Fixture f;
  WebhookReceiver receiver;
  const auto hook = f.hook(receiver.url("/a?code=x"), "secret key");
  for (const auto* state : {"Scheduled", "Processing", "Finished"}) {
    for (const auto* job : {"one", "two"}) f.event(hook, job, state);
  }
  f.start();
  REQUIRE(f.all_delivered());
  std::map<std::string, std::vector<std::string>> states;
  REQUIRE(receiver.received().size() == 6);
  for (const auto& each : receiver.received()) {
    states[property(each, "JobId")].push_back(property(each, "NewState"));
    CHECK(each.path == "/a");
    CHECK(each.content_type == "application/json");
    CHECK(each.account_id == f.account_id);
    CHECK(each.signature == webhook_signature(as_bytes("secret key"), each.body));
    CHECK(property(each, "NotificationEndPointId") == hook);
  }
  for (const auto* job : {"one", "two"})
    CHECK(states[job] == std::vector<std::string>{"Scheduled", "Processing", "Finished"});
  CHECK(f.counts().dead == 0);
}

TEST_CASE("a queue is made and gets its messages once, as base64 of the JSON or the JSON itself", "[unit][server]") {
  Fixture f;
  f.options.base64_in_queues = GENERATE(true, false);
  const auto queue = f.end_point(NotificationEndPointType::kAzureQueue, "job-events");
  for (int i = 0; i < 20; ++i) f.event(queue, "one", std::to_string(i));
  f.start();
  REQUIRE(f.all_delivered());
  const auto messages = f.database->read([](rows::Session& s) {
    return rows::peek_messages(s, {"moviesstorage", "job-events"}, 100, system_clock().now());
  });
  REQUIRE(messages);
  REQUIRE(messages->size() == 20);
  int i = 0;
  for (const auto& each : *messages) {
    auto text = each.text;
    if (f.options.base64_in_queues) text = std::string{as_text(base64_decode(text).value())};
    const auto json = boost::json::parse(text);
    CHECK(json.at("EventType").as_string() == "JobStateChange");
    CHECK(json.at("Properties").at("NewState").as_string() == std::to_string(i++).c_str());
  }
}

TEST_CASE("a receiver that fails is called again with the same ETag, and a dead letter lets the next event go",
          "[unit][server]") {
  Fixture f;
  WebhookReceiver receiver{[](const ReceivedHook& hook) {
    return WebhookReceiver::Answer{property(hook, "NewState") == "Bad" ? 500U : 200U, 0ms};
  }};
  const auto hook = f.hook(receiver.url("/"));
  for (const auto* state : {"Bad", "Good"}) f.event(hook, "one", state);
  f.start();
  REQUIRE(f.all_delivered());
  const auto hooks = receiver.received();
  REQUIRE(hooks.size() == 4);  // three attempts, then the next
  CHECK(hooks[0].body == hooks[1].body);
  CHECK(hooks[0].body == hooks[2].body);
  CHECK(property(hooks[3], "NewState") == "Good");
  CHECK(hooks[0].signature.empty());
  const auto dead = f.database->read([](rows::Session& s) { return rows::dead_outbox(s, 10); }).value();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].last_error == "it answered with status 500");
  CHECK(f.notifier->metrics().failed_attempts == 3);
  CHECK(f.notifier->metrics().died == 1);
}

TEST_CASE("redirects are not followed, and an answer that takes too long is none", "[unit][server]") {
  Fixture f;
  f.options.retry_after.clear();
  WebhookReceiver receiver{[](const ReceivedHook& hook) {
    return hook.path == "/slow" ? WebhookReceiver::Answer{200, 10s} : WebhookReceiver::Answer{302, 0ms};
  }};
  f.event(f.hook(receiver.url("/moved")), "one", "Finished");
  f.event(f.hook(receiver.url("/slow")), "two", "Finished");
  f.start();
  REQUIRE(eventually([&] { return f.counts().dead == 2; }));
  CHECK(receiver.received().size() == 2);
}

TEST_CASE("a slow receiver holds up neither others nor queues", "[unit][server]") {
  Fixture f;
  f.options.webhooks.timeout = 20s;
  WebhookReceiver slow{[](const ReceivedHook&) { return WebhookReceiver::Answer{200, 15s}; }};
  WebhookReceiver quick;
  const auto slow_hook = f.hook(slow.url("/"));
  for (int i = 0; i < 200; ++i) f.event(slow_hook, "job" + std::to_string(i), "Finished");
  const auto quick_hook = f.hook(quick.url("/"));
  const auto queue = f.end_point(NotificationEndPointType::kAzureQueue, "job-events");
  f.event(quick_hook, "one", "Finished");
  f.event(queue, "one", "Finished");
  f.start();
  REQUIRE(quick.wait_for(1, 5s));
  REQUIRE(eventually([&] { return f.counts().waiting == 200; }, 5s));
  CHECK(slow.received().size() == 4);
  f.notifier->stop();  // at once, whatever runs
}

TEST_CASE("a stopped notifier leaves its events to the next one", "[unit][server]") {
  Fixture f;
  f.options.webhooks.timeout = 20s;
  std::atomic<bool> hang{true};
  WebhookReceiver receiver{[&hang](const ReceivedHook&) {
    return WebhookReceiver::Answer{200, hang ? 15'000ms : 0ms};
  }};
  f.event(f.hook(receiver.url("/")), "one", "Finished");
  f.start();
  REQUIRE(receiver.wait_for(1));
  f.notifier->stop();
  CHECK(f.counts().waiting == 1);
  hang = false;
  f.start();
  REQUIRE(f.all_delivered());
  const auto hooks = receiver.received();
  REQUIRE(hooks.size() == 2);
  CHECK(hooks[0].body == hooks[1].body);
}

TEST_CASE("what leads to this machine is not called unless allowed", "[unit][server]") {
  Fixture f;
  f.options.webhooks.allow_local_targets = false;
  f.options.retry_after.clear();
  WebhookReceiver receiver;
  auto by_name = receiver.url("/");
  by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
  f.event(f.hook(receiver.url("/")), "one", "Finished");
  f.event(f.hook(by_name), "two", "Finished");
  f.start();
  REQUIRE(eventually([&] { return f.counts().dead == 2; }));
  const auto dead = f.database->read([](rows::Session& s) { return rows::dead_outbox(s, 10); }).value();
  for (const auto& each : dead) CHECK_THAT(each.last_error, Catch::Contains("allow_local_targets"));
  CHECK(receiver.received().empty());
}

TEST_CASE("events for nobody go, and end points that take none make dead letters", "[unit][server]") {
  Fixture f;
  f.event("nb:nepid:UUID:00000000-0000-0000-0000-000000000001", "one", "Finished");
  f.event(f.end_point(NotificationEndPointType::kAzureTable, "https://x.table.example.org/"), "two", "Finished");
  f.start();
  REQUIRE(f.all_delivered());
  CHECK(f.counts().dead == 1);
}

}  // namespace
}  // namespace lazulite::notify
