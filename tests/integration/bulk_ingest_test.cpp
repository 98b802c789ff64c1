// Bulk ingestion as clients do it: a manifest through the API, its files with the storage account's key.
#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"
#include "server/auth/shared_key.hpp"
#include "tests/support/api_client.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>
#include <thread>

namespace lazulite::test {
namespace {

std::string text_of(const boost::json::value& value) {
  return std::string{value.as_string().data(), value.as_string().size()};
}

struct StorageKey {
  std::string account;
  std::string bytes;
};

StorageKey storage_key(const ServerProcess& server) {
  const auto ran = run_program({"env", "LAZULITE_DATA=" + server.data().string(), program_under_test().string(),
                                "account", "keys", "lazulite", "--json"});
  REQUIRE(ran.exit_code == 0);
  const auto keys = boost::json::parse(ran.out);
  const auto& storage = keys.at("storageAccounts").at(0);
  const auto key = base64_decode(text_of(storage.at("primaryKey"))).value();
  return {text_of(storage.at("name")), std::string{key.begin(), key.end()}};
}

// Put Blob signed with SharedKey (accounts-storage.md C.4).
HttpAnswer put_signed(const StorageKey& key, const std::string& container_url, const std::string& name,
                      const std::string& bytes) {
  const auto [base, target] = parse_url(container_url + "/" + name);
  http::Request request;
  request.method = "PUT";
  request.target = request.path = target;
  request.headers.set("x-ms-date", format_http_date(system_clock().now()));
  request.headers.set("x-ms-version", "2015-12-11");
  request.headers.set("x-ms-blob-type", "BlockBlob");
  request.headers.set("Content-Type", "video/mp4");
  request.headers.set("Content-Length", std::to_string(bytes.size()));
  const auto signature = hmac_sha256(as_bytes(key.bytes), as_bytes(auth::shared_key_string(request, key.account, "")));
  HttpFields fields{{"Authorization", fmt::format("SharedKey {}:{}", key.account, base64_encode(signature))}};
  for (const auto& [header, value] : request.headers) {
    if (header != "Content-Length") fields.emplace_back(header, value);
  }
  HttpClient client{base};
  return client.send("PUT", target, fields, bytes);
}

struct Bulk {
  explicit Bulk(ApiClient& client) : api(client) {
    asset = api.create_asset("bulk");
    const auto made = api.json("POST", "IngestManifests", R"({"Name":"bulk"})", 201);
    manifest = text_of(made.at("Id"));
    container = text_of(made.at("BlobStorageUriForUpload"));
    item = text_of(api.json("POST", "IngestManifestAssets",
                            fmt::format(R"({{"ParentIngestManifestId":"{}","Asset":{{"Id":"{}"}}}})", manifest, asset),
                            201)
                       .at("Id"));
  }
  void await(const std::string& name) {
    api.json("POST", "IngestManifestFiles",
             fmt::format(R"({{"Name":"{}","ParentIngestManifestId":"{}","ParentIngestManifestAssetId":"{}"}})", name,
                         manifest, item),
             201);
  }
  [[nodiscard]] boost::json::value statistics(ApiClient& client) const {
    return client.json("GET", fmt::format("IngestManifests('{}')", manifest), "", 200).at("Statistics");
  }

  ApiClient& api;
  std::string asset, manifest, item, container;
};

}  // namespace

TEST_CASE("an upload with the storage key completes the files of its manifest", "[integration]") {
  ServerProcess server;
  ApiClient api{server};
  const auto key = storage_key(server);
  Bulk bulk{api};
  bulk.await("a.mp4");
  const std::string bytes(300'000, 'x');
  CHECK(put_signed({key.account, std::string(64, 'k')}, bulk.container, "a.mp4", bytes).status == 403);
  const auto put = put_signed(key, bulk.container, "a.mp4", bytes);
  INFO(put.body);
  REQUIRE(put.status == 201);
  const auto files = api.files(bulk.asset);
  REQUIRE(files.size() == 1);
  CHECK(text_of(files[0].at("Name")) == "a.mp4");
  CHECK(text_of(files[0].at("ContentFileSize")) == "300000");
  CHECK(bulk.statistics(api).at("FinishedFilesCount").to_number<int>() == 1);
  const auto sas = api.create_sas(bulk.asset, 1);
  const auto question = sas.find('?');
  CHECK(http_get(sas.substr(0, question) + "/a.mp4" + sas.substr(question)).body == bytes);
  // A blob that comes before its file row.
  REQUIRE(put_signed(key, bulk.container, "b.mp4", bytes).status == 201);
  bulk.await("b.mp4");
  CHECK(api.files(bulk.asset).size() == 2);
}

TEST_CASE("no acknowledged upload of a manifest is lost when the server is killed", "[integration]") {
  constexpr int kFiles = 40;
  ServerProcess server;
  std::optional<ApiClient> api{server};
  const auto key = storage_key(server);
  Bulk bulk{*api};
  const auto name = [](int i) { return fmt::format("file{}.mp4", i); };
  for (int i = 0; i < kFiles; ++i) bulk.await(name(i));
  std::atomic<int> acknowledged = 0;
  std::thread uploads{[&] {
    try {
      for (int i = 0; i < kFiles; ++i) {
        if (put_signed(key, bulk.container, name(i), std::string(50'000, 'x')).status != 201) return;
        ++acknowledged;
      }
    } catch (const std::exception&) {  // the server is gone
    }
  }};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (acknowledged < 5 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  server.kill();
  uploads.join();
  REQUIRE(acknowledged >= 5);

  server.start();
  api.emplace(server);
  const auto finished = [&] { return bulk.statistics(*api).at("FinishedFilesCount").to_number<int>(); };
  while (finished() < acknowledged && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(finished() >= acknowledged);
  const auto container = text_of(
      api->json("GET", fmt::format("IngestManifests('{}')", bulk.manifest), "", 200).at("BlobStorageUriForUpload"));
  for (int i = 0; i < kFiles; ++i) {
    const auto listed = api->json("GET", fmt::format("IngestManifestFiles?$filter=Name%20eq%20'{}'", name(i)), "", 200);
    if (listed.at("value").at(0).at("State").to_number<int>() == 1) continue;
    CHECK(put_signed(key, container, name(i), std::string(50'000, 'x')).status == 201);
  }
  CHECK(finished() == kFiles);
  const auto files = api->files(bulk.asset);
  CHECK(files.size() == kFiles);
  for (const auto& file : files) CHECK(text_of(file.at("ContentFileSize")) == "50000");
}

}  // namespace lazulite::test
