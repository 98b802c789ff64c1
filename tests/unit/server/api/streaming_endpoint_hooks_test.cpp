#include "schema/base/text.hpp"
#include "server/api/long_operations.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

std::string create(Api& api, std::string_view body) {
  const auto made = api.post("StreamingEndpoints", body);
  INFO(made.body);
  REQUIRE(made.status == 202);
  return fmt::format("StreamingEndpoints('{}')", made.at("Id"));
}

std::string state_of(Api& api, const std::string& url) { return api.get(url).at("State"); }

// The state of the operation that an answer names.
std::string operation_state(Api& api, const Answer& answer) {
  REQUIRE(answer.status == 202);
  const auto operation = api.get(fmt::format("Operations('{}')", answer.header("operation-id")));
  REQUIRE(operation.status == 200);
  return operation.at("State");
}

void finish(Api& api) {
  REQUIRE(api::finish_operations(*api.database, api.clock,
                                 [&](std::string_view account) { api.changed_accounts.emplace_back(account); }));
}

}  // namespace

TEST_CASE("a streaming endpoint is created stopped, with a host name of its own", "[unit][server]") {
  Api api;
  const auto made = api.post("StreamingEndpoints", R"({"Name":"Premium-1","ScaleUnits":"2","State":"Running"})");
  REQUIRE(made.status == 202);
  CHECK(operation_state(api, made) == "Succeeded");
  CHECK(made.header("Location") ==
        fmt::format("http://127.0.0.1:8080/api/StreamingEndpoints('{}')", percent_encode(made.at("Id"))));
  CHECK(made.at("State") == "Stopped");
  CHECK(made.at("ScaleUnits") == "2");
  CHECK(made.at("StreamingEndpointVersion") == "2.0");
  CHECK(made.at("FreeTrialEndTime") == "0001-01-01T00:00:00Z");
  CHECK(made.at("HostName") == "Premium-1-movies.streaming.media.azure.net:8081");
  const auto as_domain =
      api.get("StreamingEndpoints?$filter=Name eq 'Premium-1'", {{"Host", "movies.restv2.lan.example.org:8443"}});
  CHECK(as_domain.at("value.0.HostName") == "Premium-1-movies.streaming.example.org:8443");
  CHECK(api.get("StreamingEndpoints").size("value") == 2);
}

TEST_CASE("a streaming endpoint with wrong values is refused, and says why", "[unit][server]") {
  Api api;
  const auto url = create(api, R"({"Name":"first","CustomHostNames":["cdn.example.org"]})");
  struct Case {
    const char* body;
    unsigned status;
    const char* text;
  };
  const Case cases[] = {
      {R"({"Description":"d"})", 400, "'Name' is required"},
      {R"({"Name":"-a"})", 400, "no hyphen at either end"},
      {R"({"Name":"a.b"})", 400, "no hyphen at either end"},
      {R"({"Name":"a23456789012345678901234567890123"})", 400, "Name"},
      {R"({"Name":"FIRST"})", 409, "exists already"},
      {R"({"Name":"default"})", 409, "exists already"},
      {R"({"Name":"a","ScaleUnits":-1})", 400, "ScaleUnits"},
      {R"({"Name":"a","ScaleUnits":11})", 403, "can have 10 scale units"},
      {R"({"Name":"a","CdnProvider":"Nobody"})", 400, "CdnProvider"},
      {R"({"Name":"a","StreamingEndpointVersion":"3.0"})", 400, "StreamingEndpointVersion"},
      {R"({"Name":"a","CustomHostNames":["a b"]})", 400, "CustomHostNames"},
      {R"({"Name":"a","CustomHostNames":["CDN.example.org"]})", 409, "belongs to the StreamingEndpoint 'first'"},
      {R"({"Name":"a","CacheControl":{"MaxAge":"-1"}})", 400, "MaxAge"},
      {R"({"Name":"a","AccessControl":{"IP":{"Allow":[{"Name":"n","Address":"300.0.0.1"}]}}})", 400, "Address"},
      {R"({"Name":"a","AccessControl":{"IP":{"Allow":[{"Name":"n","Address":"10.0.0.0","SubnetPrefixLength":33}]}}})",
       400, "SubnetPrefixLength"},
      {R"({"Name":"a","AccessControl":{"Akamai":{"AkamaiSignatureHeaderAuthenticationKeyList":[)"
       R"({"Identifier":"i","Expiration":"2030-01-01","Base64Key":"!"}]}}})",
       400, "Base64Key"},
  };
  for (const auto& each : cases) {
    const auto answer = api.post("StreamingEndpoints", each.body);
    INFO(each.body << "\n" << answer.body);
    CHECK(answer.status == each.status);
    CHECK_THAT(error_of(answer), Catch::Contains(each.text));
  }
  CHECK(api.get("StreamingEndpoints").size("value") == 2);
  CHECK(api.call("MERGE", url, R"({"CustomHostNames":["CDN.example.org"]})").status == 204);  // its own name
}

