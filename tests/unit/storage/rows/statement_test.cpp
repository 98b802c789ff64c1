#include "storage/rows/statement.hpp"

#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

TEST_CASE("values are bound by their kind and read by the type asked for", "[unit][storage]") {
  TestDatabase rows;
  const Timestamp now{std::chrono::microseconds{1'714'557'600'123'456}};
  const std::array values = {Value{true}, Value{std::int64_t{1} << 62}, Value{0.1}, Value{"\xC3\xA4 :p1"}, Value{now},
                             Value{}};
  static constexpr std::array kColumns = {EdmType::kBoolean, EdmType::kInt64,    EdmType::kDouble,
                                          EdmType::kString,  EdmType::kDateTime, EdmType::kGuid};
  const auto got =
      rows.read([&](Session& s) { return select(s, "SELECT :p1, :p2, :p3, :p4, :p5, :p6", values, kColumns); });
  REQUIRE(got);
  REQUIRE(got->size() == 1);
  for (std::size_t i = 0; i < values.size(); ++i) CHECK((*got)[0][i] == values[i]);
}

TEST_CASE("one statement is run again with other kinds of values, nulls among them", "[unit][storage]") {
  TestDatabase rows;
  static constexpr std::array kColumns = {EdmType::kString};
  for (const auto& value : {Value{"text"}, Value{}, Value{"again"}}) {
    const std::array values = {value};
    const auto got = rows.read([&](Session& s) { return select(s, "SELECT :p1", values, kColumns); });
    REQUIRE(got);
    CHECK(got->at(0).at(0) == value);
  }
}

TEST_CASE("RETURNING hands out the changed rows of a statement that is applied once", "[unit][storage]") {
  TestDatabase rows;
  static constexpr std::array kColumns = {EdmType::kString, EdmType::kInt32};
  const auto got = rows.write([&](Session& s) -> Result<std::vector<Row>> {
    for (const auto* id : {"a", "b", "c"}) LAZULITE_CHECK(insert(s, "movies", make_asset(id, "n")));
    return select(s, R"(UPDATE "Assets" SET "State" = "State" + 1 WHERE "Id" <> 'c' RETURNING "Id", "State")", {},
                  kColumns);
  });
  REQUIRE(got);
  REQUIRE(got->size() == 2);
  CHECK((*got)[1][1] == Value{1});
  CHECK(rows.read([](Session& s) { return get<Asset>(s, "movies", "a"); }).value().state == AssetState::kPublished);
}

TEST_CASE("execute tells how many rows it changed", "[unit][storage]") {
  TestDatabase rows;
  const auto counts = rows.write([](Session& s) -> Result<std::vector<std::int64_t>> {
    for (const auto* id : {"a", "b", "c"}) LAZULITE_CHECK(insert(s, "movies", make_asset(id, "n")));
    LAZULITE_TRY(const auto none, execute(s, R"(DELETE FROM "Assets" WHERE "Id" = 'x')"));
    LAZULITE_TRY(const auto two, execute(s, R"(DELETE FROM "Assets" WHERE "Id" > 'a')"));
    return std::vector<std::int64_t>{none, two};
  });
  REQUIRE(counts);
  CHECK(*counts == std::vector<std::int64_t>{0, 2});
}

TEST_CASE("bad SQL is an Io error that does not repeat the bound values, and the session goes on", "[unit][storage]") {
  TestDatabase rows;
  const std::array secret = {Value{"secret"}};
  const auto bad = rows.write([&](Session& s) { return execute(s, "INSERT INTO nowhere VALUES (:p1)", secret); });
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == ErrorCode::kIo);
  CHECK_THAT(bad.error().message, Catch::Contains("nowhere") && !Catch::Contains("secret"));
  CHECK(rows.write([](Session& s) { return insert(s, "movies", make_asset("a", "n")); }));
}

TEST_CASE("more statements than the cache holds work as well", "[unit][storage]") {
  TestDatabase rows;
  static constexpr std::array kColumns = {EdmType::kInt64};
  const auto sum = rows.read([](Session& s) -> Result<std::int64_t> {
    std::int64_t total = 0;
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 600; ++i) {
        LAZULITE_TRY(const auto got, select(s, fmt::format("SELECT {}", i), {}, kColumns));
        total += *got.at(0).at(0).as<std::int64_t>();
      }
    }
    return total;
  });
  REQUIRE(sum);
  CHECK(*sum == 2 * 599 * 300);
}

TEST_CASE("the database's clock is this machine's", "[unit][storage]") {
  TestDatabase rows;
  const auto before = system_clock().now() - std::chrono::milliseconds{2};
  const auto now = rows.read([](Session& s) { return database_now(s); });
  REQUIRE(now);
  CHECK(*now >= before);
  CHECK(*now <= system_clock().now() + std::chrono::milliseconds{2});
}

}  // namespace
}  // namespace lazulite::rows
