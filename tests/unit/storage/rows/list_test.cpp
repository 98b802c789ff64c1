#include "schema/entities/asset_file.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/task.hpp"
#include "storage/rows/statement.hpp"
#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace lazulite::rows {
namespace {

using model::Value;

std::string ids(TestDatabase& rows, const ListQuery& query, std::string_view account = "movies") {
  const auto found = rows.read([&](Session& s) { return list<Asset>(s, account, query); });
  if (!found) return found.error().message;
  std::string out;
  for (const auto& each : *found) out += (out.empty() ? "" : " ") + each.id;
  return out;
}

Order by(std::string_view property, bool descending = false) { return {kAsset.find_property(property), descending}; }

// Created: c is first; a and b share an instant; d has no name.
void insert_four(TestDatabase& rows) {
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    Asset nameless = make_asset("d", "", 30);
    nameless.name.reset();
    for (const auto& each :
         {make_asset("b", "same", 20), make_asset("a", "same", 20), make_asset("c", "Zebra", 10), nameless}) {
      LAZULITE_CHECK(insert(s, "movies", each));
    }
    return insert(s, "sports", make_asset("x", "same", 1));
  }));
}

TEST_CASE("lists are ordered by creation, then by key, unless asked otherwise", "[unit][storage]") {
  TestDatabase rows;
  insert_four(rows);
  CHECK(ids(rows, {}) == "c a b d");
  CHECK(ids(rows, {.order = {by("Name")}}) == "d c a b");        // null first, bytes, then the key
  CHECK(ids(rows, {.order = {by("Name", true)}}) == "b a c d");  // all the other way round
  CHECK(ids(rows, {.order = {by("Id", true)}}) == "d c b a");
  CHECK(ids(rows, {.order = {by("Created", true), by("Id")}}) == "d a b c");
  CHECK(ids(rows, {}, "sports") == "x");
}

TEST_CASE("sorting by a computed property is refused", "[unit][storage]") {
  TestDatabase rows;
  const auto refused = rows.read([](Session& s) { return list(s, "movies", kAsset, {.order = {by("Uri")}}); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("skip and top cut a window out of the order", "[unit][storage]") {
  TestDatabase rows;
  insert_four(rows);
  ListQuery query;
  query.skip = 1;
  CHECK(ids(rows, query) == "a b d");
  query.top = 2;
  CHECK(ids(rows, query) == "a b");
  query.top = 0;
  CHECK(ids(rows, query).empty());
  query.skip = 9;
  query.top = -1;
  CHECK(ids(rows, query).empty());
}

TEST_CASE("pages of any size make up the whole list, each row once", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    for (int i = 0; i < 50; ++i) LAZULITE_CHECK(insert(s, "movies", make_asset("id" + std::to_string(i), "n", i / 7)));
    return {};
  }));
  const std::string whole = ids(rows, {});
  for (const std::int64_t size : {1, 3, 7, 49, 50, 1000}) {
    std::string joined;
    for (std::int64_t skip = 0; skip < 50; skip += size) {
      ListQuery query;
      query.skip = skip;
      query.top = size;
      joined += (joined.empty() ? "" : " ") + ids(rows, query);
    }
    CHECK(joined == whole);
  }
}

TEST_CASE("conditions are bound, joined and counted", "[unit][storage]") {
  TestDatabase rows;
  insert_four(rows);
  ListQuery query;
  query.condition = equals(kAsset, "Name", Value{"same"});
  CHECK(ids(rows, query) == "a b");
  query.condition = both(equals(kAsset, "Name", Value{"same"}), equals(kAsset, "Id", Value{"b"}));
  CHECK(ids(rows, query) == "b");
  CHECK(rows.read([&](Session& s) { return count(s, "movies", kAsset, query); }).value() == 1);
  query.condition = equals(kAsset, "Name", Value{});
  CHECK(ids(rows, query) == "d");
  query.condition = equals(kAsset, "Name", Value{"' OR 1=1 --"});
  CHECK(ids(rows, query).empty());
  // OR within a condition does not reach beyond the account.
  query.condition = {R"("Name" = :p1 OR "Name" = :p2)", {Value{"same"}, Value{"Zebra"}}};
  CHECK(ids(rows, query) == "c a b");
}

TEST_CASE("both() renumbers the placeholders of its right side and leaves quoted text alone", "[unit][storage]") {
  const auto joined = both({R"("A" = :p1 OR lower("B") LIKE :p2 ESCAPE '\')", {Value{1}, Value{"b"}}},
                           {R"("C" = :p1 AND "D" = ':p1' AND "E:p1" = :p2)", {Value{2}, Value{3}}});
  CHECK(joined.text ==
        R"(("A" = :p1 OR lower("B") LIKE :p2 ESCAPE '\') AND ("C" = :p3 AND "D" = ':p1' AND "E:p1" = :p4))");
  REQUIRE(joined.values.size() == 4);
  CHECK(joined.values[2] == Value{2});
  CHECK(both({}, {"x = :p1", {Value{1}}}).text == "x = :p1");
  CHECK(both({"x = :p1", {Value{1}}}, {}).text == "x = :p1");
}

