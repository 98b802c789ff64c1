#include "schema/entities/asset.hpp"
#include "server/auth/aad_token.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"
#include "tests/unit/server/manage/management_fixture.hpp"

#include <fmt/format.h>

namespace lazulite::manage {
namespace {

// A list of storage accounts, the first of them primary.
std::string body(const std::vector<std::string>& storage, const std::string& more = {}) {
  boost::json::array list;
  for (const auto& each : storage) {
    list.push_back(boost::json::object{
        {"id", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/" + each},
        {"isPrimary", list.empty()}});
  }
  return fmt::format(R"({{"location":"West Europe","properties":{{"storageAccounts":{}}}{}}})",
                     boost::json::serialize(list), more);
}

}  // namespace

TEST_CASE("ARM: an account is created, read, changed and deleted", "[unit][server]") {
  ManagementFixture f;
  const auto made = f.send("PUT", f.arm("/second", "films"), body({"secondstorage", "more1"}, R"(,"tags":{"a":"b"})"));
  INFO(made.body.text());
  REQUIRE(made.status == 201);
  const auto view = f.json_of(made);
  CHECK(text_at(view, "id") == "/subscriptions/" + f.first.subscription_id.text +
                                   "/resourceGroups/films/providers/Microsoft.Media/mediaservices/second");
  CHECK(text_at(view, "type") == "Microsoft.Media/mediaservices");
  CHECK(text_at(view, "location") == "West Europe");
  CHECK(text_at(view.at("tags"), "a") == "b");
  CHECK(text_at(view.at("properties").at("apiEndpoints").at(0), "endpoint") ==
        "https://second.restv2.local.example.org/api/");
  CHECK(view.at("properties").at("storageAccounts").as_array().size() == 2);
  CHECK(f.json_of(f.send("GET", f.arm("/SECOND", "Films"))) == view);

  CHECK(f.json_of(f.send("GET", f.arm("", "films"))).at("value").as_array().size() == 1);
  const auto everywhere = "/Subscriptions/" + f.first.subscription_id.text +
                          "/providers/Microsoft.Media/mediaServices/?api-version=2015-10-01";
  CHECK(f.json_of(f.send("GET", everywhere)).at("value").as_array().size() == 2);
  CHECK(f.send("GET", f.arm("/second", "lazulite")).status == 404);
  CHECK(f.send("GET", f.arm("/first", "lazulite")).status == 200);

  const auto patched = f.send("PATCH", f.arm("/second", "films"), R"({"tags":{"c":"d"}})");
  CHECK(patched.status == 200);
  CHECK(f.json_of(patched).at("tags") == boost::json::parse(R"({"c":"d"})"));
  const auto attached = f.send("PATCH", f.arm("/second", "films"), body({"secondstorage", "more1", "more2"}));
  CHECK(f.json_of(attached).at("properties").at("storageAccounts").as_array().size() == 3);
  CHECK(text_at(f.json_of(attached).at("tags"), "c") == "d");
  CHECK(f.send("PATCH", f.arm("/second", "films"), body({"secondstorage"})).status == 400);
  CHECK(f.send("PUT", f.arm("/second", "films"), body({"more1", "secondstorage", "more2"})).status == 400);
  const auto replaced = f.send("PUT", f.arm("/second", "films"), body({"secondstorage", "more1", "more2"}));
  CHECK(replaced.status == 200);
  CHECK(f.json_of(replaced).at("tags") == boost::json::object{});

  CHECK(f.send("DELETE", f.arm("/second", "films")).status == 200);
  CHECK(f.send("DELETE", f.arm("/second", "films")).status == 204);
  CHECK(f.send("GET", f.arm("/second", "films")).status == 404);
}

TEST_CASE("ARM: keys are listed, renewed and synchronised", "[unit][server]") {
  ManagementFixture f;
  const auto keys = [&] { return f.json_of(f.send("POST", f.arm("/first/listKeys"))); };
  const auto before = keys();
  CHECK(text_at(before, "primaryKey") == f.first.primary_key);
  CHECK(text_at(before, "scope") == "urn:windowsazuremediaservices");
  CHECK(text_at(before, "primaryAuthEndpoint").ends_with(".accesscontrol.windows.net/"));
  const auto renewed = f.json_of(f.send("POST", f.arm("/first/regenerateKey"), R"({"keyType":"Secondary"})"));
  CHECK(text_at(renewed, "key") == text_at(keys(), "secondaryKey"));
  CHECK(text_at(renewed, "key") != f.first.secondary_key);
  CHECK(text_at(keys(), "primaryKey") == f.first.primary_key);
  CHECK(f.send("POST", f.arm("/first/regenerateKey"), R"({"keyType":"Third"})").status == 400);
  const auto sync = [&](const std::string& name) {
    return f.send("POST", f.arm("/first/syncStorageKeys"),
                  R"({"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.ClassicStorage/storageAccounts/)" +
                      name + "\"}");
  };
  CHECK(sync("firststorage").status == 200);
  CHECK(sync("other").status == 404);
}

TEST_CASE("ARM: names are checked, operations listed", "[unit][server]") {
  ManagementFixture f;
  const auto check = [&](const std::string& name, const std::string& type = "mediaservices") {
    return f.send("POST",
                  "/subscriptions/" + f.first.subscription_id.text +
                      "/providers/Microsoft.Media/CheckNameAvailability?api-version=2015-10-01",
                  R"({"name":")" + name + R"(","type":")" + type + "\"}");
  };
  CHECK(f.json_of(check("free")) == boost::json::parse(R"({"nameAvailable":true,"reason":"None","message":""})"));
  CHECK(text_at(f.json_of(check("first", "Microsoft.Media/mediaservices")), "reason") == "AlreadyExists");
  CHECK(text_at(f.json_of(check("No")), "reason") == "Invalid");
  CHECK(check("free", "storage").status == 400);
  const auto operations = f.json_of(f.send("GET", "/providers/Microsoft.Media/operations?api-version=2015-10-01"));
  CHECK(operations.at("value").as_array().size() == 6);
}

