#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/job.hpp"
#include "server/api/asset_file_hooks.hpp"
#include "server/api/containers.hpp"
#include "server/auth/sas.hpp"
#include "storage/rows/container_removals.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Api;
using lazulite::test::container_of;

namespace {

std::string asset_url(std::string_view id) { return fmt::format("Assets('{}')", id); }

std::string file_body(std::string_view name, std::string_view asset, std::string_view more = "") {
  return fmt::format(R"({{"Name":"{}","ParentAssetId":"{}"{}}})", name, asset, more);
}
std::string locator_body(std::string_view asset, std::string_view policy, int type, std::string_view more = "") {
  return fmt::format(R"({{"AssetId":"{}","AccessPolicyId":"{}","Type":{}{}}})", asset, policy, type, more);
}
std::string error_of(const lazulite::test::Answer& answer) { return answer.at("odata:error.message.value"); }

}  // namespace

TEST_CASE("an asset has its container at once, named after its id", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", R"({"Name":"a"})");
  const auto id = answer.at("Id");
  CHECK(api.blobs.containers.contains(container_of(id)));
  CHECK(answer.at("Uri") == fmt::format("http://127.0.0.1:10000/moviesstorage/asset-{}", guid_of(id)));
  CHECK(answer.at("StorageAccountName") == "moviesstorage");
}

TEST_CASE("an asset on an unknown storage account is refused with the text clients look for", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", R"({"StorageAccountName":"otherstorage"})");
  CHECK(answer.status == 404);
  CHECK_THAT(error_of(answer), Catch::Contains("Cannot find the storage account"));
  CHECK(api.blobs.containers.empty());
  CHECK(api.post("Assets", R"({"Options":3})").status == 400);
  CHECK(api.post("Assets", R"({"FormatOption":7})").status == 400);
  CHECK(api.blobs.containers.empty());
}

TEST_CASE("write-once properties pass with their value or the default, and are refused with another",
          "[unit][server]") {
  Api api;
  const auto id = api.post("Assets", R"({"Options":1})").at("Id");
  CHECK(api.call("MERGE", asset_url(id), R"({"Options":1,"StorageAccountName":"moviesstorage"})").status == 204);
  CHECK(api.call("MERGE", asset_url(id), R"({"Options":0,"StorageAccountName":null})").status == 204);
  CHECK(api.get(asset_url(id)).at("Options") == "1");
  CHECK(api.call("MERGE", asset_url(id), R"({"Options":2})").status == 400);
  CHECK(api.call("MERGE", asset_url("nb:cid:UUID:00000000-0000-0000-0000-000000000001"), R"({"Name":"x"})").status ==
        404);
}

TEST_CASE("MERGE moves LastModified, and answers with the entity when asked to", "[unit][server]") {
  Api api;
  const auto created = api.post("Assets", R"({"Name":"a"})");
  const auto answer = api.call("MERGE", asset_url(created.at("Id")), R"({"Name":"b"})", {{"Prefer", "return-content"}});
  CHECK(answer.status == 200);
  CHECK(answer.at("Name") == "b");
  CHECK(answer.at("LastModified") > created.at("LastModified"));
}

TEST_CASE("deleting an asset takes its files, locators and container along", "[unit][server]") {
  Api api;
  const auto id = api.create_asset();
  const auto kept = api.create_asset("kept");
  const auto policy = api.create_policy(1);
  REQUIRE(api.post("Files", file_body("f", id)).status == 201);
  REQUIRE(api.post("Files", file_body("f", kept)).status == 201);
  REQUIRE(api.post("Locators", locator_body(id, policy, 1)).status == 201);
  CHECK(api.call("DELETE", asset_url(id) + "?keepcontainer=false").status == 204);
  CHECK(api.get("Files").size("value") == 1);
  CHECK(api.get("Locators").size("value") == 0);
  CHECK(api.get("AccessPolicies").size("value") == 1);
  CHECK_FALSE(api.blobs.containers.contains(container_of(id)));
  CHECK(api.blobs.containers.contains(container_of(kept)));
  CHECK(api.call("DELETE", asset_url(kept) + "?keepContainer=true").status == 204);
  CHECK(api.blobs.containers.contains(container_of(kept)));
}

