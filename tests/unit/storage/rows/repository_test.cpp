#include "schema/entities/asset_file.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/storage_account.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "schema/model/model.hpp"
#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <limits>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Property;
using model::Record;
using model::Value;

enum class Fill { kOrdinary, kExtreme, kEmpty };

// A number for texts that must differ between rows.
std::string serial() {
  static int last = 0;
  return std::to_string(++last);
}

Value sample(const Property& property, Fill fill, bool within_collection = false);

Value sample_scalar(const Property& property, Fill fill) {
  const bool extreme = fill == Fill::kExtreme;
  switch (property.type) {
    case EdmType::kInt32:
      return Value{extreme ? std::int64_t{INT32_MIN} : std::int64_t{7}};
    case EdmType::kInt64:
      return Value{extreme ? std::numeric_limits<std::int64_t>::max() : std::int64_t{5'000'000'000}};
    case EdmType::kDouble:
      return Value{extreme ? 0.1 + 0.2 : -1.5e300};
    case EdmType::kBoolean:
      return Value{!extreme};
    case EdmType::kDateTime:
      return Value{extreme ? dotnet_min_time() : Timestamp{std::chrono::microseconds{1'714'557'600'123'456}}};
    case EdmType::kString:
      return Value{(extreme ? "\xC3\xA4\xF0\x9F\x8E\xAC ' \" \\ :p1 %_\n" : "text ") + serial()};
    case EdmType::kGuid:
      return Value{"6ba7b810-9dad-11d1-80b4-" + std::string(12 - serial().size(), '0') + serial()};
    case EdmType::kComplex:
      break;
  }
  model::ComplexValue out;
  for (const auto& each : property.complex->properties) out.members.push_back(sample(each, fill));
  return Value{std::move(out)};
}

Value empty_scalar(const Property& property) {
  switch (property.type) {
    case EdmType::kInt32:
    case EdmType::kInt64:
      return Value{std::int64_t{0}};
    case EdmType::kDouble:
      return Value{0.0};
    case EdmType::kBoolean:
      return Value{false};
    case EdmType::kDateTime:
      return Value{Timestamp{}};
    default:
      return property.has(model::kKey) || property.has(model::kIndexed) ? sample_scalar(property, Fill::kOrdinary)
                                                                        : Value{std::string{}};
  }
}

Value sample(const Property& property, Fill fill, bool within_collection) {
  if (property.collection && !within_collection) {
    model::CollectionValue out;
    for (int i = 0; fill != Fill::kEmpty && i < 2; ++i) out.items.push_back(sample(property, fill, true));
    return Value{std::move(out)};
  }
  if (fill != Fill::kEmpty) return sample_scalar(property, fill);
  if (property.nullable) return Value{};
  return property.type == EdmType::kComplex ? sample_scalar(property, fill) : empty_scalar(property);
}

Record sample_record(const model::EntityType& type, Fill fill) {
  Record record{type};
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const auto& property = type.properties[i];
    const bool unique = property.name == "client_id" || property.name == "AccountId";
    if (!property.has(model::kComputed)) record.values[i] = sample(property, unique ? Fill::kOrdinary : fill);
  }
  return record;
}

Result<void> insert_files(Session& s, std::string_view account, std::string_view asset, std::string_view name,
                          std::string_view id) {
  AssetFile file;
  file.id = id;
  file.name = name;
  file.parent_asset_id = asset;
  return insert(s, account, file);
}

TEST_CASE("rows of every type come back as they were written", "[unit][storage]") {
  TestDatabase rows;
  for (const auto* type : model::entity_types()) {
    // Rows of these come from code, or do not exist.
    if (type->name == "MediaProcessor" || type->name == "Channel" || type->name == "Program") continue;
    for (const Fill fill : {Fill::kOrdinary, Fill::kExtreme, Fill::kEmpty}) {
      const Record record = sample_record(*type, fill);
      REQUIRE(rows.write([&](Session& s) { return insert(s, "movies", record); }));
      const auto found = rows.read([&](Session& s) { return get(s, "movies", *type, record.key()); });
      REQUIRE(found);
      for (std::size_t i = 0; i < type->properties.size(); ++i) {
        CAPTURE(type->name, type->properties[i].name, static_cast<int>(fill));
        CHECK(found->values[i] == record.values[i]);
      }
    }
  }
}

TEST_CASE("an entity with nested values comes back as its struct", "[unit][storage]") {
  TestDatabase rows;
  StreamingEndpoint endpoint;
  endpoint.id = "nb:oid:UUID:1";
  endpoint.name = "default";
  endpoint.host_name = "never stored";
  endpoint.custom_host_names = {"a.example", ""};
  endpoint.access_control.emplace();
  endpoint.access_control->ip.emplace();
  endpoint.access_control->ip->allow = {{"all", "0.0.0.0", 0}, {"one", "10.0.0.1", std::nullopt}};
  endpoint.cache_control.emplace();
  endpoint.cache_control->max_age = 5'000'000'000;
  REQUIRE(rows.write([&](Session& s) { return insert(s, "movies", endpoint); }));
  const auto found = rows.read([](Session& s) { return get<StreamingEndpoint>(s, "movies", "nb:oid:UUID:1"); });
  REQUIRE(found);
  CHECK(found->host_name.empty());
  CHECK(found->custom_host_names == endpoint.custom_host_names);
  REQUIRE(found->access_control);
  CHECK_FALSE(found->access_control->akamai);
  REQUIRE(found->access_control->ip);
  REQUIRE(found->access_control->ip->allow.size() == 2);
  CHECK(found->access_control->ip->allow[0].subnet_prefix_length == 0);
  CHECK(found->access_control->ip->allow[1].address == "10.0.0.1");
  CHECK_FALSE(found->access_control->ip->allow[1].subnet_prefix_length);
  CHECK(found->cache_control->max_age == 5'000'000'000);
  CHECK(found->free_trial_end_time == dotnet_min_time());
}

TEST_CASE("null where a value must be: a text becomes empty, a number is refused", "[unit][storage]") {
  TestDatabase rows;
  Record record = model::to_record(make_asset("a", "x"));
  record["State"] = Value{};
  const auto refused = rows.write([&](Session& s) { return insert(s, "movies", record); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kInvalidArgument);
  CHECK_THAT(refused.error().message, Catch::Contains("State"));

  AssetFile file;
  file.id = "f";
  Record with_null = model::to_record(file);
  with_null["Name"] = Value{};
  REQUIRE(rows.write([&](Session& s) { return insert(s, "movies", with_null); }));
  CHECK(rows.read([](Session& s) { return get(s, "movies", kAssetFile, "f"); }).value()["Name"] ==
        Value{std::string{}});
}

TEST_CASE("a value of the wrong kind is refused by the table", "[unit][storage]") {
  TestDatabase rows;
  Record record = model::to_record(make_asset("a", "x"));
  record["Created"] = Value{std::string{"yesterday"}};
  const auto refused = rows.write([&](Session& s) { return insert(s, "movies", record); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a row of another account does not exist", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) { return insert(s, "movies", make_asset("a", "theirs")); }));
  const auto got = rows.read([](Session& s) { return get(s, "sports", kAsset, "a"); });
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ErrorCode::kNotFound);
  CHECK(got.error().message == "no Asset has the id 'a'");
  CHECK_FALSE(rows.read([](Session& s) { return find(s, "sports", kAsset, "a"); }).value());
  CHECK(rows.read([](Session& s) { return list(s, "sports", kAsset, {}); }).value().empty());
  CHECK(rows.write([](Session& s) { return update(s, "sports", make_asset("a", "mine")); }).error().code ==
        ErrorCode::kNotFound);
  CHECK(rows.write([](Session& s) { return remove<Asset>(s, "sports", "a"); }).error().code == ErrorCode::kNotFound);
  CHECK(rows.read([](Session& s) { return get<Asset>(s, "movies", "a"); }).value().name == "theirs");
  // The same key may exist in both.
  CHECK(rows.write([](Session& s) { return insert(s, "sports", make_asset("a", "mine")); }));
}

TEST_CASE("a second row with the same key, or the same unique value, is a conflict", "[unit][storage]") {
  TestDatabase rows;
  const auto conflict = [&](auto&& f) { return rows.write(f).error().code == ErrorCode::kConflict; };
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    LAZULITE_CHECK(insert(s, "movies", make_asset("a", "x")));
    LAZULITE_CHECK(insert_files(s, "movies", "a", "v.mp4", "f1"));
    LAZULITE_CHECK(insert_files(s, "movies", "b", "v.mp4", "f2"));
    LAZULITE_CHECK(insert_files(s, "movies", "a", "V.mp4", "f3"));
    StreamingEndpoint endpoint;
    endpoint.id = "e1";
    endpoint.name = "default";
    LAZULITE_CHECK(insert(s, "movies", endpoint));
    StorageAccount storage;
    storage.name = "store";
    LAZULITE_CHECK(insert(s, "movies", storage));
    Locator locator;
    locator.id = "l1";
    return insert(s, "movies", locator);
  }));
  CHECK(conflict([](Session& s) { return insert(s, "movies", make_asset("a", "other")); }));
  CHECK(conflict([](Session& s) { return insert_files(s, "movies", "a", "v.mp4", "f4"); }));
  CHECK(conflict([](Session& s) {
    StreamingEndpoint endpoint;
    endpoint.id = "e2";
    endpoint.name = "Default";
    return insert(s, "movies", endpoint);
  }));
  CHECK(conflict([](Session& s) {
    StorageAccount storage;
    storage.name = "store";
    return insert(s, "sports", storage);
  }));
  CHECK(conflict([](Session& s) {
    Locator locator;
    locator.id = "l1";
    return insert(s, "sports", locator);
  }));
}

TEST_CASE("update writes the named properties only, or all of them", "[unit][storage]") {
  TestDatabase rows;
  Asset asset = make_asset("a", "old", 5);
  asset.alternate_id = "kept";
  REQUIRE(rows.write([&](Session& s) { return insert(s, "movies", asset); }));
  asset.name = "new";
  asset.alternate_id = "lost";
  static constexpr std::array<std::string_view, 1> kName = {"Name"};
  REQUIRE(rows.write([&](Session& s) { return update(s, "movies", asset, kName); }));
  auto found = rows.read([](Session& s) { return get<Asset>(s, "movies", "a"); }).value();
  CHECK(found.name == "new");
  CHECK(found.alternate_id == "kept");
  asset.name.reset();
  REQUIRE(rows.write([&](Session& s) { return update(s, "movies", asset); }));
  found = rows.read([](Session& s) { return get<Asset>(s, "movies", "a"); }).value();
  CHECK_FALSE(found.name);
  CHECK(found.alternate_id == "lost");

  for (const std::string_view name : {"Nothing", "Uri"}) {
    const std::array<std::string_view, 1> names = {name};
    CHECK(rows.write([&](Session& s) { return update(s, "movies", asset, names); }).error().code ==
          ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("a removed row is gone, and removing it again is NotFound", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) { return insert(s, "movies", make_asset("a", "x")); }));
  REQUIRE(rows.write([](Session& s) { return remove<Asset>(s, "movies", "a"); }));
  CHECK_FALSE(rows.read([](Session& s) { return find<Asset>(s, "movies", "a"); }).value());
  CHECK(rows.write([](Session& s) { return remove<Asset>(s, "movies", "a"); }).error().code == ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lazulite::rows
