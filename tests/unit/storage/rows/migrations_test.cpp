#include "storage/rows/migrations.hpp"

#include "schema/entities/asset.hpp"
#include "storage/rows/ddl.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"
#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

// A type before and after a release that adds to it.
struct Thing {
  std::string id;
  std::int64_t size = 0;
  std::string note;
  std::optional<Timestamp> when;
  std::vector<std::string> tags;
};
constexpr model::Property kThingProperties[] = {
    model::property<&Thing::id>("Id", model::kKey),
    model::property<&Thing::size>("Size"),
    model::property<&Thing::note>("Note", model::kIndexed),
    model::property<&Thing::when>("When"),
    model::property<&Thing::tags>("Tags"),
};
constexpr model::EntityType kThingBefore{"Thing", "Things", "", std::span{kThingProperties}.first<1>(), {}};
constexpr model::EntityType kThing{"Thing", "Things", "", kThingProperties, {}};

Result<void> create_old_things(Session& session) { return create_table(session, kThingBefore); }
Result<void> create_new_things(Session& session) { return create_table(session, kThing); }
Result<void> extend_things(Session& session) { return add_missing_columns(session, kThing); }
Result<void> half_done(Session& session) {
  LAZULITE_CHECK(create_table(session, kThing));
  return fail(ErrorCode::kIo, "the power went out");
}

struct OpenSession {
  test::TemporaryFolder folder;
  DatabaseOptions options{.path = folder.path() / "rows.db"};
  std::unique_ptr<Session> session = Session::open(kSqlite, options, SessionRole::kWriter).value();
};

std::int64_t number(Session& session, std::string_view sql) {
  static constexpr std::array kColumns = {EdmType::kInt64};
  return *select(session, sql, {}, kColumns).value().at(0).at(0).as<std::int64_t>();
}

TEST_CASE("migrations are numbered from 1 without gaps", "[unit][storage]") {
  std::int64_t expected = 1;
  for (const auto& each : migrations()) CHECK(each.number == expected++);
}

TEST_CASE("an empty file gets every migration once, and opening again changes nothing", "[unit][storage]") {
  TestDatabase rows;
  static constexpr std::array kColumns = {EdmType::kInt64};
  const auto applied = [&] {
    return rows
        .read([](Session& s) {
          return select(s, "SELECT number FROM lazulite_migrations ORDER BY number", {}, kColumns);
        })
        .value();
  };
  REQUIRE(rows.write([](Session& s) { return insert(s, "movies", make_asset("a", "kept")); }));
  const auto first = applied();
  CHECK(first.size() == migrations().size());
  rows.reopen();
  CHECK(applied() == first);
  CHECK(rows.read([](Session& s) { return get<Asset>(s, "movies", "a"); }).value().name == "kept");
}

TEST_CASE("a database of a newer program is refused", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    LAZULITE_CHECK(
        execute(s, "INSERT INTO lazulite_migrations (number, name, applied) VALUES (9999, 'from the future', 0)"));
    return {};
  }));
  rows.database.reset();
  const auto opened = Database::open({.path = rows.path});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kUnsupported);
  CHECK_THAT(opened.error().message, Catch::Contains("newer program") && Catch::Contains("9999"));
}

TEST_CASE("a later migration adds columns to a table with rows, and nothing to a new one", "[unit][storage]") {
  OpenSession old_file;
  Session& s = *old_file.session;
  static constexpr Migration kOld[] = {{1, "things", create_old_things}};
  static constexpr Migration kNow[] = {{1, "things", create_old_things}, {2, "more", extend_things}};
  REQUIRE(migrate(s, kOld));
  REQUIRE(execute(s, R"(INSERT INTO "Things" (account, "Id") VALUES ('movies', 'a'))"));
  REQUIRE(migrate(s, kNow));
  const auto thing = get(s, "movies", kThing, "a");
  REQUIRE(thing);
  CHECK((*thing)["Size"] == Value{0});
  CHECK((*thing)["Note"] == Value{""});
  CHECK((*thing)["When"] == Value{});
  CHECK((*thing)["Tags"] == Value{model::CollectionValue{}});
  CHECK(number(s, "SELECT count(*) FROM sqlite_master WHERE name = 'ix_Things_Note'") == 1);

  OpenSession new_file;
  static constexpr Migration kNew[] = {{1, "things", create_new_things}, {2, "more", extend_things}};
  REQUIRE(migrate(*new_file.session, kNew));
  CHECK(number(*new_file.session, "SELECT max(number) FROM lazulite_migrations") == 2);
}

TEST_CASE("a migration that fails leaves no trace and is tried again", "[unit][storage]") {
  OpenSession file;
  Session& s = *file.session;
  static constexpr Migration kBroken[] = {{1, "things", half_done}};
  const auto failed = migrate(s, kBroken);
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().message, Catch::Contains("migration 1 (things) failed: the power went out"));
  CHECK(number(s, "SELECT count(*) FROM sqlite_master WHERE name = 'Things'") == 0);
  static constexpr Migration kFixed[] = {{1, "things", create_new_things}};
  CHECK(migrate(s, kFixed));
  CHECK(number(s, "SELECT count(*) FROM sqlite_master WHERE name = 'Things'") == 1);
}

}  // namespace
}  // namespace lazulite::rows
