#include "storage/rows/statement.hpp"
#include "tests/unit/storage/rows/rows_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace lazulite::rows {
namespace {

std::string numbered(int thread, int index) {
  return "nb:cid:UUID:" + std::to_string(thread) + "-" + std::to_string(index);
}

// Two rows that must come and go together.
Result<void> insert_pair(Session& session, const std::string& id) {
  LAZULITE_CHECK(insert(session, "movies", make_asset(id, "first")));
  return insert(session, "movies", make_asset(id + "/twin", "second"));
}

Result<std::int64_t> count_assets(Session& session) { return count(session, "movies", kAsset, {}); }

unsigned mode_of(const std::filesystem::path& path) {
  struct ::stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0U;
}

// Runs f in a child process without Catch; returns its wait status.
template <class F>
int status_of_child(F&& f) {
  const pid_t child = ::fork();
  if (child == 0) {
    f();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_CASE("writes of many threads are committed in groups and all last", "[unit][storage]") {
  TestDatabase rows;
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!rows.write([&](Session& s) { return insert_pair(s, numbered(t, i)); })) ++failures;
      }
    });
  }
  for (auto& each : threads) each.join();
  CHECK(failures == 0);
  rows.reopen();
  const auto found = rows.read(count_assets);
  REQUIRE(found);
  CHECK(*found == std::int64_t{2} * kThreads * kEach);
}

TEST_CASE("a write that fails takes back its own changes only", "[unit][storage]") {
  TestDatabase rows;
  std::vector<std::thread> threads;
  threads.reserve(8);
  std::atomic<int> refused = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto done = rows.write([&](Session& s) -> Result<void> {
          LAZULITE_CHECK(insert_pair(s, numbered(t, i)));
          if (i % 2 == 1) return fail(ErrorCode::kPreconditionFailed, "changed its mind");
          return {};
        });
        if (!done && done.error().code == ErrorCode::kPreconditionFailed) ++refused;
      }
    });
  }
  for (auto& each : threads) each.join();
  CHECK(refused == 40);
  rows.reopen();
  CHECK(rows.read(count_assets).value() == 80);
}

TEST_CASE("a constraint that fails within a write leaves the rest of that write usable", "[unit][storage]") {
  TestDatabase rows;
  const auto done = rows.write([](Session& s) -> Result<void> {
    LAZULITE_CHECK(insert(s, "movies", make_asset("a", "x")));
    const auto again = insert(s, "movies", make_asset("a", "y"));
    CHECK(again.error().code == ErrorCode::kConflict);
    return insert(s, "movies", make_asset("b", "z"));
  });
  REQUIRE(done);
  CHECK(rows.read(count_assets).value() == 2);
}

TEST_CASE("an exception in a write becomes an Internal error and is taken back", "[unit][storage]") {
  TestDatabase rows;
  const auto done = rows.write([](Session& s) -> Result<void> {
    LAZULITE_CHECK(insert(s, "movies", make_asset("a", "x")));
    throw std::runtime_error("boom");
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kInternal);
  CHECK(rows.read(count_assets).value() == 0);
}

TEST_CASE("a read sees one snapshot however many writes are committed meanwhile", "[unit][storage]") {
  TestDatabase rows;
  const auto done = rows.read([&](Session& s) -> Result<void> {
    LAZULITE_TRY(const auto before, count_assets(s));
    std::thread writer{[&] { CHECK(rows.write([](Session& w) { return insert_pair(w, "a"); })); }};
    writer.join();
    LAZULITE_TRY(const auto after, count_assets(s));
    CHECK(before == 0);
    CHECK(after == 0);
    return {};
  });
  REQUIRE(done);
  CHECK(rows.read(count_assets).value() == 2);
}

TEST_CASE("a reader session cannot write", "[unit][storage]") {
  TestDatabase rows;
  const auto done = rows.read([](Session& s) { return insert(s, "movies", make_asset("a", "x")); });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kIo);
  CHECK(rows.read(count_assets).value() == 0);
}

TEST_CASE("database files are for their owner alone", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) { return insert_pair(s, "a"); }));
  CHECK(mode_of(rows.path) == 0600);
  CHECK(mode_of(rows.path.string() + "-wal") == 0600);
  CHECK(mode_of(rows.path.string() + "-shm") == 0600);
}

