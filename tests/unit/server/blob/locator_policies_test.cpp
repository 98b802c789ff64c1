#include "server/blob/locator_policies.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/entities/locator.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;

namespace {

constexpr const char* kAssetGuid = "9c8ea9c6-52bd-4232-8a43-8e43d8564a99";
constexpr const char* kLocatorGuid = "00112233-4455-6677-8899-aabbccddeeff";

struct Rows {
  test::TemporaryFolder folder;
  std::unique_ptr<rows::Database> database = rows::Database::open({.path = folder.path() / "rows.db"}).value();
  blob::StorageDirectory directory = blob::make_storage_directory(*database);
  MediaAccount account;

  Rows() {
    rows::NewAccount fresh;
    fresh.name = "media";
    fresh.storage_account_name = "amsstore";
    const auto made =
        database->write([&](rows::Session& s) { return rows::create_account(s, fresh, system_clock().now()); });
    account = made.value();
  }
  void add_locator(LocatorType type, std::int32_t permissions) {
    Locator locator;
    locator.id = std::string{"nb:lid:UUID:"} + kLocatorGuid;
    locator.type = type;
    locator.asset_id = std::string{"nb:cid:UUID:"} + kAssetGuid;
    locator.access_policy_id = "nb:pid:UUID:" + Uuid::random().text();
    locator.permissions = permissions;
    locator.storage_account_name = "amsstore";
    const model::Record record = model::to_record(locator);
    REQUIRE(database->write([&](rows::Session& s) { return rows::insert(s, "media", record); }));
  }
};

}  // namespace

TEST_CASE("a storage account is found with both its keys", "[unit][blob]") {
  Rows rows;
  const auto owner = rows.directory.find_account("amsstore");
  REQUIRE(owner);
  REQUIRE(owner->has_value());
  CHECK((*owner)->media_account == "media");
  REQUIRE((*owner)->keys.size() == 2);
  CHECK((*owner)->keys[0].size() == 64);
  CHECK((*owner)->keys[0] != (*owner)->keys[1]);
  CHECK_FALSE(rows.directory.find_account("unknown")->has_value());
}

TEST_CASE("a SAS locator is a policy on its asset's container, with its letters", "[unit][blob]") {
  Rows rows;
  const blobs::ContainerRef container{"amsstore", std::string{"asset-"} + kAssetGuid};
  CHECK_FALSE(rows.directory.find_policy(container, kLocatorGuid)->has_value());
  rows.add_locator(LocatorType::kSas, 1 | 2 | 8);
  const auto policy = rows.directory.find_policy(container, kLocatorGuid).value();
  REQUIRE(policy.has_value());
  CHECK(policy->permission == "rwl");
  CHECK_FALSE(policy->start.has_value());
  CHECK_FALSE(policy->expiry.has_value());
  CHECK_FALSE(rows.directory.find_policy({"amsstore", "asset-other"}, kLocatorGuid)->has_value());
  CHECK_FALSE(rows.directory.find_policy({"otherstore", container.container}, kLocatorGuid)->has_value());
  CHECK_FALSE(rows.directory.find_policy(container, "not a guid")->has_value());
}

TEST_CASE("a streaming locator gives no access to blobs", "[unit][blob]") {
  Rows rows;
  rows.add_locator(LocatorType::kOnDemandOrigin, 1);
  CHECK_FALSE(rows.directory.find_policy({"amsstore", std::string{"asset-"} + kAssetGuid}, kLocatorGuid)->has_value());
}
