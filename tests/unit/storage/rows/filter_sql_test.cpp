// The same conditions over the same rows, by SQL and in memory: both must choose the same.
#include "storage/rows/filter_sql.hpp"

#include "schema/base/ids.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/odata/filter_evaluate.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <algorithm>

using namespace lazulite;

namespace {

struct Rows {
  test::TemporaryFolder folder;
  std::unique_ptr<rows::Database> database =
      rows::Database::open({.path = folder.path() / "rows.db", .readers = 1, .synchronous_full = false}).value();

  template <class T>
  void add(const T& entity) {
    REQUIRE(database->write([&](rows::Session& session) { return rows::insert(session, "movies", entity); }));
  }
  // Keys of the rows that SQL chooses, sorted.
  std::vector<std::string> by_sql(const model::EntityType& type, const rows::ListQuery& query) {
    const auto found =
        database->read([&](rows::Session& session) { return rows::list(session, "movies", type, query); });
    REQUIRE(found);
    std::vector<std::string> out;
    for (const auto& each : *found) out.push_back(each.key());
    return out;
  }
};

std::vector<Asset> assets() {
  std::vector<Asset> out;
  const std::vector<std::optional<std::string>> names = {
      "Alpha", "alpha", "Beta beta", "", std::nullopt, "it's", "100%_x", " sp ", "\xC3\xA9t\xC3\xA9", "Z"};
  std::int64_t n = 0;
  for (const auto& name : names) {
    Asset asset;
    asset.id = fmt::format("nb:cid:UUID:00000000-0000-0000-0000-00000000000{}", n);
    asset.name = name;
    asset.alternate_id = n % 3 == 0 ? std::nullopt : name;
    asset.options = static_cast<AssetOptions>(n % 3);
    asset.created = parse_time("2023-12-31T23:59:59.25Z").value() + std::chrono::hours{n * 37};
    out.push_back(asset);
    ++n;
  }
  return out;
}

constexpr const char* kFilters[] = {
    "Name eq 'Alpha'",
    "Name ne 'Alpha'",
    "Name eq null",
    "Name ne null",
    "null eq null",
    "null ne null",
    "Name gt 'B'",
    "Name le 'alpha'",
    "Name gt null",
    "not (Name eq 'Alpha')",
    "not (Name gt 'B')",
    "not startswith(Name,'A')",
    "Name eq AlternateId",
    "Name ne AlternateId",
    "not (Name eq AlternateId)",
    "startswith(Name,'a')",
    "startswith(Name,'')",
    "startswith(Name,'100%')",
    "endswith(Name,'a')",
    "endswith(Name,'')",
    "endswith(Name,'Beta beta')",
    "endswith(Name,'longer than every name')",
    "substringof('t',Name)",
    "substringof('',Name)",
    "substringof('%',Name)",
    "substringof('_',Name)",
    "substringof('''',Name)",
    "startswith(Name,'a') eq true",
    "startswith(Name,'a') eq false",
    "startswith(Name,'a') ne true",
    "startswith(Name,'A') eq endswith(Name,'a')",
    "length(Name) gt 4",
    "length(Name) eq 3",
    "length(Name) ne 5",
    "tolower(Name) eq 'alpha'",
    "toupper(Name) eq 'ALPHA'",
    "trim(Name) eq 'sp'",
    "indexof(Name,'t') eq 1",
    "indexof(Name,'') eq 0",
    "indexof(Name,'zz') eq -1",
    "replace(Name,'a','b') eq 'blphb'",
    "replace(Name,'','b') eq Name",
    "substring(Name,1) eq 'lpha'",
    "substring(Name,1,2) eq 'lp'",
    "substring(Name,1,1) eq 't'",
    "concat(Name,'!') eq 'Z!'",
    "concat(concat(Name,'a'),'b') eq 'Zab'",
    "Options eq 1",
    "Options ne 1",
    "Options ge 1.5",
    "Options lt 2L and Options gt -1",
    "Options eq 1 or Options eq 2 and Name eq 'Beta beta'",
    "(Options eq 1 or Options eq 2) and Name eq 'Beta beta'",
    "year(Created) eq 2024",
    "month(Created) eq 1",
    "day(Created) gt 5",
    "hour(Created) eq 23",
    "minute(Created) eq 59",
    "second(Created) eq 59",
    "Created ge datetime'2024-01-05T00:00:00Z'",
    "Created lt '2024-01-02'",
    "Id eq 'nb:cid:UUID:00000000-0000-0000-0000-000000000003'",
    "Id ne 'nb:cid:UUID:00000000-0000-0000-0000-000000000003'",
    "true",
    "false",
    "not true",
    "true eq false",
    "cast(Options,'Edm.Int32') eq 0",
    "not (Name eq 'Alpha' or AlternateId eq 'Z') and Options ne 0",
    "length(AlternateId) gt 0 or AlternateId eq null",
};

}  // namespace

