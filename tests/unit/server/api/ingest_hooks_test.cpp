#include "schema/base/ids.hpp"
#include "schema/entities/ingest_manifest_file.hpp"
#include "server/ingest/manifest_rows.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

std::string create_manifest(Api& api) {
  const auto made = api.post("IngestManifests", R"({"Name":"bulk"})");
  REQUIRE(made.status == 201);
  return made.at("Id");
}
Answer post_asset(Api& api, std::string_view manifest, std::string_view asset) {
  return api.post("IngestManifestAssets",
                  fmt::format(R"({{"ParentIngestManifestId":"{}","Asset":{{"Id":"{}"}}}})", manifest, asset));
}
Answer post_file(Api& api, std::string_view name, std::string_view manifest, std::string_view manifest_asset) {
  return api.post(
      "IngestManifestFiles",
      fmt::format(
          R"({{"Name":"{}","ParentIngestManifestId":"{}","ParentIngestManifestAssetId":"{}","IsPrimary":"true"}})",
          name, manifest, manifest_asset));
}
std::string url(std::string_view set, std::string_view id) { return fmt::format("{}('{}')", set, id); }

// What the intake writes when a file is done.
void set_state(Api& api, const std::string& id, IngestManifestFileState state, const char* detail) {
  REQUIRE(api.database->write([&](rows::Session& session) -> Result<void> {
    LAZULITE_TRY(auto file, rows::get<IngestManifestFile>(session, "movies", id));
    file.state = state;
    if (*detail != '\0') file.error_detail = detail;
    LAZULITE_CHECK(rows::update(session, "movies", file));
    return ingest::update_pending(session, "movies", file.parent_ingest_manifest_id,
                                  file.parent_ingest_manifest_asset_id);
  }));
}

}  // namespace

TEST_CASE("a manifest has a container to upload into, which goes with it", "[unit][server]") {
  Api api;
  const auto made = api.post("IngestManifests", R"({"Name":"bulk","Statistics":{"PendingFilesCount":7},"State":2})");
  REQUIRE(made.status == 201);
  const auto container = fmt::format("manifest-{}", guid_of(made.at("Id")));
  CHECK(made.at("BlobStorageUriForUpload") == "http://127.0.0.1:10000/moviesstorage/" + container);
  CHECK(made.at("State") == "0");
  CHECK(made.at("Statistics.PendingFilesCount") == "0");
  CHECK(made.at("Statistics.ErrorFilesDetails").empty());
  CHECK(made.at("StorageAccountName") == "moviesstorage");
  CHECK(api.blobs.containers.count("moviesstorage/" + container) == 1);
  const auto manifest = url("IngestManifests", made.at("Id"));
  CHECK(api.get(manifest + "/StorageAccount").at("Name") == "moviesstorage");
  CHECK(api.call("MERGE", manifest, R"({"Name":"other","Statistics":{"PendingFilesCount":7}})").status == 204);
  CHECK(api.get(manifest).at("Name") == "other");
  CHECK(api.call("DELETE", manifest).status == 204);
  CHECK(api.blobs.containers.count("moviesstorage/" + container) == 0);

  const auto refused = api.post("IngestManifests", R"({"StorageAccountName":"nosuch"})");
  CHECK(refused.status == 404);
  CHECK_THAT(error_of(refused), Catch::Contains("Cannot find the storage account"));
}

