#include "server/api/odata_endpoint.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "tests/support/run_task.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

#include <thread>

using lazulite::test::Api;
using lazulite::test::Fields;

namespace {

const Fields kVerbose = {{"Accept", "application/json;odata=verbose"}};

std::string key_url(std::string_view set, std::string_view id) {
  return fmt::format("{}('{}')", set, lazulite::percent_encode(id));
}

}  // namespace

TEST_CASE("a malformed id is 400, an unknown one 404, in a key and in a filter", "[unit][server]") {
  Api api;
  CHECK(api.get("Assets('nb:cid:UUID:00000000-0000-0000-0000-000000000001')").status == 404);
  CHECK(api.get("Assets('nb:lid:UUID:00000000-0000-0000-0000-000000000001')").status == 400);
  CHECK(api.get("Assets('1')").status == 400);
  CHECK(api.get("Assets(1)").status == 400);
  CHECK(api.call("DELETE", "Assets('nope')").status == 400);
  CHECK(api.get("Assets?$filter=Id eq ''").status == 400);
  CHECK(api.get("Assets?$filter=Id eq 'nb:cid:UUID:00000000-0000-0000-0000-000000000001'").size("value") == 0);
  CHECK(api.get("CreateFileInfos?assetid='nope'").status == 400);
  CHECK(api.get("CreateFileInfos?assetid='nb:cid:UUID:00000000-0000-0000-0000-000000000001'").status == 404);
}

TEST_CASE("rows of another account are out of reach", "[unit][server]") {
  Api api;
  const auto id = api.create_asset();
  const lazulite::api::Caller other{"others"};
  CHECK(api.raw("GET", "/api/Assets('" + id + "')", "", {}, other).status == 404);
  CHECK(api.raw("GET", "/api/Assets", "", {}, other).size("value") == 0);
  CHECK(api.raw("DELETE", "/api/Assets('" + id + "')", "", {}, other).status == 404);
  CHECK(api.raw("POST", "/api/Files", fmt::format(R"({{"Name":"f","ParentAssetId":"{}"}})", id), {}, other).status ==
        404);
}

TEST_CASE("methods that a target does not take are 405 with Allow", "[unit][server]") {
  Api api;
  const auto id = api.create_policy(1);
  const auto merge = api.call("MERGE", key_url("AccessPolicies", id), R"({"Name":"x"})");
  CHECK(merge.status == 405);
  CHECK(merge.header("Allow") == "GET, HEAD, DELETE");
  CHECK(api.call("DELETE", "Assets").header("Allow") == "GET, HEAD, POST");
  CHECK(api.post("Tasks", "{}").status == 405);
  CHECK(api.post("StorageAccounts", "{}").status == 405);
  CHECK(api.call("BREW", "Assets").status == 405);
  CHECK(api.call("PUT", "$metadata").status == 405);
}

TEST_CASE("a HEAD is a GET without its body", "[unit][server]") {
  Api api;
  lazulite::http::Request request;
  request.method = "HEAD";
  request.path = "/api/Assets";
  request.headers.set("Host", "127.0.0.1:8080");
  const auto head = api.endpoint->respond(request, lazulite::api::Caller{"movies"});
  request.method = "GET";
  const auto get = api.endpoint->respond(request, lazulite::api::Caller{"movies"});
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.content_length == get.body.size());
}

TEST_CASE("handle runs on the pool and gives the same answer", "[unit][server]") {
  Api api;
  lazulite::http::Request request;
  request.method = "GET";
  request.path = "/api/StorageAccounts";
  request.headers.set("Host", "127.0.0.1:8080");
  const auto response = lazulite::test::run_task(api.endpoint->handle(request, lazulite::api::Caller{"movies"}));
  CHECK(response.status == 200);
  CHECK_THAT(response.body.text(), Catch::Contains("\"Name\":\"moviesstorage\"") && !Catch::Contains("primary_key"));
}

TEST_CASE("App hears which account a write has changed, and nothing of reads and failures", "[unit][server]") {
  Api api;
  api.get("Assets");
  CHECK(api.post("Assets", R"({"Options":3})").status == 400);
  CHECK(api.changed_accounts.empty());
  api.create_asset();
  CHECK(api.changed_accounts == std::vector<std::string>{"movies"});
}

TEST_CASE("common headers are on every answer, errors too", "[unit][server]") {
  Api api;
  for (const auto* path : {"Assets", "Nothing"}) {
    const auto answer = api.get(path, {{"x-ms-client-request-id", "mine"}, {"client-request-id", "also mine"}});
    CHECK(answer.header("Cache-Control") == "no-cache");
    CHECK(answer.header("request-id") == "11111111-2222-3333-4444-555555555555");
    CHECK(answer.header("x-ms-request-id") == answer.header("request-id"));
    CHECK(answer.header("x-ms-client-request-id") == "mine");
    CHECK(answer.header("client-request-id") == "also mine");
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("DataServiceVersion") == "3.0;");
  }
}

TEST_CASE("x-ms-version must be of the form 2.n; its absence is a setting", "[unit][server]") {
  Api api;
  CHECK(api.get("Assets", {{"x-ms-version", "2.19"}}).status == 200);
  CHECK(api.get("Assets?api-version=2.2").status == 200);
  for (const auto* bad : {"3.0", "2", "2.", "2.x", "two", "2.1.1"})
    CHECK(api.get("Assets", {{"x-ms-version", bad}}).status == 400);
  Api strict(lazulite::api::ApiOptions{.require_service_version = true});
  CHECK(strict.get("Assets").status == 400);
  CHECK(strict.get("Assets", {{"x-ms-version", "2.0"}}).status == 200);
}

