// Several media accounts on one server, made by the management API: nothing of one ever reaches another. And several
// storage accounts of one, with what they hold.
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "server/auth/sas.hpp"
#include "tests/support/api_client.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <thread>

namespace lazulite::test {
namespace {

std::string text_at(const boost::json::value& value, const char* name) { return value.at(name).as_string().c_str(); }

struct World {
  ServerProcess server;
  boost::json::value management;

  explicit World(std::map<std::string, std::string> environment = {}) : server(std::move(environment)) {
    management = boost::json::parse(command({"management", "--json"}));
  }
  std::string command(std::vector<std::string> words) {
    words.insert(words.begin(), program_under_test().string());
    words.insert(words.end(), {"--data", server.data().string()});
    const auto ran = run_program(words);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    return ran.out;
  }
  HttpAnswer arm(const std::string& method, const std::string& path, const std::string& body = {},
                 std::string token = {}) {
    if (token.empty()) token = text_at(management, "key");
    return HttpClient{server.control()}.send(
        method,
        fmt::format(
            "/subscriptions/{}/resourceGroups/g/providers/Microsoft.Media/mediaservices{}?api-version=2015-10-01",
            text_at(management, "subscriptionId"), path),
        {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}}, body);
  }
  void create(const std::string& name, const std::vector<std::string>& storage) {
    std::string list;
    for (const auto& each : storage) {
      list +=
          fmt::format(R"({}{{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{}",)"
                      R"("isPrimary":{}}})",
                      list.empty() ? "" : ",", each, list.empty());
    }
    const auto made =
        arm("PUT", "/" + name, fmt::format(R"({{"location":"l","properties":{{"storageAccounts":[{}]}}}})", list));
    INFO(made.body);
    REQUIRE(made.status == 201);
  }
};

std::string uploaded(ApiClient& api, const std::string& asset, const std::string& bytes) {
  auto sas = api.create_sas(asset, 1 | 2 | 8);
  api.upload(sas, "a.bin", bytes);
  return sas;
}

}  // namespace

