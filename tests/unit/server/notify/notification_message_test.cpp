#include "server/notify/notification_message.hpp"

#include "schema/base/base64.hpp"
#include "server/notify/webhook_transfers.hpp"

#include <catch2/catch.hpp>

namespace lazulite::notify {
namespace {

rows::StoredOutboxEvent sample(rows::OutboxEventType type) {
  rows::StoredOutboxEvent stored;
  stored.id = "11111111-2222-3333-4444-555555555555";
  stored.account = "acct";
  stored.event.type = type;
  stored.event.end_point = "nb:nepid:UUID:cb5d707b-4db8-45fe-a558-19f8d3306093";
  stored.event.time = parse_time("2017-02-16T03:59:53.304112Z").value();
  stored.event.properties = {{"JobId", "nb:jid:UUID:badd996c-8d7c-4ae0-9bc1-bd7f1902dbdd"},
                             {"JobName", "a \"name\""},
                             {"NewState", "Finished"},
                             {"OldState", "Processing"}};
  return stored;
}

MediaAccount account() {
  MediaAccount out;
  out.name = "acct";
  out.account_id.text = "301912b0-659e-47e0-9bc4-6973f2be3424";
  return out;
}

TEST_CASE("a webhook's message has its type as a number and says whose it is", "[unit][server]") {
  const auto text = webhook_message(sample(rows::OutboxEventType::kJobStateChange), account());
  const auto etag = text.find("\"ETag\":\"") + 8;
  CHECK(text.substr(etag + 64, 1) == "\"");
  CHECK(text.substr(0, etag) + text.substr(etag + 64) ==
        R"({"MessageVersion":"1.1","ETag":"","EventType":1,"TimeStamp":"2017-02-16T03:59:53.3041120Z","Properties":)"
        R"({"JobId":"nb:jid:UUID:badd996c-8d7c-4ae0-9bc1-bd7f1902dbdd","JobName":"a \"name\"","NewState":"Finished",)"
        R"("OldState":"Processing","AccountName":"acct","AccountId":"301912b0-659e-47e0-9bc4-6973f2be3424",)"
        R"("NotificationEndPointId":"nb:nepid:UUID:cb5d707b-4db8-45fe-a558-19f8d3306093"}})");
  CHECK(text == webhook_message(sample(rows::OutboxEventType::kJobStateChange), account()));
}

TEST_CASE("a queue's message has its type as a name", "[unit][server]") {
  CHECK_THAT(queue_message(sample(rows::OutboxEventType::kJobStateChange), account()),
             Catch::StartsWith(R"({"MessageVersion":"1.0","ETag":")") &&
                 Catch::Contains(R"("EventType":"JobStateChange","TimeStamp":"2017-02-16T03:59:53","Properties":{)") &&
                 Catch::EndsWith(R"("OldState":"Processing","AccountName":"acct"}})"));
  CHECK_THAT(queue_message(sample(rows::OutboxEventType::kTaskStateChange), account()),
             Catch::Contains(R"("EventType":"TaskStateChange")") && Catch::Contains(R"("AccountId":"301912b0)"));
  CHECK_THAT(queue_message(sample(rows::OutboxEventType::kNotificationEndPointRegistration), account()),
             Catch::Contains(R"("EventType":"NotificationEndPointRegistration")"));
}

TEST_CASE("a webhook's signature is the one of the specification", "[unit][server]") {  // accounts-storage.md D.3
  const auto key = base64_decode("j0txf1f8msjytzvpe40nxbpxdcxtqcgxy0nt").value();
  REQUIRE(key.size() == 27);
  constexpr std::string_view kBody =
      R"({"MessageVersion":"1.1","ETag":"00","EventType":1,"TimeStamp":"2017-02-16T03:59:53.3041122Z","Properties":)"
      R"({"JobId":"nb:jid:UUID:badd996c-8d7c-4ae0-9bc1-bd7f1902dbdd","NewState":"Finished","OldState":"Processing",)"
      R"("AccountName":"acct","AccountId":"301912b0-659e-47e0-9bc4-6973f2be3424","NotificationEndPointId":)"
      R"("nb:nepid:UUID:cb5d707b-4db8-45fe-a558-19f8d3306093"}})";
  REQUIRE(kBody.size() == 363);
  CHECK(webhook_signature(key, kBody) == "sha256=30C3C8C6FABB306AC8EAB82AEBF07E2022FE129A7EB896B9CCECA14D09236FEB");
}

TEST_CASE("addresses of this machine and its link are told from others", "[unit][server]") {
  for (const auto* each : {"127.0.0.1", "127.255.0.9", "0.0.0.0", "0.1.2.3", "169.254.169.254", "::1", "::", "fe80::1",
                           "::ffff:127.0.0.1", "::ffff:169.254.1.1", "224.0.0.1", "nonsense"}) {
    INFO(each);
    CHECK(is_local_address(each));
  }
  for (const auto* each : {"10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd00::1", "::ffff:10.0.0.1"}) {
    INFO(each);
    CHECK_FALSE(is_local_address(each));
  }
}

}  // namespace
}  // namespace lazulite::notify
