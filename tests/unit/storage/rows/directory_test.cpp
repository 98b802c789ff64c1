#include "storage/rows/directory.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

namespace lazulite::rows {
namespace {

const Timestamp kNow{std::chrono::seconds{1'700'000'000}};

NewAccount named(std::string name, std::string storage) {
  NewAccount account;
  account.name = std::move(name);
  account.storage_account_name = std::move(storage);
  return account;
}

Result<MediaAccount> create(TestDatabase& rows, const NewAccount& account, Timestamp now = kNow) {
  return rows.write([&](Session& s) { return create_account(s, account, now); });
}

TEST_CASE("a new account comes with keys, storage, units and a running default endpoint", "[unit][storage]") {
  TestDatabase rows;
  const auto made = create(rows, named("movies", "moviestore"));
  REQUIRE(made);
  CHECK(made->region == "local");
  CHECK(made->created == kNow);
  CHECK(base64_decode(made->primary_key).value().size() == 32);
  CHECK(made->primary_key.size() == 44);
  CHECK(made->primary_key != made->secondary_key);
  CHECK(Uuid::parse(made->client_id));
  CHECK(Uuid::parse(made->account_id.text));
  CHECK(made->client_secret.size() >= 32);

  const auto storage = rows.read([](Session& s) { return find_storage(s, "moviestore"); });
  REQUIRE(storage);
  REQUIRE(*storage);
  CHECK((*storage)->media_account == "movies");
  CHECK((*storage)->account.is_default);
  CHECK(base64_decode((*storage)->account.primary_key).value().size() == 64);

  const auto units =
      rows.read([&](Session& s) { return get<EncodingReservedUnitType>(s, "movies", made->account_id.text); });
  REQUIRE(units);
  CHECK(units->current_reserved_units == 1);
  CHECK(units->max_reservable_units == 25);
  CHECK(units->reserved_unit_type == ReservedUnitType::kBasicS1);

  const auto endpoints = rows.read([](Session& s) { return list<StreamingEndpoint>(s, "movies", {}); });
  REQUIRE(endpoints);
  REQUIRE(endpoints->size() == 1);
  CHECK(endpoints->front().name == "default");
  CHECK(endpoints->front().state == "Running");
  CHECK(normalize_entity_id("nb:oid:UUID:", endpoints->front().id));
}

TEST_CASE("accounts are found by name and by client id, and listed in order of creation", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(create(rows, named("zebra", "zebrastore")));
  const auto second = create(rows, named("apple", "applestore"), kNow + std::chrono::seconds{1});
  REQUIRE(second);
  const auto all = rows.read(list_accounts);
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].name == "zebra");
  CHECK((*all)[0].subscription_id == (*all)[1].subscription_id);
  CHECK_FALSE((*all)[0].account_id == (*all)[1].account_id);

  CHECK(rows.read([](Session& s) { return find_account(s, "apple"); }).value()->client_id == second->client_id);
  CHECK_FALSE(rows.read([](Session& s) { return find_account(s, "pear"); }).value());
  std::string upper = second->client_id;
  for (auto& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  CHECK(rows.read([&](Session& s) { return find_account_by_client_id(s, upper); }).value()->name == "apple");
  CHECK_FALSE(rows.read([](Session& s) { return find_account_by_client_id(s, "movies"); }).value());
  CHECK_FALSE(rows.read([](Session& s) { return find_storage(s, "nothere"); }).value());
}

TEST_CASE("given keys are kept, and refused when they are not keys", "[unit][storage]") {
  TestDatabase rows;
  NewAccount account = named("movies", "moviestore");
  account.primary_key = base64_encode(std::vector<std::uint8_t>(32, 1));
  account.storage_secondary_key = base64_encode(std::vector<std::uint8_t>(64, 2));
  account.client_id = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8";
  account.client_secret = "a secret";
  const auto made = create(rows, account);
  REQUIRE(made);
  CHECK(made->primary_key == *account.primary_key);
  CHECK(made->client_id == "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  CHECK(made->client_secret == "a secret");
  CHECK(rows.read([](Session& s) { return find_storage(s, "moviestore"); }).value()->account.secondary_key ==
        *account.storage_secondary_key);

  const auto refused = [&](auto change) {
    NewAccount other = named("other", "otherstore");
    change(other);
    const auto result = create(rows, other);
    return !result && result.error().code == ErrorCode::kInvalidArgument;
  };
  CHECK(refused([](NewAccount& a) { a.primary_key = "short"; }));
  CHECK(refused([](NewAccount& a) { a.storage_primary_key = base64_encode(std::vector<std::uint8_t>(32, 1)); }));
  CHECK(refused([](NewAccount& a) { a.client_id = "me"; }));
  CHECK(refused([](NewAccount& a) { a.client_secret = ""; }));
  for (const auto* name : {"", "ab", "Movies", "my-account", "a2345678901234567890123456", "m\xC3\xB6vies"}) {
    CAPTURE(name);
    CHECK(refused([&](NewAccount& a) { a.name = name; }));
    CHECK(refused([&](NewAccount& a) { a.storage_account_name = name; }));
  }
}

TEST_CASE("an account, a storage account and a client id exist once; a refused account leaves nothing",
          "[unit][storage]") {
  TestDatabase rows;
  NewAccount first = named("movies", "moviestore");
  first.client_id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  REQUIRE(create(rows, first));
  CHECK(create(rows, named("movies", "other")).error().code == ErrorCode::kConflict);
  const auto taken = create(rows, named("sports", "moviestore"));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::kConflict);
  CHECK_THAT(taken.error().message, Catch::Contains("moviestore"));
  NewAccount same_client = named("sports", "sportstore");
  same_client.client_id = first.client_id;
  CHECK(create(rows, same_client).error().code == ErrorCode::kConflict);
  CHECK(rows.read(list_accounts).value().size() == 1);
  CHECK(create(rows, named("sports", "sportstore")));
}

TEST_CASE("a locator is found by its GUID in whatever account it is", "[unit][storage]") {
  TestDatabase rows;
  Locator locator;
  locator.id = "nb:lid:UUID:6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  locator.type = LocatorType::kOnDemandOrigin;
  locator.permissions = 9;
  locator.storage_account_name = "sportstore";
  REQUIRE(rows.write([&](Session& s) { return insert(s, "sports", locator); }));
  const auto found = rows.read([](Session& s) { return find_locator(s, "6BA7B810-9dad-11d1-80b4-00c04fd430c8"); });
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->media_account == "sports");
  CHECK((*found)->locator.permissions == 9);
  CHECK((*found)->locator.storage_account_name == "sportstore");
  CHECK_FALSE(rows.read([](Session& s) { return find_locator(s, "6ba7b810-9dad-11d1-80b4-00c04fd430c9"); }).value());
}

}  // namespace
}  // namespace lazulite::rows
