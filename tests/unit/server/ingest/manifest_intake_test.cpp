#include "server/ingest/manifest_intake.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset_file.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/blobs/memory_blob_store.hpp"
#include "storage/rows/directory.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace lazulite;

namespace {

constexpr const char* kAccount = "media";
constexpr const char* kStorage = "mediastorage";

// A manifest with one asset that awaits files, over a store of either kind.
struct World {
  explicit World(bool files) {
    if (files) {
      store = blobs::FileBlobStore::open(folder.path() / "blobs").value();
    } else {
      store = std::make_unique<blobs::MemoryBlobStore>(system_clock());
    }
    database =
        rows::Database::open({.path = folder.path() / "rows.db", .readers = 1, .synchronous_full = false}).value();
    asset.id = new_entity_id(kAsset.id_prefix);
    asset.storage_account_name = kStorage;
    manifest.id = new_entity_id(kIngestManifest.id_prefix);
    manifest.storage_account_name = kStorage;
    item.id = new_entity_id(kIngestManifestAsset.id_prefix);
    item.parent_ingest_manifest_id = manifest.id;
    item.asset_id = asset.id;
    write([&](rows::Session& session) -> Result<void> {
      rows::NewAccount account;
      account.name = kAccount;
      account.storage_account_name = kStorage;
      LAZULITE_CHECK(rows::create_account(session, account, system_clock().now()));
      LAZULITE_CHECK(rows::insert(session, kAccount, asset));
      LAZULITE_CHECK(rows::insert(session, kAccount, manifest));
      return rows::insert(session, kAccount, item);
    });
    REQUIRE(store->create_container(target()));
    REQUIRE(store->create_container(upload()));
  }

  [[nodiscard]] blobs::ContainerRef target() const { return {kStorage, asset_container_name(asset.id)}; }
  [[nodiscard]] blobs::ContainerRef upload() const { return {kStorage, manifest_container_name(manifest.id)}; }

  template <class F>
  void write(F&& change) {
    const Result<void> written = database->write(std::forward<F>(change));
    REQUIRE(written);
  }
  IngestManifestFile await(const std::string& name, bool primary = false) {
    IngestManifestFile file;
    file.id = new_entity_id(kIngestManifestFile.id_prefix);
    file.name = name;
    file.parent_ingest_manifest_id = manifest.id;
    file.parent_ingest_manifest_asset_id = item.id;
    file.is_primary = primary;
    file.mime_type = "video/mp4";
    write([&](rows::Session& session) -> Result<void> {
      LAZULITE_CHECK(rows::insert(session, kAccount, file));
      return ingest::update_pending(session, kAccount, manifest.id, item.id);
    });
    return file;
  }
  std::string put(const blobs::ContainerRef& container, const std::string& name, std::string_view bytes) {
    auto writer = store->put_blob({container, name}, {}, {}).value();
    REQUIRE(writer->write(as_bytes(bytes)));
    return writer->commit().value().etag;
  }
  std::string text(const blobs::ContainerRef& container, const std::string& name) {
    const auto blob = store->open({container, name});
    if (!blob) return "none";
    std::string out(blob->properties.size, '\0');
    REQUIRE(files::read_some(blob->file, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, 0));
    return out;
  }
  template <class T>
  std::vector<T> all() {
    return database->read([](rows::Session& session) { return rows::list<T>(session, kAccount, {}); }).value();
  }
  IngestManifestFileState state_of(const std::string& name) {
    const auto files = all<IngestManifestFile>();
    const auto found = std::find_if(files.begin(), files.end(), [&](const auto& each) { return each.name == name; });
    REQUIRE(found != files.end());
    return found->state;
  }
  std::size_t pending_assets() {
    return database
        ->read([&](rows::Session& session) {
          return rows::links(session, kAccount, kIngestManifest, "PendingIngestManifestAssets", manifest.id);
        })
        .value()
        .size();
  }

  test::TemporaryFolder folder;
  std::unique_ptr<blobs::BlobStore> store;
  std::unique_ptr<rows::Database> database;
  std::vector<std::string> changed;
  Asset asset;
  IngestManifest manifest;
  IngestManifestAsset item;
};

struct Intake : World {
  explicit Intake(bool files = true) : World(files) {}
  ingest::ManifestIntake intake{*database, *store, system_clock(),
                                [this](std::string_view account) { changed.emplace_back(account); }};
};

}  // namespace

TEST_CASE("an awaited upload becomes a file of its asset", "[unit][server]") {
  const bool files = GENERATE(true, false);
  Intake world{files};
  world.await("a.mp4", true);
  world.await("b.mp4", true);
  CHECK(world.pending_assets() == 1);
  world.put(world.upload(), "a.mp4", "hello");
  world.intake.take_in({world.upload(), "a.mp4"});

  CHECK(world.text(world.target(), "a.mp4") == "hello");
  CHECK(world.text(world.upload(), "a.mp4") == "none");
  const auto made = world.all<AssetFile>();
  REQUIRE(made.size() == 1);
  CHECK(made[0].name == "a.mp4");
  CHECK(made[0].content_file_size == 5);
  CHECK(made[0].mime_type == "video/mp4");
  CHECK(made[0].is_primary);
  CHECK(world.changed == std::vector<std::string>{kAccount});
  CHECK(world.state_of("a.mp4") == IngestManifestFileState::kFinished);
  CHECK(world.state_of("b.mp4") == IngestManifestFileState::kPending);
  CHECK(world.pending_assets() == 1);

  world.put(world.upload(), "b.mp4", "");
  world.intake.take_in({world.upload(), "b.mp4"});
  CHECK(world.pending_assets() == 0);
  CHECK(world.text(world.target(), "b.mp4").empty());
  const auto both = world.all<AssetFile>();
  REQUIRE(both.size() == 2);
  for (const auto& file : both) CHECK(file.is_primary == (file.name == "a.mp4"));  // the first stays the primary file
}