TEST_CASE("Start and Stop are operations in progress until they are finished", "[unit][server]") {
  Api api;
  const auto url = create(api, R"({"Name":"one"})");
  const auto started = api.post(url + "/Start", "");
  CHECK(api.operations_begun == 1);
  CHECK(started.body.empty());
  CHECK(started.header("Location") ==
        fmt::format("http://127.0.0.1:8080/api/Operations('{}')", percent_encode(started.header("operation-id"))));
  CHECK(operation_state(api, started) == "InProgress");
  CHECK(state_of(api, url) == "Starting");
  const auto again = api.post(url + "/Start", "");
  CHECK(operation_state(api, again) == "InProgress");
  CHECK(api.post(url + "/Stop", "").status == 409);
  CHECK(api.call("MERGE", url, R"({"Description":"d"})").status == 409);
  CHECK(api.call("DELETE", url).status == 400);

  api.changed_accounts.clear();
  finish(api);
  CHECK(operation_state(api, started) == "Succeeded");
  CHECK(operation_state(api, again) == "Succeeded");
  CHECK(state_of(api, url) == "Running");
  CHECK(api.changed_accounts == std::vector<std::string>{"movies"});
  CHECK(operation_state(api, api.post(url + "/Start", "")) == "Succeeded");  // it runs already

  const auto refused = api.call("DELETE", url);
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("must be Stopped"));
  const auto stopped = api.post(url + "/Stop", "{}");
  CHECK(state_of(api, url) == "Stopping");
  finish(api);
  CHECK(state_of(api, url) == "Stopped");
  const auto deleted = api.call("DELETE", url);
  CHECK(operation_state(api, deleted) == "Succeeded");
  CHECK(api.get(url).status == 404);
  CHECK(api.post(url + "/Start", "").status == 404);
  CHECK(operation_state(api, stopped) == "Succeeded");
}

TEST_CASE("how many endpoints run at a time is a setting", "[unit][server]") {
  api::ApiOptions options;
  options.running_endpoints = 2;
  Api api{options};  // its default endpoint runs
  const auto one = create(api, R"({"Name":"one"})");
  const auto two = create(api, R"({"Name":"two"})");
  CHECK(api.post(one + "/Start", "").status == 202);
  const auto refused = api.post(two + "/Start", "");
  CHECK(refused.status == 403);
  CHECK_THAT(error_of(refused), Catch::Contains("2 StreamingEndpoints running"));
  CHECK(api.post(one + "/Start", "").status == 202);  // on its way already
  finish(api);
  REQUIRE(api.post(one + "/Stop", "").status == 202);
  finish(api);
  CHECK(api.post(two + "/Start", "").status == 202);
}

TEST_CASE("an operation that ended is kept for a week", "[unit][server]") {
  Api api;
  const auto url = create(api, R"({"Name":"one"})");
  const auto start = api.post(url + "/Start", "").header("operation-id");
  REQUIRE(api::finish_operations(*api.database, api.clock, {}));
  api.clock.advance(std::chrono::days{6});
  REQUIRE(api.post(url + "/Stop", "").status == 202);
  CHECK(api.get(fmt::format("Operations('{}')", start)).at("State") == "Succeeded");
  REQUIRE(api::finish_operations(*api.database, api.clock, {}));
  api.clock.advance(std::chrono::days{2});
  REQUIRE(api.post(url + "/Start", "").status == 202);
  CHECK(api.get(fmt::format("Operations('{}')", start)).status == 404);
}

