#include "storage/rows/outbox.hpp"

#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"
#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

namespace lazulite::rows {
namespace {

using namespace std::chrono_literals;

OutboxEvent state_change(const std::string& end_point, const std::string& job, const std::string& state) {
  return {OutboxEventType::kJobStateChange, end_point, Timestamp{5s}, {{"JobId", job}, {"NewState", state}}};
}
OutboxEvent progress(const std::string& end_point, const std::string& job, const std::string& task, int percent) {
  return {OutboxEventType::kTaskProgress,
          end_point,
          Timestamp{5s},
          {{"JobId", job}, {"TaskId", task}, {"lastComputedProgress", std::to_string(percent)}}};
}

struct Outbox : TestDatabase {
  void append(const OutboxEvent& event) {
    REQUIRE(write([&](Session& session) { return append_outbox(session, "movies", event); }));
  }
  // What is due, in words: "job:state".
  std::vector<std::string> due(Timestamp now = Timestamp{100s}, const std::vector<std::string>& except = {}) {
    ids.clear();
    std::vector<std::string> out;
    for (const auto& each : read([&](Session& session) { return due_outbox(session, now, except, 100); }).value()) {
      out.push_back(each.event.properties[0].second + ":" + each.event.properties.back().second);
      ids[out.back()] = each.id;
    }
    return out;
  }
  void delivered(const std::string& word) {
    REQUIRE(write([&](Session& session) { return outbox_delivered(session, ids.at(word)); }));
  }
  OutboxCounts counts() {
    return read([](Session& session) { return count_outbox(session); }).value();
  }
  std::map<std::string, std::string> ids;
};

using Words = std::vector<std::string>;

TEST_CASE("events of a job leave in the order in which they were written, those of others do not wait for them",
          "[unit][rows]") {
  Outbox outbox;
  for (const auto* state : {"Queued", "Processing", "Finished"}) outbox.append(state_change("end", "a", state));
  outbox.append(state_change("end", "b", "Queued"));
  outbox.append(state_change("other", "a", "Queued"));
  CHECK(outbox.due() == Words{"a:Queued", "b:Queued", "a:Queued"});
  outbox.due(Timestamp{100s}, {"other"});
  outbox.delivered("a:Queued");
  CHECK(outbox.due(Timestamp{100s}, {"other"}) == Words{"a:Processing", "b:Queued"});
  outbox.delivered("a:Processing");
  CHECK(outbox.due(Timestamp{100s}, {"other"}) == Words{"a:Finished", "b:Queued"});
  outbox.delivered("a:Finished");
  CHECK(outbox.counts().waiting == 2);
}

TEST_CASE("a failed event holds its stream up until its time has come, a dead one lets it go", "[unit][rows]") {
  Outbox outbox;
  for (const auto* state : {"Queued", "Finished"}) outbox.append(state_change("end", "a", state));
  REQUIRE(outbox.due() == Words{"a:Queued"});
  const auto id = outbox.ids.at("a:Queued");
  REQUIRE(outbox.write([&](Session& session) { return outbox_failed(session, id, "status 500", Timestamp{150s}); }));
  CHECK(outbox.due(Timestamp{149s}).empty());
  CHECK(outbox.due(Timestamp{150s}) == Words{"a:Queued"});
  REQUIRE(outbox.write([&](Session& session) { return outbox_died(session, id, "status 500", Timestamp{200s}); }));
  CHECK(outbox.due() == Words{"a:Finished"});
  CHECK(outbox.counts().dead == 1);
  const auto dead = outbox.read([](Session& session) { return dead_outbox(session, 10); }).value();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].attempts == 2);
  CHECK(dead[0].last_error == "status 500");

  SECTION("it is tried again when asked for") {
    CHECK(outbox.write([&](Session& session) { return revive_outbox(session, "another"); }).value() == 0);
    CHECK(outbox.write([&](Session& session) { return revive_outbox(session, id); }).value() == 1);
    CHECK(outbox.due().size() == 2);
    CHECK(outbox.counts().dead == 0);
  }
  SECTION("it is dropped when asked for") {
    CHECK(outbox.write([&](Session& session) { return discard_outbox(session, ""); }).value() == 1);
    CHECK(outbox.counts().dead == 0);
  }
  SECTION("it is dropped when it is old") {
    CHECK(outbox.write([&](Session& session) { return purge_outbox(session, Timestamp{200s}); }).value() == 0);
    CHECK(outbox.write([&](Session& session) { return purge_outbox(session, Timestamp{201s}); }).value() == 1);
  }
}

TEST_CASE("a progress that waits gives way to a newer one of its task", "[unit][rows]") {
  Outbox outbox;
  outbox.append(state_change("end", "a", "Processing"));
  for (int percent = 1; percent < 50; ++percent) outbox.append(progress("end", "a", "t", percent));
  outbox.append(progress("end", "a", "u", 7));
  CHECK(outbox.counts().waiting == 3);
  REQUIRE(outbox.due() == Words{"a:Processing"});
  outbox.delivered("a:Processing");
  REQUIRE(outbox.due() == Words{"a:49"});
  outbox.append(progress("end", "a", "t", 50));  // the one before may be on its way
  CHECK(outbox.due() == Words{"a:49"});
  CHECK(outbox.counts().waiting == 3);
}

TEST_CASE("the events of an end point that is gone are gone", "[unit][rows]") {
  Outbox outbox;
  for (const auto* end_point : {"end", "other"}) outbox.append(state_change(end_point, "a", "Queued"));
  REQUIRE(outbox.write([](Session& session) { return forget_outbox_of(session, "others", "end"); }));
  CHECK(outbox.counts().waiting == 2);
  REQUIRE(outbox.write([](Session& session) { return forget_outbox_of(session, "movies", "end"); }));
  CHECK(outbox.counts().waiting == 1);
}

TEST_CASE("events that an older release wrote take their places in streams", "[unit][rows]") {
  test::TemporaryFolder folder;
  auto session = Session::open(kSqlite, {.path = folder.path() / "old.db"}, SessionRole::kWriter).value();
  REQUIRE(create_outbox_table(*session));
  for (const auto* each : {"('2', 200, 'Finished')", "('1', 100, 'Queued')"}) {
    const std::string row{each};
    const auto sql = fmt::format(
        "INSERT INTO outbox (id, account, state, type, end_point, time, properties) SELECT column1, 'movies', 0, 1, "
        "'end', column2, '{{\"JobId\":\"a\",\"NewState\":\"' || column3 || '\"}}' FROM (VALUES {})",
        row);
    REQUIRE(execute(*session, sql));
  }
  REQUIRE(add_outbox_streams(*session));
  const auto due = due_outbox(*session, Timestamp{100s}, {}, 10).value();
  REQUIRE(due.size() == 1);
  CHECK(due[0].event.properties[1].second == "Queued");
  CHECK(count_outbox(*session).value().waiting == 2);
}

}  // namespace
}  // namespace lazulite::rows