TEST_CASE("a blob that nobody awaits stays where it is", "[unit][server]") {
  Intake world;
  world.put(world.upload(), "stray.mp4", "x");
  world.intake.take_in({world.upload(), "stray.mp4"});
  world.intake.take_in({world.upload(), "missing.mp4"});
  world.put(world.target(), "own.mp4", "y");
  world.intake.take_in({world.target(), "own.mp4"});
  world.intake.take_in({{kStorage, "manifest-nonsense"}, "a.mp4"});
  CHECK(world.text(world.upload(), "stray.mp4") == "x");
  CHECK(world.all<AssetFile>().empty());
  world.await("stray.mp4");  // a file row that comes after its blob
  world.intake.take_in({world.upload(), "stray.mp4"});
  CHECK(world.all<AssetFile>().size() == 1);
}

TEST_CASE("what cannot be taken in ends in Error with its reason, and keeps its blob", "[unit][server]") {
  Intake world;
  const auto file = world.await("a.mp4");
  AssetFile own;
  own.id = new_entity_id(kAssetFile.id_prefix);
  own.name = "a.mp4";
  own.parent_asset_id = world.asset.id;
  world.write([&](rows::Session& session) { return rows::insert(session, kAccount, own); });
  world.put(world.target(), "a.mp4", "mine");
  world.put(world.upload(), "a.mp4", "other");
  world.intake.take_in({world.upload(), "a.mp4"});
  const auto refused = world.all<IngestManifestFile>().at(0);
  CHECK(refused.state == IngestManifestFileState::kError);
  CHECK_THAT(refused.error_detail.value_or(""), Catch::Contains("already has a file"));
  CHECK(world.text(world.target(), "a.mp4") == "mine");
  CHECK(world.text(world.upload(), "a.mp4") == "other");
  CHECK(world.pending_assets() == 0);

  world.write([&](rows::Session& session) { return rows::remove<AssetFile>(session, kAccount, own.id); });
  world.intake.take_in({world.upload(), "a.mp4"});  // the cause is gone
  CHECK(world.all<IngestManifestFile>().at(0).state == IngestManifestFileState::kFinished);
  CHECK_FALSE(world.all<IngestManifestFile>().at(0).error_detail);
  CHECK(world.text(world.target(), "a.mp4") == "other");
}

TEST_CASE("a deleted asset is an error too", "[unit][server]") {
  Intake world;
  world.await("a.mp4");
  world.write([&](rows::Session& session) { return rows::remove<Asset>(session, kAccount, world.asset.id); });
  world.put(world.upload(), "a.mp4", "x");
  world.intake.take_in({world.upload(), "a.mp4"});
  CHECK_THAT(world.all<IngestManifestFile>().at(0).error_detail.value_or(""),
             Catch::Contains("does not exist any more"));
  CHECK(world.text(world.upload(), "a.mp4") == "x");
}

TEST_CASE("whatever a crash leaves behind is finished at the next start", "[unit][server]") {
  Intake world;
  SECTION("the blob was uploaded and not looked at") {
    world.await("a.mp4");
    world.put(world.upload(), "a.mp4", "new");
  }
  SECTION("the blob was copied, and its rows were not written") {
    world.await("a.mp4");
    const auto etag = world.put(world.upload(), "a.mp4", "new");
    REQUIRE(ingest::copy_blob(*world.store, {world.upload(), "a.mp4"}, etag, {world.target(), "a.mp4"}));
  }
  SECTION("the rows were written, and the uploaded blob was not removed") {
    auto file = world.await("a.mp4");
    const auto etag = world.put(world.upload(), "a.mp4", "new");
    world.intake.take_in({world.upload(), "a.mp4"});
    file = world.all<IngestManifestFile>().at(0);
    CHECK(file.blob_etag == etag);
    file.blob_etag = world.put(world.upload(), "a.mp4", "new");
    world.write([&](rows::Session& session) { return rows::update(session, kAccount, file); });
  }
  world.intake.take_in_all();
  CHECK(world.text(world.target(), "a.mp4") == "new");
  CHECK(world.text(world.upload(), "a.mp4") == "none");
  CHECK(world.all<AssetFile>().size() == 1);
  CHECK(world.all<IngestManifestFile>().at(0).state == IngestManifestFileState::kFinished);
}

TEST_CASE("a file that is finished takes nothing more in", "[unit][server]") {
  Intake world;
  world.await("a.mp4");
  world.put(world.upload(), "a.mp4", "first");
  world.intake.take_in({world.upload(), "a.mp4"});
  world.put(world.upload(), "a.mp4", "second");
  world.intake.take_in({world.upload(), "a.mp4"});
  world.intake.take_in_all();
  CHECK(world.text(world.target(), "a.mp4") == "first");
  CHECK(world.text(world.upload(), "a.mp4") == "second");
  CHECK(world.all<AssetFile>().size() == 1);
}

TEST_CASE("copy_blob copies the blob that is meant, or none", "[unit][server]") {
  const bool files = GENERATE(true, false);
  World world{files};
  const auto etag = world.put(world.upload(), "a", "1");
  world.put(world.upload(), "a", "22");
  const auto copied = ingest::copy_blob(*world.store, {world.upload(), "a"}, etag, {world.target(), "a"});
  REQUIRE_FALSE(copied);
  CHECK(copied.error().code == ErrorCode::kPreconditionFailed);
  CHECK(world.text(world.target(), "a") == "none");
}