TEST_CASE("the answer's format follows Accept, $format and MaxDataServiceVersion", "[unit][server]") {
  Api api;
  const auto type = [&](const Fields& headers, const char* path = "Assets") {
    return api.get(path, headers).header("Content-Type");
  };
  const std::string light = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8";
  const std::string verbose = "application/json;odata=verbose;charset=utf-8";
  CHECK(type({}) == light);
  CHECK(type({{"Accept", "*/*"}}) == light);
  CHECK(type({{"Accept", "application/json"}}) == light);
  CHECK(type({{"Accept", "application/json; odata=verbose"}}) == verbose);
  CHECK(type({{"Accept", "application/json"}, {"MaxDataServiceVersion", "2.0;NetFx"}}) == verbose);
  CHECK(type({{"Accept", "application/json;odata=fullmetadata"}}) ==
        "application/json;odata=fullmetadata;streaming=true;charset=utf-8");
  CHECK(type({{"Accept", "text/plain, application/json;odata=nometadata;q=0.5"}}) ==
        "application/json;odata=nometadata;streaming=true;charset=utf-8");
  CHECK(type({}, "Assets?$format=verbosejson") == verbose);
  CHECK(type(kVerbose, "Assets?$format=json") == light);
  const std::string feed = "application/atom+xml;type=feed;charset=utf-8";
  CHECK(type({{"Accept", "application/atom+xml"}}) == feed);
  CHECK(type({{"Accept", "application/atom+xml,application/xml"}}) == feed);
  CHECK(type({{"Accept", "text/xml"}}) == feed);
  CHECK(type({{"Accept", "application/json;q=0.5, application/xml"}}) == feed);
  CHECK(type({}, "Assets?$format=atom") == feed);
  CHECK(api.post("Assets", "{}", {{"Accept", "application/atom+xml"}}).header("Content-Type") ==
        "application/atom+xml;type=entry;charset=utf-8");
  CHECK(api.get("Assets", {{"Accept", "text/plain"}}).status == 415);
  CHECK(api.post("Assets", "{}", {{"Accept", "image/png"}}).status == 415);
  CHECK(api.get("Assets/$count").body == "1");
  CHECK(api.post("Assets", "<entry/>").status == 400);
  Api as_azure(lazulite::api::ApiOptions{.atom_by_default = true});
  CHECK(as_azure.get("Assets").header("Content-Type") == feed);
  CHECK(as_azure.get("Assets", {{"Accept", "*/*"}}).header("Content-Type") == feed);
  CHECK(as_azure.get("Assets", {{"Accept", "application/json"}}).header("Content-Type") == light);
}

TEST_CASE("errors come in the client's dialect", "[unit][server]") {
  Api api;
  CHECK(api.get("Nothing").at("odata:error.message.value") == "Resource not found for the segment 'Nothing'.");
  const auto verbose = api.get("Nothing", kVerbose);
  CHECK(verbose.at("error.message.value") == "Resource not found for the segment 'Nothing'.");
  CHECK(verbose.at("error.code").empty());
  CHECK(verbose.at("error.message.lang") == "en-US");
}

TEST_CASE("merges of different properties at once all survive; of one property the last", "[unit][server]") {
  Api api;
  const auto url = fmt::format("Assets('{}')", api.create_asset());
  std::vector<unsigned> failed(2);
  const auto merge = [&](std::size_t writer, std::string_view property) {
    for (int i = 1; i <= 40; ++i) {
      const auto body = fmt::format(R"({{"{}":"{}"}})", property, i);
      if (api.call("MERGE", url, body).status != 204) ++failed[writer];
    }
  };
  std::thread other{[&] { merge(1, "AlternateId"); }};
  merge(0, "Name");
  other.join();
  CHECK(failed == std::vector<unsigned>{0, 0});
  CHECK(api.get(url).at("Name") == "40");
  CHECK(api.get(url).at("AlternateId") == "40");
}

TEST_CASE("hostile requests are refused, never crash", "[unit][server]") {
  Api api;
  CHECK(api.get("Assets('%00')").status == 400);
  CHECK(api.get("Assets('%ff%fe')").status == 400);
  CHECK(api.get("Assets('%4')").status == 400);
  CHECK(api.get("Assets('nb:cid").status == 400);
  CHECK(api.get("Assets?$filter=Name eq '%00'").status == 400);
  CHECK(api.get("Assets?$filter=Name eq '%ff'").status == 400);
  CHECK(api.get("Assets?$top=-1").status == 400);
  CHECK(api.get("Assets?$top=99999999999999999999").status == 400);
  CHECK(api.get("Assets?$skiptoken='x'").status == 400);
  CHECK(api.get("Assets?$nonsense=1").status == 400);
  CHECK(api.get("Assets?nonsense=1&$top=1").status == 200);
  CHECK(api.get("Assets?$filter=" + std::string(40, '(') + "true" + std::string(40, ')')).status == 200);
  CHECK(api.get("Assets?$filter=" + std::string(5000, '(')).status == 400);
  CHECK(api.post("Assets", std::string(100'000, '[')).status == 400);
  CHECK(api.post("Assets", R"({"Name":"\u0000"})").status == 400);
  CHECK(api.post("Assets", "{\"Name\":\"\xff\"}").status == 400);
  CHECK(api.post("Assets", R"({"Options":99999999999999999999})").status == 400);
  CHECK(api.post("Assets", "[object Object]").status == 400);
  CHECK(api.post("Assets", "{\"Name\":\"" + std::string(4001, 'x') + "\"}").status == 400);
  CHECK(api.call("MERGE", "Assets('" + api.create_asset() + "')", "function () { }").status == 400);
}