TEST_CASE("ARM: bad requests say what is wrong", "[unit][server]") {
  ManagementFixture f;
  const auto code = [&](const http::Response& response) { return text_at(f.json_of(response).at("error"), "code"); };
  const auto path = f.arm("/second");
  CHECK(code(f.send("GET", f.arm("/first").substr(0, f.arm("/first").find('?')))) == "MissingApiVersionParameter");
  CHECK(code(f.send("GET", f.arm("/first") + "x")) == "InvalidApiVersionParameter");
  CHECK(code(f.send("GET", "/subscriptions/x/providers/Microsoft.Media/mediaservices?api-version=2015-10-01")) ==
        "SubscriptionNotFound");
  CHECK(code(f.send("PUT", path, "[]")) == "InvalidRequestContent");
  for (const auto* each : {"{}", R"({"location":"l","properties":{"storageAccounts":[]}})",
                           R"({"location":"l","properties":{"storageAccounts":[{"id":"x","isPrimary":true}]}})",
                           R"({"location":"l","properties":{"storageAccounts":[5]}})"}) {
    INFO(each);
    CHECK(f.send("PUT", path, each).status == 400);
  }
  CHECK(f.send("PUT", path, body({"firststorage"})).status == 409);
  CHECK(f.send("PUT", f.arm("/No"), body({"another"})).status == 400);
  CHECK(f.send("POST", f.arm("/first")).status == 405);
  CHECK(f.send("GET", f.arm("/first/other")).status == 404);
  for (const auto* each : {"acc1", "acc2", "acc3"})
    CHECK(f.send("PUT", f.arm(std::string{"/"} + each), body({std::string{each} + "s"})).status == 201);
  CHECK(f.send("PUT", f.arm("/acc4"), body({"acc4s"})).status == 403);  // the quota
}

TEST_CASE("ARM: the management application's tokens are good for management, and others are not", "[unit][server]") {
  ManagementFixture f;
  const auto now = unix_seconds(system_clock().now());
  const auto token = [&](const std::string& resource, const std::string& client) {
    return auth::write_aad_token({resource, client, now, now + 600}, f.secrets.tenant_id, f.secrets.jwt_key);
  };
  f.bearer = token("https://management.azure.com/", f.secrets.management_client_id);
  CHECK(f.send("GET", f.arm("/first")).status == 200);
  f.bearer = token("https://management.core.windows.net", f.secrets.management_client_id);
  CHECK(f.send("GET", f.arm("/first")).status == 200);
  f.bearer = token("https://rest.media.azure.net", f.secrets.management_client_id);
  CHECK(f.send("GET", f.arm("/first")).status == 401);
  f.bearer = token("https://management.azure.com/", f.first.client_id);
  CHECK(f.send("GET", f.arm("/first")).status == 401);
}

TEST_CASE("a deleted account leaves no row, and others keep all of theirs", "[unit][server]") {
  ManagementFixture f;
  REQUIRE(f.send("PUT", f.arm("/second"), body({"secondstorage"})).status == 201);
  for (const auto* account : {"first", "second"}) {
    Asset asset;
    asset.id = std::string{"nb:cid:UUID:"} + account;
    REQUIRE(f.database->write([&](rows::Session& s) { return rows::insert(s, account, asset); }));
  }
  REQUIRE(f.send("DELETE", f.arm("/second")).status == 200);
  const auto left = f.database->read([](rows::Session& session) -> Result<std::int64_t> {
    static constexpr std::array kText = {model::EdmType::kString};
    static constexpr std::array kNumber = {model::EdmType::kInt64};
    LAZULITE_TRY(const auto tables, rows::select(session, session.dialect().account_tables, {}, kText));
    std::int64_t sum = 0;
    for (const auto& table : tables) {
      LAZULITE_TRY(const auto count, rows::select(session,
                                                  fmt::format("SELECT count(*) FROM \"{}\" WHERE account = 'second'",
                                                              *table[0].as<std::string>()),
                                                  {}, kNumber));
      sum += *count[0][0].as<std::int64_t>();
    }
    CHECK(tables.size() > 25);
    return sum;
  });
  CHECK(left.value() == 0);
  CHECK(f.database->read([](rows::Session& s) { return rows::get<Asset>(s, "first", "nb:cid:UUID:first"); }));
  CHECK(f.send("PUT", f.arm("/second"), body({"secondstorage"})).status == 201);  // the names are free again
}

}  // namespace lazulite::manage