TEST_CASE("a database that cannot be opened says which and why", "[unit][storage]") {
  const test::TemporaryFolder folder;
  const auto missing = Database::open({.path = folder.path() / "no" / "such" / "folder.db"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kIo);
  CHECK_THAT(missing.error().message, Catch::Contains("folder.db"));

  test::write_text(folder.path() / "text.db", std::string(8192, 'x'));
  const auto text = Database::open({.path = folder.path() / "text.db"});
  REQUIRE_FALSE(text);
  CHECK(text.error().code == ErrorCode::kIo);
}

TEST_CASE("a write within a write ends the program rather than waiting for itself", "[unit][storage]") {
  const test::TemporaryFolder folder;
  const int status = status_of_child([&] {
    ::signal(SIGABRT, SIG_DFL);  // Catch's handler would report the child's end as a failure
    auto database = Database::open({.path = folder.path() / "rows.db"});
    if (!database) return;
    const auto done =
        (*database)->write([&](Session&) { return (*database)->write([](Session&) -> Result<void> { return {}; }); });
    static_cast<void>(done);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}

TEST_CASE("a full disk refuses the write and keeps what was acknowledged", "[unit][storage]") {
  TestDatabase rows;
  REQUIRE(rows.write([](Session& s) -> Result<void> {
    LAZULITE_CHECK(execute(s, "PRAGMA max_page_count=600"));
    return {};
  }));
  int acknowledged = 0;
  Result<void> last;
  while (last && acknowledged < 10'000) {
    Asset asset = make_asset(numbered(0, acknowledged), std::string(3000, 'n'));
    last = rows.write([&](Session& s) { return insert(s, "movies", asset); });
    if (last) ++acknowledged;
  }
  REQUIRE_FALSE(last);
  CHECK(last.error().code == ErrorCode::kIo);
  CHECK(last.error().detail == "InsufficientStorage");
  CHECK(acknowledged > 0);
  rows.reopen();
  CHECK(rows.read(count_assets).value() == acknowledged);
}

TEST_CASE("closing the database finishes the write under way", "[unit][storage]") {
  TestDatabase rows;
  Database& database = *rows.database;
  std::promise<void> started;
  std::promise<void> may_finish;
  std::thread writer{[&] {
    const auto done = database.write([&](Session& s) {
      started.set_value();
      may_finish.get_future().wait();
      return insert_pair(s, "a");
    });
    if (!done) std::abort();
  }};
  started.get_future().wait();
  std::thread closer{[&] { rows.database.reset(); }};
  may_finish.set_value();
  writer.join();
  closer.join();
  rows.reopen();
  CHECK(rows.read(count_assets).value() == 2);
}

// The child of the crash test: writes pairs on four threads for ever, and tells each acknowledged id by one line of 32
// bytes.
[[noreturn]] void write_until_killed(const std::filesystem::path& path, int pipe) {
  auto database = Database::open({.path = path});
  if (!database) ::_exit(1);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const std::string id = numbered(t, i);
        if (!(*database)->write([&](Session& s) { return insert_pair(s, id); })) ::_exit(2);
        std::string line = id;
        line.resize(32, ' ');
        if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
      }
    });
  }
  for (auto& each : threads) each.join();
  ::_exit(0);
}

TEST_CASE("every acknowledged write outlives a killed process, and no half of one", "[unit][storage]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "rows.db";
  std::size_t acknowledged = 0;
  for (int round = 0; round < 3; ++round) {
    int ends[2] = {};
    REQUIRE(::pipe(ends) == 0);
    const auto file = round == 0 ? path : folder.path() / ("rows" + std::to_string(round) + ".db");
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(file, ends[1]);
    }
    ::close(ends[1]);
    std::string told;
    char buffer[4096];
    bool killed = false;
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      told.append(buffer, static_cast<std::size_t>(n));
      if (!killed && told.size() >= 32 * 100) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    auto database = Database::open({.path = file});
    REQUIRE(database);
    const auto checked = (*database)->read([&](Session& s) -> Result<void> {
      for (std::size_t i = 0; i + 32 <= told.size(); i += 32, ++acknowledged) {
        const std::string id = told.substr(i, told.find(' ', i) - i);
        LAZULITE_CHECK(get(s, "movies", kAsset, id));
        LAZULITE_CHECK(get(s, "movies", kAsset, id + "/twin"));
      }
      LAZULITE_TRY(const auto all, count_assets(s));
      CHECK(all % 2 == 0);
      return {};
    });
    CHECK(checked);
  }
  CHECK(acknowledged >= 300);
}

}  // namespace
}  // namespace lazulite::rows