TEST_CASE("a container that could not be removed is removed at the next start", "[unit][server]") {
  Api api;
  const auto id = api.create_asset();
  const auto noted = [&] {
    return api.database->read([](rows::Session& session) { return rows::noted_container_removals(session); })
        .value()
        .size();
  };
  api.blobs.refuse_deletes = true;
  CHECK(api.call("DELETE", asset_url(id)).status == 204);
  CHECK(api.blobs.containers.contains(container_of(id)));
  CHECK(noted() == 1);
  CHECK(api::finish_container_removals(*api.database, api.blobs));
  CHECK(noted() == 1);
  api.blobs.refuse_deletes = false;
  CHECK(api::finish_container_removals(*api.database, api.blobs));
  CHECK(api.blobs.containers.empty());
  CHECK(noted() == 0);
}

TEST_CASE("a deleted asset stays visible as a tombstone through what refers to it", "[unit][server]") {
  Api api;
  const auto input = api.create_asset("input");
  const auto gone = api.create_asset("gone");
  const auto last = api.create_asset("last");
  Job job;
  job.id = new_entity_id(kJob.id_prefix);
  REQUIRE(api.database->write([&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(rows::insert(session, "movies", job));
    for (const auto& each : {input, gone, last}) {
      LAZULITE_CHECK(rows::link(session, "movies", kJob, "InputMediaAssets", job.id, each));
    }
    return rows::link(session, "movies", kAsset, "ParentAssets", last, gone);
  }));
  REQUIRE(api.call("DELETE", asset_url(gone)).status == 204);
  const auto inputs = api.get("Jobs('" + job.id + "')/InputMediaAssets()");
  REQUIRE(inputs.size("value") == 3);
  CHECK(inputs.at("value.0.Name") == "input");
  CHECK(inputs.at("value.1.Id") == gone);
  CHECK(inputs.at("value.1.State") == "2");
  CHECK(inputs.at("value.1.Name") == "Nonexistent Asset");
  CHECK(inputs.at("value.1.Uri") == "null");
  CHECK(inputs.at("value.1.StorageAccountName") == "null");
  CHECK(inputs.at("value.2.Name") == "last");
  CHECK(api.get(asset_url(last) + "/ParentAssets").at("value.0.State") == "2");
  const auto atom = api.get("Jobs('" + job.id + "')/InputMediaAssets", {{"Accept", "application/atom+xml"}});
  CHECK_THAT(atom.body, Catch::Contains("<d:State m:type=\"Edm.Int32\">2</d:State>"));
  CHECK_THAT(atom.body, Catch::Contains("<d:Name>Nonexistent Asset</d:Name>"));
  CHECK_THAT(atom.body, Catch::Contains("<d:Uri m:null=\"true\""));
  const auto expanded =
      api.get("Jobs('" + job.id + "')?$expand=InputMediaAssets", {{"Accept", "application/json;odata=verbose"}});
  CHECK(expanded.at("d.InputMediaAssets.results.1.State") == "2");
  CHECK(api.get("Jobs('" + job.id + "')/InputMediaAssets?$filter=State eq 2").size("value") == 1);
  CHECK(api.get("Assets?$filter=Id eq '" + gone + "'").size("value") == 0);
  CHECK(api.get(asset_url(gone)).status == 404);
}

TEST_CASE("Publish does nothing, to an asset that exists", "[unit][server]") {
  Api api;
  const auto id = api.create_asset();
  CHECK(api.post(asset_url(id) + "/Publish", "").status == 204);
  CHECK(api.post(asset_url(id) + "/WindowsAzureMediaServices.Publish", "{}").status == 204);
  CHECK(api.get(asset_url(id) + "/Publish").status == 405);
  CHECK(api.post(asset_url("nb:cid:UUID:00000000-0000-0000-0000-000000000001") + "/Publish", "").status == 404);
}