TEST_CASE("what belongs to one account never reaches another", "[integration]") {
  World world;
  world.create("second", {"secondstorage"});
  ApiClient first{world.server}, second{world.server, "second"};
  const auto asset = first.create_asset("mine");
  const auto other = second.create_asset("theirs");
  const auto sas = uploaded(first, asset, "bytes of the first");
  uploaded(second, other, "bytes of the second");

  SECTION("entities") {
    const auto entity = "Assets('" + asset + "')";
    CHECK(first.call("GET", entity).status == 200);
    for (const auto* method : {"GET", "DELETE"}) CHECK(second.call(method, entity).status == 404);
    CHECK(second.call("MERGE", entity, R"({"Name":"x"})").status == 404);
    CHECK(second.call("GET", entity + "/Files").status == 404);
    CHECK(second.json("GET", "Assets", "", 200).at("value").as_array().size() == 1);
    CHECK(second.call("GET", fmt::format("CreateFileInfos?assetid='{}'", percent_encode(asset))).status == 404);
    const auto policy = text_at(
        second.json("POST", "AccessPolicies", R"({"Name":"p","DurationInMinutes":10,"Permissions":1})", 201), "Id");
    CHECK(second
              .call("POST", "Locators",
                    fmt::format(R"({{"AccessPolicyId":"{}","AssetId":"{}","Type":1}})", policy, asset))
              .status == 404);
    CHECK(second.call("POST", "Assets", R"({"Name":"x","StorageAccountName":"lazulitestorage"})").status == 404);
    CHECK(second.json("GET", "StorageAccounts", "", 200).at("value").as_array().size() == 1);
  }
  SECTION("tokens") {
    HttpClient client{world.server.control()};
    const auto asked_as = [&](const std::string& host, const ApiClient& who) {
      return client
          .get("/api/Assets",
               {{"Host", host}, {"Authorization", "Bearer " + who.token()}, {"Accept", "application/json"}})
          .status;
    };
    CHECK(asked_as("second.restv2.local.media.azure.net", second) == 200);
    CHECK(asked_as("second.restv2.local.media.azure.net", first) == 403);
    CHECK(asked_as("lazulite.restv2.local.media.azure.net", second) == 403);
    // A key opens its own account only; neither it nor a token of it opens management.
    const auto key =
        text_at(boost::json::parse(world.command({"account", "keys", "lazulite", "--json"})), "primaryKey");
    const auto refused =
        client.send("POST", "/v2/OAuth2-13", {},
                    "grant_type=client_credentials&client_id=second&client_secret=" + percent_encode(key) +
                        "&scope=urn%3aWindowsAzureMediaServices");
    CHECK(refused.status == 401);
    CHECK(world.arm("GET", "", {}, first.token()).status == 401);
    CHECK(world.arm("GET", "", {}, key).status == 401);
    CHECK(client.get("/api/Assets", {{"Authorization", "Bearer " + text_at(world.management, "key")}}).status == 401);
  }
  SECTION("signatures") {
    const auto container = sas.substr(0, sas.find('?')), query = sas.substr(sas.find('?'));
    CHECK(http_get(container + "/a.bin" + query).body == "bytes of the first");
    const auto theirs = text_at(second.json("GET", "Assets('" + other + "')", "", 200), "Uri");
    CHECK(http_get(theirs + "/a.bin" + query).status == 403);
    // The same container name in the other's storage account, signed with the first one's storage key.
    const auto key = base64_decode(text_at(boost::json::parse(world.command({"account", "keys", "lazulite", "--json"}))
                                               .at("storageAccounts")
                                               .at(0),
                                           "primaryKey"))
                         .value();
    const auto name = theirs.substr(theirs.rfind('/') + 1);
    const std::string terms = "sv=2018-03-28&sr=c&sp=rl&se=2099-01-01T00:00:00Z";
    const auto token = auth::parse_sas(terms + "&sig=x").value();
    const auto signature = auth::sign(key, auth::string_to_sign(token, "secondstorage", name, ""));
    CHECK(http_get(fmt::format("{}/a.bin?{}&sig={}", theirs, terms, percent_encode(signature))).status == 403);
  }
  SECTION("deletion takes one account and leaves the other") {
    CHECK(world.arm("DELETE", "/second").status == 200);
    CHECK(second.call("GET", "Assets").status == 403);
    CHECK(first.call("GET", "Assets('" + asset + "')").status == 200);
    CHECK(http_get(sas.substr(0, sas.find('?')) + "/a.bin" + sas.substr(sas.find('?'))).status == 200);
    // A storage account of the old name finds the old blobs again.
    world.create("third", {"secondstorage"});
    ApiClient third{world.server, "third"};
    const auto used = third.json("GET", "StorageAccounts", "", 200).at("value").at(0).at("BytesUsed");
    CHECK(std::string{used.as_string()} == "19");
  }
}

TEST_CASE("assets choose one of several storage accounts, each with what it holds and its limit", "[integration]") {
  World world{{{"LAZULITE_QUOTA_STORAGE_BYTES", "5000"}}};
  world.command({"storage", "attach", "lazulite", "archive"});
  ApiClient api{world.server};
  const auto asset = api.json("POST", "Assets", R"({"Name":"a","StorageAccountName":"archive"})", 201);
  CHECK(text_at(asset, "Uri").find("/archive/asset-") != std::string::npos);
  uploaded(api, text_at(asset, "Id"), std::string(6000, 'x'));
  const auto used = [&](const std::string& name) {
    return text_at(api.json("GET", "StorageAccounts('" + name + "')", "", 200), "BytesUsed");
  };
  const auto reached = [&] {
    for (int i = 0; i < 200; ++i) {
      if (used("archive") == "6000") return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{25});
    }
    return false;
  };
  CHECK(reached());
  CHECK(used("lazulitestorage") == "0");
  CHECK(api.json("GET", "StorageAccounts?$filter=BytesUsed%20gt%205000", "", 200).at("value").as_array().size() == 1);
  CHECK(api.call("POST", "Assets", R"({"Name":"b","StorageAccountName":"archive"})").status == 403);
  CHECK(api.call("POST", "Assets", R"({"Name":"b"})").status == 201);
  CHECK(world.command({"storage", "list", "lazulite"}).find("archive") != std::string::npos);
}

}  // namespace lazulite::test