TEST_CASE("an operation whose endpoint is gone has failed", "[unit][server]") {
  Api api;
  const auto url = create(api, R"({"Name":"one"})");
  const auto started = api.post(url + "/Start", "");
  REQUIRE(api.database->write([&](rows::Session& session) {
    return rows::remove(session, "movies", *model::find_entity_set("StreamingEndpoints"),
                        url.substr(url.find('\'') + 1, url.rfind('\'') - url.find('\'') - 1));
  }));
  finish(api);
  const auto operation = api.get(fmt::format("Operations('{}')", started.header("operation-id")));
  CHECK(operation.at("State") == "Failed");
  CHECK(operation.at("ErrorCode") == "NotFound");
}

TEST_CASE("Scale waits while the endpoint runs, and is done at once while it is stopped", "[unit][server]") {
  Api api;
  const auto url = create(api, R"({"Name":"one"})");
  CHECK(operation_state(api, api.post(url + "/Scale", R"({"scaleUnits":"3"})")) == "Succeeded");
  CHECK(api.get(url).at("ScaleUnits") == "3");
  CHECK(api.post(url + "/Scale", R"({"scaleUnits":-1})").status == 400);
  CHECK(api.post(url + "/Scale", R"({"scaleUnits":11})").status == 403);
  CHECK(api.post(url + "/Scale", "{}").status == 400);
  CHECK(api.call("MERGE", url, R"({"ScaleUnits":4})").status == 400);
  api.post(url + "/Start", "");
  finish(api);
  const auto scaled = api.post(url + "/Scale", R"({"scaleUnits":2})");
  CHECK(operation_state(api, scaled) == "InProgress");
  CHECK(state_of(api, url) == "Scaling");
  CHECK(api.post(url + "/Stop", "").status == 409);
  finish(api);
  CHECK(state_of(api, url) == "Running");
  CHECK(api.get(url).at("ScaleUnits") == "2");
}

TEST_CASE("an update of a running endpoint is an operation, unless it changes nothing", "[unit][server]") {
  Api api;
  const auto list = api.get("StreamingEndpoints?$filter=Name eq 'default'");
  const auto url = fmt::format("StreamingEndpoints('{}')", list.at("value.0.Id"));
  CHECK(operation_state(api, api.call("MERGE", url, R"({"Description":"d"})")) == "Succeeded");
  CHECK(api.call("MERGE", url, R"({"Description":"d"})").status == 204);
  const auto cdn = api.call("MERGE", url, R"({"CdnEnabled":true})");
  CHECK(cdn.status == 400);
  CHECK_THAT(error_of(cdn), Catch::Contains("while it is Stopped"));
  api.post(url + "/Stop", "");
  finish(api);
  CHECK(api.call("MERGE", url, R"({"CdnEnabled":true,"CdnProvider":"StandardAkamai"})").status == 204);
  CHECK(api.get(url).at("CdnProfile") == "AzureMediaStreamingPlatformCdnProfile");
  const auto refused = api.call("DELETE", url);
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("default"));
}

TEST_CASE("a setting refuses the CDN with the text that clients know", "[unit][server]") {
  api::ApiOptions options;
  options.cdn_available = false;
  Api api{options};
  const auto refused = api.post("StreamingEndpoints", R"({"Name":"one","CdnEnabled":true})");
  CHECK(refused.status == 412);
  CHECK_THAT(error_of(refused), Catch::Contains("CDN capability is not available in the current region."));
  const auto url = create(api, R"({"Name":"one","CdnEnabled":false})");
  CHECK(api.call("MERGE", url, R"({"CdnEnabled":true})").status == 412);
}

TEST_CASE("Channels and Programs are empty sets, and their creation is refused for what it is", "[unit][server]") {
  Api api;
  for (const char* set : {"Channels", "Programs"}) {
    CHECK(api.get(set).size("value") == 0);
    CHECK(api.get(fmt::format("{}/$count", set)).body == "0");
  }
  CHECK(api.get("Programs?$filter=ChannelId eq 'nb:chid:UUID:00000000-0000-0000-0000-000000000001'").size("value") ==
        0);
  CHECK(api.get("Channels('nb:chid:UUID:00000000-0000-0000-0000-000000000001')").status == 404);
  const auto refused =
      api.post("Channels", R"({"Name":"live","Input":{"StreamingProtocol":"RTMP","Endpoints":[]},"VanityUrl":false})");
  CHECK(refused.status == 501);
  CHECK_THAT(error_of(refused), Catch::Contains("Live streaming is not offered"));
  CHECK(api.post("Programs", R"({"Name":"p","ArchiveWindowLength":"PT1H"})").status == 501);
}