TEST_CASE("files: names once in an asset, one primary, a parent that exists", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto other = api.create_asset("other");
  const auto first = api.post("Files", file_body("a.mp4", asset, R"(,"IsPrimary":true)"));
  REQUIRE(first.status == 201);
  CHECK(api.post("Files", file_body("a.mp4", asset)).status == 409);
  CHECK(api.post("Files", file_body("a.mp4", other)).status == 201);
  CHECK(api.post("Files", file_body("b.mp4", asset, R"(,"IsPrimary":true)")).status == 409);
  const auto second = api.post("Files", file_body("b.mp4", asset));
  REQUIRE(second.status == 201);
  const auto url = "Files('" + second.at("Id") + "')";
  CHECK(api.call("MERGE", url, R"({"Name":"a.mp4"})").status == 409);
  CHECK(api.call("MERGE", url, R"({"IsPrimary":true})").status == 409);
  CHECK(api.call("MERGE", url, R"({"ContentFileSize":12,"MimeType":"video/mp4"})").status == 204);
  CHECK(api.get(url).at("ContentFileSize") == "12");
  CHECK(api.call("MERGE", "Files('" + first.at("Id") + "')", R"({"IsPrimary":false})").status == 204);
  CHECK(api.call("MERGE", url, R"({"IsPrimary":true})").status == 204);
  CHECK(api.post("Files", file_body("x", "nb:cid:UUID:00000000-0000-0000-0000-000000000001")).status == 404);
  CHECK(api.post("Files", file_body("x", "nonsense")).status == 400);
  CHECK(api.post("Files", R"({"Name":"x"})").status == 400);
}

TEST_CASE("file names that would harm are refused; the documented list only when a setting asks", "[unit][server]") {
  for (const auto* bad : {"", "a/b", "a\\b", "a?b", "a#b", "a%b", "a\nb"})
    CHECK_FALSE(api::check_file_name(bad, false));
  CHECK_FALSE(api::check_file_name(std::string(261, 'x'), false));
  CHECK(api::check_file_name(std::string(260, 'x'), false));
  for (const auto* fine : {"a.b.mp4", "it's (1).mp4", "über.mp4", "a&b"}) CHECK(api::check_file_name(fine, false));
  for (const auto* bad : {"a.b.mp4", "it's.mp4", "a&b", "a\\b"}) CHECK_FALSE(api::check_file_name(bad, true));
  CHECK(api::check_file_name("a-b_c.mp4", true));
}

TEST_CASE("CreateFileInfos makes a row per blob and keeps the rows there are", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  api.blobs.containers[container_of(asset)] = {{"a.mp4", 10}, {"b.mp4", 20}, {"c.txt", 30}};
  REQUIRE(api.post("Files", file_body("b.mp4", asset, R"(,"ContentFileSize":5,"IsPrimary":true)")).status == 201);
  for (int twice = 0; twice < 2; ++twice)
    CHECK(api.get("CreateFileInfos?assetid='" + percent_encode(asset) + "'").status == 204);
  const auto files = api.get(asset_url(asset) + "/Files?$orderby=Name");
  REQUIRE(files.size("value") == 3);
  CHECK(files.at("value.0.ContentFileSize") == "10");
  CHECK(files.at("value.0.IsPrimary") == "false");
  CHECK(files.at("value.1.ContentFileSize") == "5");
  CHECK(files.at("value.2.Name") == "c.txt");
  CHECK(api.get("CreateFileInfos").status == 400);
  CHECK(api.get("CreateFileInfos?assetid=" + asset).status == 400);
  api.blobs.containers.clear();
  CHECK(api.get("CreateFileInfos?assetid='" + asset + "'").status == 409);
}

TEST_CASE("deleting a file removes its blob", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  api.blobs.containers[container_of(asset)] = {{"a.mp4", 10}, {"b.mp4", 20}};
  const auto file = api.post("Files", file_body("a.mp4", asset)).at("Id");
  CHECK(api.call("DELETE", "Files('" + file + "')").status == 204);
  CHECK(api.blobs.containers[container_of(asset)].size() == 1);
}