TEST_CASE("SQL and memory agree on every kind of condition", "[unit][storage]") {
  Rows rows;
  for (const auto& each : assets()) rows.add(each);
  for (const auto* text : kFilters) {
    INFO(text);
    const auto filter = odata::parse_filter(kAsset, text);
    REQUIRE(filter);
    rows::ListQuery query;
    query.condition = rows::filter_to_sql(kAsset, *filter).value();
    std::vector<std::string> expected;
    for (const auto& each : assets()) {
      if (odata::matches(*filter, model::to_record(each))) expected.push_back(each.id);
    }
    auto found = rows.by_sql(kAsset, query);
    std::sort(found.begin(), found.end());
    CHECK(found == expected);
  }
}

TEST_CASE("Booleans and 64-bit numbers in conditions", "[unit][storage]") {
  Rows rows;
  for (int n = 0; n < 4; ++n) {
    AssetFile file;
    file.id = fmt::format("nb:cid:UUID:00000000-0000-0000-0000-00000000000{}", n);
    file.name = fmt::format("f{}", n);
    file.parent_asset_id = "nb:cid:UUID:00000000-0000-0000-0000-00000000000a";
    file.is_primary = n == 2;
    file.content_file_size = 4'999'999'999 + n;
    rows.add(file);
  }
  const auto count = [&](std::string_view text) {
    rows::ListQuery query;
    query.condition = rows::filter_to_sql(kAssetFile, odata::parse_filter(kAssetFile, text).value()).value();
    return rows.by_sql(kAssetFile, query).size();
  };
  CHECK(count("IsPrimary") == 1);
  CHECK(count("not IsPrimary") == 3);
  CHECK(count("IsPrimary eq false") == 3);
  CHECK(count("IsPrimary ne true") == 3);
  CHECK(count("ContentFileSize gt 5000000000") == 2);
  CHECK(count("ParentAssetId eq 'nb:cid:UUID:00000000-0000-0000-0000-00000000000A' and IsPrimary eq true") == 1);
}

TEST_CASE("values never become SQL text", "[unit][storage]") {
  const auto filter =
      odata::parse_filter(kAsset, "Name eq '''; DROP TABLE Assets; --' and substringof('\" OR 1=1',Name)").value();
  const auto sql = rows::filter_to_sql(kAsset, filter).value();
  CHECK(sql.text.find("DROP") == std::string::npos);
  CHECK(sql.text.find("OR 1") == std::string::npos);
  CHECK(sql.values.size() == 2);
  CHECK_FALSE(rows::filter_to_sql(kAsset, odata::parse_filter(kAsset, "Uri eq 'x'").value()));
}

TEST_CASE("after_row continues every order where it stopped", "[unit][storage]") {
  Rows rows;
  for (const auto& each : assets()) rows.add(each);
  for (const bool descending : {false, true}) {
    for (const auto* property : {"Name", "Options", "Created", "AlternateId"}) {
      INFO(property << (descending ? " desc" : ""));
      rows::ListQuery query;
      query.order = {{kAsset.find_property(property), descending}, {&kAsset.key(), descending}};
      const auto all = rows.by_sql(kAsset, query);
      REQUIRE(all.size() == assets().size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto record =
            rows.database->read([&](rows::Session& session) { return rows::get(session, "movies", kAsset, all[i]); })
                .value();
        const std::vector<model::Value> values = {record[property], record["Id"]};
        query.condition = rows::after_row(query.order, values);
        CHECK(rows.by_sql(kAsset, query) ==
              std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
      }
    }
  }
}

TEST_CASE("is_one_of takes any number of texts", "[unit][storage]") {
  Rows rows;
  for (const auto& each : assets()) rows.add(each);
  rows::ListQuery query;
  query.condition = rows::is_one_of(*kAsset.find_property("Name"), std::vector<std::string>{"Alpha", "Z"});
  CHECK(rows.by_sql(kAsset, query).size() == 2);
  query.condition = rows::is_one_of(*kAsset.find_property("Name"), {});
  CHECK(rows.by_sql(kAsset, query).empty());
}
