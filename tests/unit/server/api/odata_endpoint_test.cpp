#include "server/api/odata_endpoint.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/model/model.hpp"
#include "tests/support/run_task.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using lazulite::test::Api;
using lazulite::test::Fields;
namespace model = lazulite::model;

namespace {

const Fields kVerbose = {{"Accept", "application/json;odata=verbose"}};

// The least that a set wants on create; "" for sets that are not created by a plain POST.
std::string body_for(Api& api, const model::EntityType& type) {
  if (type.set_name == "Assets") return R"({"Name":"contract"})";
  if (type.set_name == "AccessPolicies") return R"({"Name":"contract","DurationInMinutes":5,"Permissions":1})";
  if (type.set_name == "Files")
    return fmt::format(R"({{"Name":"contract","ParentAssetId":"{}"}})", api.create_asset("for a file"));
  if (type.set_name == "Locators") {
    return fmt::format(R"({{"Name":"contract","Type":2,"AssetId":"{}","AccessPolicyId":"{}"}})",
                       api.create_asset("for a locator"), api.create_policy(1));
  }
  return {};
}

std::string key_url(std::string_view set, std::string_view id) {
  return fmt::format("{}('{}')", set, lazulite::percent_encode(id));
}

}  // namespace

namespace {

// One format of the contract: what it sends and accepts, and how it shows a key.
struct Dialect {
  const char* accept;
  const char* content_type;
  std::string (*body)(const std::string& json, const model::EntityType& type);
  const char* key_before;  // text before the key in an answer
};

std::string as_json(const std::string& json, const model::EntityType&) { return json; }

// The members of a flat JSON object as the properties of an Atom entry.
std::string as_atom(const std::string& json, const model::EntityType&) {
  const auto object = lazulite::odata::read_json(json).value();
  std::string properties;
  for (const auto& member : *object.as<lazulite::odata::JsonObject>()) {
    const auto* text = member.value.as<std::string>();
    const auto* number = member.value.as<lazulite::odata::JsonNumber>();
    properties += fmt::format("<d:{0}>{1}</d:{0}>", member.name, text != nullptr ? *text : number->text);
  }
  return fmt::format(
      R"(<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
      R"(xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><content type="application/xml">)"
      R"(<m:properties>{}</m:properties></content></entry>)",
      properties);
}

constexpr Dialect kDialects[] = {
    {"application/json", "application/json", as_json, "\"{}\":\""},
    {"application/json;odata=verbose", "application/json;odata=verbose", as_json, "\"{}\":\""},
    {"application/atom+xml,application/xml", "application/atom+xml", as_atom, "<d:{}>"},
};

// What an answer has as the entity's key.
std::string key_in(const std::string& body, const Dialect& dialect, const model::EntityType& type) {
  const auto before = fmt::format(fmt::runtime(dialect.key_before), type.key().name);
  const auto at = body.find(before);
  REQUIRE(at != std::string::npos);
  const auto begin = at + before.size();
  return body.substr(begin, body.find_first_of("\"<", begin) - begin);
}

void follow_contract(const Dialect& dialect, const model::EntityType& type) {
  Api api;
  const auto json = body_for(api, type);
  if (json.empty()) return;
  const Fields headers = {{"Accept", dialect.accept}, {"Content-Type", dialect.content_type}};
  INFO(type.set_name << " as " << dialect.accept);
  const auto created = api.post(type.set_name, dialect.body(json, type), headers);
  INFO(created.body);
  REQUIRE(created.status == 201);
  const auto key = key_in(created.body, dialect, type);
  const auto url = key_url(type.set_name, key);
  CHECK(created.header("Location") == "http://127.0.0.1:8080/api/" + url);
  for (const auto& property : type.properties) {
    const bool shown = created.body.find(fmt::format("\"{}\":", property.name)) != std::string::npos ||
                       created.body.find(fmt::format("<d:{}", property.name)) != std::string::npos;
    CHECK(shown == !property.has(model::kInternal));
  }

  const auto read = api.get(url, headers);
  CHECK(read.status == 200);
  CHECK(read.body == created.body);
  CHECK(api.get(url, kVerbose).at("d.__metadata.uri") == "http://127.0.0.1:8080/api/" + url);
  const auto by_filter = api.get(
      fmt::format("{}()?$filter={} eq '{}'&$top=2", type.set_name, type.key().name, lazulite::percent_encode(key)),
      headers);
  CHECK(key_in(by_filter.body, dialect, type) == key);
  CHECK(api.get(fmt::format("{}/$count", type.set_name), headers).body == "1");
  CHECK(api.get(fmt::format("{}/Name/$value", url), headers).body == "contract");

  const auto merged = api.call("MERGE", url, created.body, headers);  // clients send back all they got
  CHECK(merged.status == ((type.verbs & model::kUpdate) != 0 ? 204 : 405));

  CHECK(api.call("DELETE", url, "", headers).status == 204);
  CHECK(api.call("DELETE", url, "", headers).status == 404);
  CHECK(api.get(url, headers).status == 404);
  CHECK(api.get(type.set_name).size("value") == 0);
}

}  // namespace

TEST_CASE("every set that may be created follows the create, read, list, update, delete contract in every format",
          "[unit][server]") {
  for (const auto* type : model::entity_types()) {
    if ((type->verbs & model::kHidden) != 0 || (type->verbs & model::kCreate) == 0) continue;
    for (const auto& dialect : kDialects) follow_contract(dialect, *type);
  }
}

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