TEST_CASE("access policies need a name, a positive duration and known permissions", "[unit][server]") {
  Api api;
  CHECK(api.post("AccessPolicies", R"({"Name":"p","Permissions":1})").status == 400);
  CHECK(api.post("AccessPolicies", R"({"Name":"p","DurationInMinutes":0})").status == 400);
  CHECK(api.post("AccessPolicies", R"({"Name":"p","DurationInMinutes":-1})").status == 400);
  CHECK(api.post("AccessPolicies", R"({"Name":"p","DurationInMinutes":1e999})").status == 400);
  CHECK(api.post("AccessPolicies", R"({"Name":"p","DurationInMinutes":5,"Permissions":16})").status == 400);
  CHECK(api.post("AccessPolicies", R"({"DurationInMinutes":5})").status == 400);
  const auto policy = api.post("AccessPolicies", R"({"Name":"p","DurationInMinutes":"440","Permissions":"2"})");
  REQUIRE(policy.status == 201);
  CHECK(policy.body.find("\"DurationInMinutes\":440.0") != std::string::npos);
  CHECK(api.get("AccessPolicies?$format=verbosejson").body.find("\"DurationInMinutes\":440,") != std::string::npos);
}

TEST_CASE("a SAS locator is signed for its container, its expiry from the policy", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto policy = api.create_policy(2);
  const auto answer = api.post(
      "Locators", locator_body(asset, policy, 1,
                               R"(,"StartTime":"2024-05-01T09:00:00","ExpirationDateTime":"0001-01-01T00:00:00")"));
  REQUIRE(answer.status == 201);
  const auto container = fmt::format("asset-{}", guid_of(asset));
  const auto id = std::string{guid_of(answer.at("Id"))};
  CHECK(answer.at("ExpirationDateTime") == "2024-05-01T10:00:00Z");
  CHECK(answer.at("BaseUri") == "http://127.0.0.1:10000/moviesstorage/" + container);
  CHECK(answer.at("Path") == answer.at("BaseUri") + answer.at("ContentAccessComponent"));
  const auto account =
      api.database->read([](rows::Session& session) { return rows::find_storage(session, "moviesstorage"); }).value();
  const auto key = base64_decode(account->account.primary_key).value();
  const auto signature =
      auth::sign_locator("moviesstorage", key, container, id, "2024-05-01T09:00:00Z", "2024-05-01T10:00:00Z");
  CHECK(answer.at("ContentAccessComponent") ==
        fmt::format("?sv=2012-02-12&sr=c&si={}&sig={}&st=2024-05-01T09%3A00%3A00Z&se=2024-05-01T10%3A00%3A00Z", id,
                    percent_encode(signature)));
  const auto without_start = api.post("Locators", locator_body(asset, policy, 1));
  CHECK(without_start.at("ContentAccessComponent").find("&st=") == std::string::npos);
  CHECK(api.call("MERGE", "Locators('" + answer.at("Id") + "')", R"({"StartTime":"2024-05-01T09:30:00"})").status ==
        400);
}

TEST_CASE("a streaming locator has the endpoint's address and may be moved in time", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto answer = api.post("Locators", locator_body(asset, api.create_policy(1), 2));
  REQUIRE(answer.status == 201);
  const auto guid = std::string{guid_of(answer.at("Id"))};
  CHECK(answer.at("BaseUri") == "http://127.0.0.1:8081");
  CHECK(answer.at("ContentAccessComponent") == guid);
  CHECK(answer.at("Path") == "http://127.0.0.1:8081/" + guid + "/");
  const auto url = "Locators('" + answer.at("Id") + "')";
  CHECK(api.call("MERGE", url, R"({"StartTime":"2024-05-02T00:00:00Z","ExpirationDateTime":"2025-01-01T00:00:00Z"})")
            .status == 204);
  CHECK(api.get(url).at("ExpirationDateTime") == "2025-01-01T00:00:00Z");
  CHECK(api.call("MERGE", url, R"({"ExpirationDateTime":"0001-01-01T00:00:00"})").status == 204);
  CHECK(api.get(url).at("ExpirationDateTime") == "2025-01-01T00:00:00Z");
  CHECK(api.call("MERGE", url, R"({"StartTime":"2026-01-01T00:00:00Z"})").status == 400);
  CHECK(api.get(url + "/Asset").at("Id") == asset);
  CHECK(api.get(url + "/AccessPolicy").at("Permissions") == "1");
}