TEST_CASE("links keep the order in which they were made, and outlive their targets", "[unit][storage]") {
  TestDatabase rows;
  insert_four(rows);
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    for (const auto* target : {"b", "gone", "c", "a"})
      LAZULITE_CHECK(link(s, "movies", kJob, "InputMediaAssets", "job", target));
    LAZULITE_CHECK(link(s, "movies", kJob, "OutputMediaAssets", "job", "d"));
    return link(s, "movies", kJob, "InputMediaAssets", "other job", "d");
  }));
  const auto targets = [&](std::string_view source) {
    return rows.read([&](Session& s) { return links(s, "movies", kJob, "InputMediaAssets", source); }).value();
  };
  CHECK(targets("job") == std::vector<std::string>{"b", "gone", "c", "a"});

  ListQuery query;
  query.linked_from = &kJob;
  query.linked_navigation = "InputMediaAssets";
  query.linked_key = "job";
  CHECK(ids(rows, query) == "b c a");
  CHECK(rows.read([&](Session& s) { return count(s, "movies", kAsset, query); }).value() == 3);
  CHECK(ids(rows, query, "sports").empty());
  query.order = {by("Id")};
  CHECK(ids(rows, query) == "a b c");
  query.order.clear();
  query.condition = equals(kAsset, "Name", Value{"same"});
  CHECK(ids(rows, query) == "b a");
  query.top = 1;
  query.skip = 1;
  CHECK(ids(rows, query) == "a");

  REQUIRE(rows.write([](Session& s) -> Result<void> {
    LAZULITE_CHECK(unlink(s, "movies", kJob, "InputMediaAssets", "job", "c"));
    return link(s, "movies", kJob, "InputMediaAssets", "job", "c");
  }));
  CHECK(targets("job") == std::vector<std::string>{"b", "gone", "a", "c"});
  REQUIRE(rows.write([](Session& s) { return unlink_all(s, "movies", kJob, "InputMediaAssets", "job"); }));
  CHECK(targets("job").empty());
  CHECK(targets("other job") == std::vector<std::string>{"d"});
}

TEST_CASE("a pair is linked once; a link that is not there cannot be removed", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) { return link(s, "movies", kAsset, "ParentAssets", "child", "parent"); }));
  CHECK(rows.write([](Session& s) { return link(s, "movies", kAsset, "ParentAssets", "child", "parent"); })
            .error()
            .code == ErrorCode::kConflict);
  CHECK(rows.write([](Session& s) { return link(s, "sports", kAsset, "ParentAssets", "child", "parent"); }));
  CHECK(rows.write([](Session& s) { return unlink(s, "movies", kAsset, "ParentAssets", "child", "x"); }).error().code ==
        ErrorCode::kNotFound);
  CHECK(rows.write([](Session& s) { return link(s, "movies", kAsset, "Files", "child", "x"); }).error().code ==
        ErrorCode::kInternal);
}

TEST_CASE("a condition on a column named like a link column means the row's", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    for (int i = 0; i < 3; ++i) {
      JobTask task;
      task.id = "t" + std::to_string(i);
      task.position = 2 - i;
      task.job_id = "j";
      LAZULITE_CHECK(insert(s, "movies", task));
    }
    return {};
  }));
  ListQuery query;
  query.condition = equals(kTask, "job_id", Value{"j"});
  query.order = {{kTask.find_property("position"), false}};
  const auto tasks = rows.read([&](Session& s) { return list<JobTask>(s, "movies", query); });
  REQUIRE(tasks);
  REQUIRE(tasks->size() == 3);
  CHECK((*tasks)[0].id == "t2");
}

TEST_CASE("the lists that clients ask for most use an index for their order", "[unit][storage]") {
  TestDatabase rows;
  static constexpr std::array kColumns = {model::EdmType::kInt64, model::EdmType::kInt64, model::EdmType::kInt64,
                                          model::EdmType::kString};
  const auto plan = [&](std::string_view order, std::string_view condition = "") {
    const std::array values = {Value{"movies"}};
    const auto steps = rows.read([&](Session& s) {
      return select(
          s,
          fmt::format(R"(EXPLAIN QUERY PLAN SELECT t."Id" FROM "Assets" AS t WHERE t.account = :p1 {} ORDER BY {})",
                      condition, order),
          values, kColumns);
    });
    std::string out;
    for (const auto& step : steps.value()) out += *step[3].as<std::string>() + "\n";
    return out;
  };
  CHECK_THAT(plan(R"(t."Created", t."Id")"), !Catch::Contains("TEMP B-TREE"));
  CHECK_THAT(plan(R"(t."Created" DESC, t."Id" DESC)"), !Catch::Contains("TEMP B-TREE"));
  CHECK_THAT(plan(R"(t."Name" NULLS FIRST, t."Id")"), !Catch::Contains("TEMP B-TREE"));
  CHECK_THAT(plan(R"(t."Name" DESC NULLS LAST, t."Id" DESC)"), !Catch::Contains("TEMP B-TREE"));
  // An indexed property that must be equal to something leaves few rows, which are sorted; any other is looked at on
  // the way.
  CHECK_THAT(plan(R"(t."Created", t."Id")", R"(AND ("Name" = 'x'))"), Catch::Contains("ix_Assets_Name"));
  CHECK_THAT(plan(R"(t."Created", t."Id")", R"(AND ("State" = 1))"), Catch::Contains("ix_Assets_Created"));
}

}  // namespace
}  // namespace lazulite::rows