TEST_CASE("files of a manifest are counted, and their assets are pending until all have come", "[unit][server]") {
  Api api;
  const auto manifest = create_manifest(api);
  const auto asset = api.create_asset();
  const auto item = post_asset(api, manifest, asset);
  INFO(item.body);
  REQUIRE(item.status == 201);
  CHECK(item.has("ParentIngestManifestId"));
  CHECK(api.get(url("IngestManifestAssets", item.at("Id")) + "/Asset").at("Id") == asset);
  const auto pending = url("IngestManifests", manifest) + "/PendingIngestManifestAssets";
  CHECK(api.get(pending).size("value") == 0);

  const auto a = post_file(api, "a.mp4", manifest, item.at("Id"));
  INFO(a.body);
  REQUIRE(a.status == 201);
  const auto b = post_file(api, "b.mp4", manifest, item.at("Id"));
  REQUIRE(b.status == 201);
  CHECK(api.uploads_expected ==
        std::vector<std::string>{fmt::format("moviesstorage/manifest-{}/a.mp4", guid_of(manifest)),
                                 fmt::format("moviesstorage/manifest-{}/b.mp4", guid_of(manifest))});
  CHECK(a.at("State") == "0");
  CHECK(a.at("IsPrimary") == "true");
  CHECK(api.get(pending).size("value") == 1);
  auto read = api.get(url("IngestManifests", manifest));
  CHECK(read.at("State") == "2");
  CHECK(read.at("Statistics.PendingFilesCount") == "2");
  CHECK(api.get(url("IngestManifestAssets", item.at("Id")) + "/IngestManifestFiles").size("value") == 2);

  set_state(api, a.at("Id"), IngestManifestFileState::kFinished, "");
  set_state(api, b.at("Id"), IngestManifestFileState::kError, "no room");
  read = api.get(url("IngestManifests", manifest), {{"Accept", "application/json;odata=verbose"}});
  CHECK(read.at("d.State") == "0");
  CHECK(read.at("d.Statistics.PendingFilesCount") == "0");
  CHECK(read.at("d.Statistics.FinishedFilesCount") == "1");
  CHECK(read.at("d.Statistics.ErrorFilesCount") == "1");
  CHECK(read.at("d.Statistics.ErrorFilesDetails") == "b.mp4: no room");
  CHECK(api.get(pending).size("value") == 0);
  CHECK(api.get("IngestManifests?$filter=State eq 0").size("value") == 1);
}

TEST_CASE("what does not belong together is refused", "[unit][server]") {
  Api api;
  const auto manifest = create_manifest(api);
  const auto other = create_manifest(api);
  const auto asset = api.create_asset();
  CHECK(api.post("IngestManifestAssets", fmt::format(R"({{"ParentIngestManifestId":"{}"}})", manifest)).status == 400);
  CHECK(post_asset(api, "nb:mid:UUID:00000000-0000-0000-0000-000000000001", asset).status == 404);
  CHECK(post_asset(api, manifest, "nb:cid:UUID:00000000-0000-0000-0000-000000000001").status == 404);
  const auto item = post_asset(api, manifest, asset).at("Id");
  CHECK(post_file(api, "a", other, item).status == 400);
  CHECK(post_file(api, "a/b", manifest, item).status == 400);
  CHECK(post_file(api, "a", manifest, "nb:maid:UUID:00000000-0000-0000-0000-000000000001").status == 404);
  CHECK(post_file(api, "a", manifest, item).status == 201);
  CHECK(post_file(api, "a", manifest, item).status == 409);
  const auto other_item = post_asset(api, other, asset).at("Id");
  CHECK(post_file(api, "a", other, other_item).status == 201);  // a name is taken within its manifest only
  CHECK(api.call("MERGE", url("IngestManifestAssets", item), "{}").status == 405);

  REQUIRE(api.database->write([&](rows::Session& session) -> Result<void> {
    StorageAccount second;
    second.name = "second";
    return rows::insert(session, "movies", second);
  }));
  const auto elsewhere = api.post("Assets", R"({"Name":"e","StorageAccountName":"second"})").at("Id");
  CHECK(post_asset(api, manifest, elsewhere).status == 409);
}

TEST_CASE("deleting a manifest, its asset or its file takes along what hangs on it", "[unit][server]") {
  Api api;
  const auto manifest = create_manifest(api);
  const auto asset = api.create_asset();
  const auto first = post_asset(api, manifest, asset).at("Id");
  const auto second = post_asset(api, manifest, asset).at("Id");
  const auto pending = url("IngestManifests", manifest) + "/PendingIngestManifestAssets";
  const auto file = post_file(api, "a", manifest, first).at("Id");
  REQUIRE(post_file(api, "b", manifest, second).status == 201);
  CHECK(api.get(pending).size("value") == 2);
  CHECK(api.call("DELETE", url("IngestManifestFiles", file)).status == 204);
  CHECK(api.get(pending).size("value") == 1);
  CHECK(api.call("DELETE", url("IngestManifestAssets", second)).status == 204);
  CHECK(api.get(pending).size("value") == 0);
  CHECK(api.get("IngestManifestFiles").size("value") == 0);
  REQUIRE(post_file(api, "c", manifest, first).status == 201);
  CHECK(api.call("DELETE", url("IngestManifests", manifest)).status == 204);
  CHECK(api.get("IngestManifestAssets").size("value") == 0);
  CHECK(api.get("IngestManifestFiles").size("value") == 0);
  CHECK(api.get(url("Assets", asset)).status == 200);
}