TEST_CASE("locators are refused: types, permissions, references, storage encryption, the sixth", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto read = api.create_policy(1);
  CHECK(api.post("Locators", locator_body(asset, read, 0)).status == 400);
  CHECK(api.post("Locators", locator_body(asset, read, 3)).status == 400);
  for (const int permissions : {2, 3, 4, 8})
    CHECK(api.post("Locators", locator_body(asset, api.create_policy(permissions), 2)).status == 400);
  CHECK(api.post("Locators", fmt::format(R"({{"AssetId":"{}","Type":1}})", asset)).status == 400);
  CHECK(api.post("Locators", fmt::format(R"({{"AccessPolicyId":"{}","Type":1}})", read)).status == 400);
  CHECK(api.post("Locators", locator_body("nb:cid:UUID:00000000-0000-0000-0000-000000000001", read, 1)).status == 404);
  CHECK(api.post("Locators", locator_body(asset, "nb:pid:UUID:00000000-0000-0000-0000-000000000001", 1)).status == 404);
  CHECK(
      api.post(
             "Locators",
             fmt::format(
                 R"({{"Type":1,"Asset":{{"Id":"nb:cid:UUID:00000000-0000-0000-0000-000000000001"}},"AccessPolicyId":"{}"}})",
                 read))
          .status == 404);
  const auto encrypted = api.post("Assets", R"({"Options":1})").at("Id");
  CHECK(api.post("Locators", locator_body(encrypted, read, 2)).status == 400);
  for (int i = 0; i < 5; ++i) CHECK(api.post("Locators", locator_body(asset, read, 1 + i % 2)).status == 201);
  CHECK(api.post("Locators", locator_body(asset, read, 1)).status == 409);
}

TEST_CASE("a locator's id may come from the client, once over all accounts", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto policy = api.create_policy(1);
  const std::string more = R"(,"Id":"nb:lid:UUID:AAAAAAAA-0000-0000-0000-000000000001")";
  const auto answer = api.post("Locators", locator_body(asset, policy, 2, more));
  REQUIRE(answer.status == 201);
  CHECK(answer.at("Id") == "nb:lid:UUID:aaaaaaaa-0000-0000-0000-000000000001");
  CHECK(api.post("Locators", locator_body(asset, policy, 2, more)).status == 409);
  CHECK(api.post("Locators", locator_body(asset, policy, 2, R"(,"Id":"nonsense")")).status == 400);
  const api::Caller others{"others"};
  const auto their_asset = api.raw("POST", "/api/Assets", "{}", {}, others).at("Id");
  const auto their_policy =
      api.raw("POST", "/api/AccessPolicies", R"({"Name":"p","DurationInMinutes":1,"Permissions":1})", {}, others)
          .at("Id");
  CHECK(api.raw("POST", "/api/Locators", locator_body(their_asset, their_policy, 2, more), {}, others).status == 403);
}

TEST_CASE("a locator outlives its access policy", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto policy = api.create_policy(1);
  const auto id = api.post("Locators", locator_body(asset, policy, 2)).at("Id");
  CHECK(api.call("DELETE", "AccessPolicies('" + policy + "')").status == 204);
  CHECK(api.get("Locators('" + id + "')").status == 200);
  CHECK(api.get("Locators('" + id + "')/AccessPolicy").status == 404);
}

TEST_CASE("a policy that lasts beyond the calendar gives a locator that ends with it", "[unit][server]") {
  Api api;
  const auto policy = api.post("AccessPolicies", R"({"Name":"p","DurationInMinutes":1e300,"Permissions":1})").at("Id");
  CHECK(api.post("Locators", locator_body(api.create_asset(), policy, 2)).at("ExpirationDateTime") ==
        "9999-12-31T00:00:00Z");
}

