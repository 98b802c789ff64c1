#include "storage/rows/outbox.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

std::string create(Api& api, std::string_view address, int type) {
  const auto made = api.post("NotificationEndPoints",
                             fmt::format(R"({{"Name":"n","EndPointAddress":"{}","EndPointType":{}}})", address, type));
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.at("Id");
}

}  // namespace

TEST_CASE("notification end points are queues, tables or webhooks with an address that fits", "[unit][server]") {
  Api api;
  struct Case {
    const char* body;
    unsigned status;
  };
  const Case cases[] = {
      {R"({"Name":"q","EndPointAddress":"job-events","EndPointType":"1"})", 201},
      {R"({"Name":"t","EndPointAddress":"https://x.table.core.windows.net/","EndPointType":2})", 201},
      {R"({"Name":"w","EndPointAddress":"https://hooks.example.org/a?code=x%3D%3D","EndPointType":3})", 201},
      {R"({"Name":"w","EndPointAddress":"http://10.0.0.1:7071/api/f","EndPointType":3,"CredentialType":0})", 201},
      {R"({"Name":"w","EndPointAddress":"https://h.example.org/","EndPointType":3,"CredentialType":1,)"
       R"("EncryptedEndPointCredential":"AAEC","ProtectionKeyId":"AB12","ProtectionKeyType":0})",
       400},
      {R"({"EndPointAddress":"job-events","EndPointType":1})", 400},
      {R"({"Name":"  ","EndPointAddress":"job-events","EndPointType":1})", 400},
      {R"({"Name":"q","EndPointType":1})", 400},
      {R"({"Name":"q","EndPointAddress":"job-events"})", 400},
      {R"({"Name":"q","EndPointAddress":"job-events","EndPointType":0})", 400},
      {R"({"Name":"q","EndPointAddress":"job-events","EndPointType":4})", 400},
      {R"({"Name":"q","EndPointAddress":"ab","EndPointType":1})", 400},
      {R"({"Name":"q","EndPointAddress":"Job","EndPointType":1})", 400},
      {R"({"Name":"q","EndPointAddress":"a--b","EndPointType":1})", 400},
      {R"({"Name":"q","EndPointAddress":"-ab","EndPointType":1})", 400},
      {R"({"Name":"w","EndPointAddress":"job-events","EndPointType":3})", 400},
      {R"({"Name":"w","EndPointAddress":"/relative","EndPointType":3})", 400},
      {R"({"Name":"w","EndPointAddress":"file:///etc/passwd","EndPointType":3})", 400},
      {R"({"Name":"w","EndPointAddress":"https://user:pw@h.example.org/","EndPointType":3})", 400},
      {R"({"Name":"w","EndPointAddress":"https://h.example.org/ a","EndPointType":3})", 400},
      {R"({"Name":"q","EndPointAddress":"job-events","EndPointType":1,"CredentialType":1})", 400},
      {R"({"Name":"w","EndPointAddress":"https://h.example.org/","EndPointType":3,"CredentialType":1})", 400},
      {R"({"Name":"w","EndPointAddress":"https://h.example.org/","EndPointType":3,"CredentialType":2})", 400},
      {R"({"Name":"w","EndPointAddress":"https://h.example.org/","EndPointType":3,"CredentialType":1,)"
       R"("EncryptedEndPointCredential":"!","ProtectionKeyId":"AB12"})",
       400},
  };
  for (const auto& each : cases) {
    const auto answer = api.post("NotificationEndPoints", each.body);
    INFO(each.body << "\n" << answer.body);
    CHECK(answer.status == each.status);
  }
  CHECK(api.get("NotificationEndPoints").size("value") == 4);
}

TEST_CASE("a signing key must be wrapped for our certificate", "[unit][server]") {
  Api api;
  const std::vector<std::uint8_t> key(27, 7);
  const auto post = [&](std::string_view credential, std::string_view certificate) {
    return api
        .post("NotificationEndPoints",
              fmt::format(R"({{"Name":"w","EndPointAddress":"https://h.example.org/","EndPointType":3,)"
                          R"("CredentialType":1,"EncryptedEndPointCredential":"{}","ProtectionKeyId":"{}"}})",
                          credential, certificate))
        .status;
  };
  const auto& id = lazulite::test::key_vault().protection_key_id();
  CHECK(post(lazulite::test::wrapped_key(key), id) == 201);
  CHECK(post(lazulite::test::wrapped_key(key), "AB12") == 400);
  CHECK(post("AAEC", id) == 400);
}

TEST_CASE("the events of a deleted end point are not delivered", "[unit][server]") {
  Api api;
  const auto url = fmt::format("NotificationEndPoints('{}')", create(api, "job-events", 1));
  const auto waiting = [&] {
    return api.database->read([](rows::Session& session) { return rows::count_outbox(session); }).value().waiting;
  };
  CHECK(waiting() == 1);
  CHECK(api.call("DELETE", url).status == 204);
  CHECK(waiting() == 0);
}

TEST_CASE("a queue is told that it is registered; nobody else is", "[unit][server]") {
  Api api;
  const auto queue = create(api, "job-events", 1);
  create(api, "https://x.table.example.org/", 2);
  create(api, "https://hooks.example.org/", 3);
  const auto events =
      api.database->read([&api](rows::Session& session) { return rows::due_outbox(session, api.clock.now(), {}, 10); })
          .value();
  REQUIRE(events.size() == 1);
  CHECK(events[0].account == "movies");
  CHECK(events[0].event.type == rows::OutboxEventType::kNotificationEndPointRegistration);
  CHECK(events[0].event.end_point == queue);
  CHECK(events[0].event.properties.at(0) == std::pair<std::string, std::string>{"State", "Registered"});
}

TEST_CASE("of a notification end point only the name may change", "[unit][server]") {
  Api api;
  const auto url = fmt::format("NotificationEndPoints('{}')", create(api, "job-events", 1));
  CHECK(api.call("MERGE", url, R"({"Name":"other"})").status == 204);
  CHECK(api.get(url).at("Name") == "other");
  CHECK_FALSE(api.get(url).has("LastModified"));
  CHECK(api.call("MERGE", url, R"({"Name":" "})").status == 400);
  CHECK(api.call("MERGE", url, R"({"EndPointAddress":"elsewhere"})").status == 400);
  CHECK(api.call("MERGE", url, R"({"EndPointType":3})").status == 400);
  CHECK(api.call("DELETE", url).status == 204);
}

TEST_CASE("monitoring: one configuration of an account, for a table end point", "[unit][server]") {
  Api api;
  const auto queue = create(api, "job-events", 1);
  const auto table = create(api, "https://x.table.example.org/", 2);
  const auto body = [](std::string_view end_point, std::string_view settings) {
    return fmt::format(R"({{"NotificationEndPointId":"{}","Settings":{}}})", end_point, settings);
  };
  CHECK(api.post("MonitoringConfigurations", body(queue, "[]")).status == 400);
  CHECK(api.post("MonitoringConfigurations", body("nb:nepid:UUID:00000000-0000-0000-0000-000000000001", "[]")).status ==
        400);
  CHECK(api.post("MonitoringConfigurations", body(table, R"([{"Component":"Disk","Level":"Normal"}])")).status == 400);
  CHECK(api.post("MonitoringConfigurations", body(table, R"([{"Component":"Channel","Level":"Loud"}])")).status == 400);
  CHECK(api.post("MonitoringConfigurations",
                 body(table, R"([{"Component":"Channel","Level":"Normal"},{"Component":"Channel","Level":"Normal"}])"))
            .status == 400);
  const auto made =
      api.post("MonitoringConfigurations", body(table, R"([{"Component":"StreamingEndpoint","Level":"Normal"}])"));
  REQUIRE(made.status == 201);
  CHECK(made.at("Settings.0.Level") == "Normal");
  CHECK(made.at("Settings.1.Component") == "Channel");
  CHECK(made.at("Settings.1.Level") == "Disabled");
  CHECK(api.post("MonitoringConfigurations", body(table, "[]")).status == 409);
  const auto url = fmt::format("MonitoringConfigurations('{}')", made.at("Id"));
  CHECK(api.call("MERGE", url, R"({"Settings":[{"Component":"Channel","Level":"Normal"}]})").status == 204);
  CHECK(api.get(url).at("Settings.1.Component") == "StreamingEndpoint");
  CHECK(api.get(url).at("Settings.1.Level") == "Disabled");
  CHECK(api.call("MERGE", url, fmt::format(R"({{"NotificationEndPointId":"{}"}})", queue)).status == 400);
}

TEST_CASE("GetMonitoringSasUris answers an empty collection in every format", "[unit][server]") {
  Api api;
  const auto action =
      fmt::format("NotificationEndPoints('{}')/GetMonitoringSasUris", create(api, "https://x.table.example.org/", 2));
  const auto* dates = R"({"monitoringStartDate":"2024-01-01T00:00:00Z","monitoringEndDate":"2024-01-02"})";
  const auto light = api.post(action, dates);
  REQUIRE(light.status == 200);
  CHECK(light.size("value") == 0);
  CHECK_THAT(light.body, Catch::Contains("#Collection(Microsoft.Cloud.Media.Vod.Rest.Data.Models.MonitoringSasUri)"));
  const auto verbose = api.post(action, dates, {{"Accept", "application/json;odata=verbose"}});
  CHECK(verbose.size("d.GetMonitoringSasUris.results") == 0);
  CHECK(verbose.header("DataServiceVersion") == "3.0;");
  const auto atom = api.post(action, dates, {{"Accept", "application/atom+xml,application/xml"}});
  CHECK_THAT(atom.body, Catch::Contains("<d:GetMonitoringSasUris") &&
                            Catch::Contains("Collection(Microsoft.Cloud.Media.Vod.Rest.Data.Models.MonitoringSasUri)"));
  CHECK(api.post(action, R"({"monitoringStartDate":"2024-01-01"})").status == 400);
  CHECK(api.post(action, R"({"monitoringStartDate":"2024-01-02","monitoringEndDate":"2024-01-01"})").status == 400);
  const auto of_queue = fmt::format("NotificationEndPoints('{}')/GetMonitoringSasUris", create(api, "job-events", 1));
  const auto refused = api.post(of_queue, dates);
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("AzureTable"));
}
