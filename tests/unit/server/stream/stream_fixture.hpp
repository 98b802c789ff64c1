// A published asset behind a StreamEndpoint, without sockets: rows in a temporary database, blobs in memory, a clock
// that tests set.
#pragma once

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "server/stream/stream_endpoint.hpp"
#include "storage/blobs/memory_blob_store.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"
#include "tests/support/run_task.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::stream {

class SetClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return time; }
  Timestamp time = parse_time("2024-05-01T10:00:00Z").value();
};

struct PublishedAsset {
  static constexpr const char* kAccount = "media";
  static constexpr const char* kStorage = "mediastorage";

  test::TemporaryFolder folder;
  SetClock clock;
  std::unique_ptr<rows::Database> database;
  blobs::MemoryBlobStore blobs{clock};
  WorkPool db{2}, disk{2};
  std::unique_ptr<StreamEndpoint> endpoint;
  Asset asset;
  Locator locator;

  PublishedAsset() {
    database =
        rows::Database::open({.path = folder.path() / "rows.db", .readers = 2, .synchronous_full = false}).value();
    asset.id = new_entity_id(kAsset.id_prefix);
    asset.created = asset.last_modified = clock.time;
    asset.storage_account_name = kStorage;
    locator.id = new_entity_id(kLocator.id_prefix);
    locator.type = LocatorType::kOnDemandOrigin;
    locator.asset_id = asset.id;
    locator.expiration_date_time = clock.time + std::chrono::hours{1};
    write([&](rows::Session& session) -> Result<void> {
      rows::NewAccount account;
      account.name = kAccount;
      account.storage_account_name = kStorage;
      LAZULITE_CHECK(rows::create_account(session, account, clock.time));
      LAZULITE_CHECK(rows::insert(session, kAccount, asset));
      return rows::insert(session, kAccount, locator);
    });
    REQUIRE(blobs.create_container(container()));
    endpoint = std::make_unique<StreamEndpoint>(*database, blobs, db, disk, clock, StreamOptions{});
  }
  ~PublishedAsset() {
    db.join();
    disk.join();
  }

  [[nodiscard]] blobs::ContainerRef container() const { return {kStorage, "asset-" + std::string{guid_of(asset.id)}}; }
  [[nodiscard]] std::string base() const { return "/" + std::string{guid_of(locator.id)} + "/"; }

  template <class F>
  void write(F&& change) {
    const Result<void> written = database->write(std::forward<F>(change));
    REQUIRE(written);
  }
  void put_blob(const std::string& name, std::string_view bytes) {
    auto writer = blobs.put_blob({container(), name}, {}, {}).value();
    REQUIRE(writer->write(as_bytes(bytes)));
    REQUIRE(writer->commit());
  }
  void add_row(const std::string& name, std::optional<std::string> mime_type = {}) {
    AssetFile file;
    file.id = new_entity_id(kAssetFile.id_prefix);
    file.name = name;
    file.parent_asset_id = asset.id;
    file.mime_type = std::move(mime_type);
    write([&](rows::Session& session) { return rows::insert(session, kAccount, file); });
  }
  void add_file(const std::string& name, std::string_view bytes, std::optional<std::string> mime_type = {}) {
    put_blob(name, bytes);
    add_row(name, std::move(mime_type));
  }
  // Changes the `default` endpoint's row.
  void change_endpoint(const std::function<void(StreamingEndpoint&)>& change) {
    write([&](rows::Session& session) -> Result<void> {
      LAZULITE_TRY(auto all, list_endpoints(session, kAccount));
      change(all.at(0));
      return rows::update(session, kAccount, all[0]);
    });
    endpoint->forget(kAccount);
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  http::Response send(const std::string& method, const std::string& path, const Headers& headers = {}) {
    http::Request request;
    request.id = Uuid::random().text();
    request.method = method;
    request.target = request.path = path;
    request.client_address = "127.0.0.1";
    request.headers.set("Host", "127.0.0.1:8081");
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    return test::run_task(endpoint->handle(std::move(request)));
  }
  // Below the locator.
  http::Response get(const std::string& tail, const Headers& headers = {}) {
    return send("GET", base() + tail, headers);
  }
  std::string text(const std::string& tail) {
    const auto response = get(tail);
    INFO(tail << "\n" << response.body.text());
    REQUIRE(response.status == 200);
    return response.body.text();
  }
  // "404 MPE_UNAUTHORIZED"
  std::string error(const std::string& tail) {
    const auto response = get(tail);
    return std::to_string(response.status) + " " + std::string{response.headers.get("x-ams-error-code")};
  }
};

}  // namespace lazulite::stream