TEST_CASE("reserved units: one row, bounded, and the scheduler hears of it", "[unit][server]") {
  Api api;
  const auto list = api.get("EncodingReservedUnitTypes");
  REQUIRE(list.size("value") == 1);
  const auto url = "EncodingReservedUnitTypes(guid'" + list.at("value.0.AccountId") + "')";
  CHECK(api.get(url).at("MaxReservableUnits") == "25");
  CHECK(api.call("PUT", url, R"({"CurrentReservedUnits":4,"ReservedUnitType":2})").status == 204);
  CHECK(api.jobs_changed == 1);
  CHECK(api.get(url).at("CurrentReservedUnits") == "4");
  const auto refused = api.call("MERGE", url, R"({"CurrentReservedUnits":26})");
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("can only reserve up to"));
  CHECK(api.call("MERGE", url, R"({"CurrentReservedUnits":-1})").status == 400);
  CHECK(api.call("MERGE", url, R"({"ReservedUnitType":3})").status == 400);
  CHECK(api.get("EncodingReservedUnitTypes(guid'nonsense')").status == 400);
  CHECK(api.jobs_changed == 1);
}

TEST_CASE("how many reserved units there may be is a setting", "[unit][server]") {
  api::ApiOptions options;
  options.reserved_units = 30;
  Api api{options};
  const auto list = api.get("EncodingReservedUnitTypes");
  CHECK(list.at("value.0.MaxReservableUnits") == "30");
  const auto url = "EncodingReservedUnitTypes(guid'" + list.at("value.0.AccountId") + "')";
  CHECK(api.call("MERGE", url, R"({"CurrentReservedUnits":30})").status == 204);
  CHECK(api.call("MERGE", url, R"({"CurrentReservedUnits":31})").status == 400);
}

TEST_CASE("the default streaming endpoint runs and can be described", "[unit][server]") {
  Api api;
  const auto list = api.get("StreamingEndpoints?$filter=Name eq 'default'");
  REQUIRE(list.size("value") == 1);
  CHECK(list.at("value.0.State") == "Running");
  CHECK(list.at("value.0.HostName") == "127.0.0.1:8081");
  const auto url = "StreamingEndpoints('" + list.at("value.0.Id") + "')";
  CHECK(
      api.call(
             "MERGE", url,
             R"({"Description":"d","CacheControl":{"MaxAge":"60"},"AccessControl":{"IP":{"Allow":[{"Name":"n","Address":"10.0.0.0","SubnetPrefixLength":8}]}},
                     "CustomHostNames":["a.example.org"]})")
          .status == 202);
  const auto read = api.get(url);
  CHECK(read.at("Description") == "d");
  CHECK(read.at("CacheControl.MaxAge") == "60");
  CHECK(read.at("AccessControl.IP.Allow.0.SubnetPrefixLength") == "8");
  CHECK(read.at("AccessControl.Akamai") == "null");
  CHECK(read.at("CustomHostNames.0") == "a.example.org");
  CHECK(api.call("MERGE", url, R"({"CdnProvider":"Nobody"})").status == 400);
  CHECK(api.call("MERGE", url, R"({"AccessControl":{"Ip":null}})").status == 400);
  CHECK(api.call("MERGE", url, R"({"ScaleUnits":3})").status == 400);
  CHECK(api.call("DELETE", url).status == 400);
}

TEST_CASE("storage accounts are listed without their keys", "[unit][server]") {
  Api api;
  const auto list = api.get("StorageAccounts()?$filter=IsDefault eq true");
  REQUIRE(list.size("value") == 1);
  CHECK(list.at("value.0.Name") == "moviesstorage");
  CHECK(list.at("value.0.BytesUsed") == "null");
  CHECK_FALSE(list.has("value.0.primary_key"));
  CHECK(api.get("StorageAccounts?$filter=primary_key ne null").status == 400);
  CHECK(api.get("StorageAccounts('nosuch')").status == 404);
}
