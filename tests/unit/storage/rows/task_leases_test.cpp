#include "storage/rows/task_leases.hpp"

#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/outbox.hpp"
#include "storage/rows/pending_outputs.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/statement.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <poll.h>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

namespace lazulite::rows {
namespace {

using namespace std::chrono_literals;

template <class T>
T value_of(Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(result).value();
}

struct Fixture {
  test::TemporaryFolder folder;
  std::unique_ptr<Database> database =
      value_of(Database::open({.path = folder.path() / "rows.db", .readers = 1, .synchronous_full = false}));

  template <class F>
  auto write(F&& f) {
    return value_of(database->write(std::forward<F>(f)));
  }
  void add_account(const std::string& name, std::int32_t units) {
    write([&](Session& session) -> Result<int> {
      NewAccount account;
      account.name = name;
      account.storage_account_name = name + "store";
      LAZULITE_CHECK(create_account(session, account, Timestamp{}));
      LAZULITE_TRY(auto rows, list<EncodingReservedUnitType>(session, name, {}));
      rows.at(0).current_reserved_units = units;
      LAZULITE_CHECK(update(session, name, rows[0]));
      return 0;
    });
  }
  void enqueue(const std::string& account, NewTaskLease lease) {
    write([&](Session& session) -> Result<int> {
      LAZULITE_CHECK(enqueue_task(session, account, lease));
      return 0;
    });
  }
  std::optional<TaskClaim> claim(std::int64_t bound = 0, std::chrono::microseconds ttl = 1h) {
    return write([&](Session& session) { return claim_task(session, {"node", ttl, bound}); });
  }
  std::string claimed_task() {
    const auto got = claim();
    return got ? got->task : "none";
  }
  LeaseAnswer finish(const TaskClaim& c) {
    return write([&](Session& session) { return finish_task(session, c.task, c.attempt); });
  }
};

NewTaskLease lease(std::string task, std::string job = "job", std::int32_t position = 0) {
  NewTaskLease out;
  out.task = std::move(task);
  out.job = std::move(job);
  out.position = position;
  return out;
}

}  // namespace

TEST_CASE("tasks are claimed by priority, then age, then position", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 9);
  const auto at = [](NewTaskLease l, std::int32_t job_priority, std::int32_t task_priority, int seconds) {
    l.job_priority = job_priority;
    l.task_priority = task_priority;
    l.created = Timestamp{std::chrono::seconds{seconds}};
    return l;
  };
  f.enqueue("alpha", at(lease("late"), 0, 0, 2));
  f.enqueue("alpha", at(lease("second", "early job", 1), 0, 0, 1));
  f.enqueue("alpha", at(lease("first", "early job", 0), 0, 0, 1));
  f.enqueue("alpha", at(lease("task priority"), 0, 5, 3));
  f.enqueue("alpha", at(lease("job priority"), 1, 0, 4));
  f.enqueue("alpha", at(lease("raised", "raised job"), 0, 0, 5));
  f.write([](Session& session) -> Result<int> {
    LAZULITE_CHECK(set_job_priority(session, "raised job", 7));
    return 0;
  });
  std::vector<std::string> order;
  for (int i = 0; i < 7; ++i) order.push_back(f.claimed_task());
  CHECK(order ==
        std::vector<std::string>{"raised", "job priority", "task priority", "first", "second", "late", "none"});
}

TEST_CASE("an account runs as many tasks at once as it has reserved units, at least one", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 2);
  f.add_account("beta", 0);
  for (const auto* task : {"a1", "a2", "a3"}) f.enqueue("alpha", lease(task));
  for (const auto* task : {"b1", "b2"}) f.enqueue("beta", lease(task));
  std::multiset<std::string> accounts;
  std::vector<TaskClaim> claims;
  while (auto got = f.claim()) {
    accounts.insert(got->account);
    claims.push_back(*got);
  }
  CHECK(accounts == std::multiset<std::string>{"alpha", "alpha", "beta"});
  CHECK(claims[0].account != claims[1].account);  // they take turns
  CHECK(f.finish(claims[0]) == LeaseAnswer::kHeld);
  const auto next = f.claim();
  REQUIRE(next.has_value());
  CHECK(next->account == claims[0].account);
}

TEST_CASE("a setting bounds what the reserved units allow", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 5);
  for (const auto* task : {"a1", "a2", "a3"}) f.enqueue("alpha", lease(task));
  CHECK(f.claim(2).has_value());
  CHECK(f.claim(2).has_value());
  CHECK_FALSE(f.claim(2).has_value());
}

TEST_CASE("a chained task waits for all its producers", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 9);
  f.enqueue("alpha", lease("p1"));
  f.enqueue("alpha", lease("p2"));
  auto consumer = lease("consumer");
  consumer.producers = {"p1", "p2"};
  f.enqueue("alpha", consumer);
  const auto first = f.claim();
  const auto second = f.claim();
  REQUIRE(second.has_value());
  CHECK(f.claimed_task() == "none");
  CHECK(f.finish(*first) == LeaseAnswer::kHeld);
  CHECK(f.claimed_task() == "none");
  CHECK(f.finish(*second) == LeaseAnswer::kHeld);
  CHECK(f.claimed_task() == "consumer");
}

TEST_CASE("an expired lease is taken over and the old worker learns that it lost", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 1);
  f.enqueue("alpha", lease("t"));
  for (std::int64_t attempt = 1; attempt <= kMaxTaskFailures; ++attempt) {
    const auto got = f.claim(0, -1s);  // expired from the start
    REQUIRE(got.has_value());
    CHECK(got->attempt == attempt);
    CHECK(got->failures == attempt - 1);
    const auto expired = f.write([](Session& session) { return expire_tasks(session, 0s); });
    REQUIRE(expired.size() == 1);
    CHECK(expired[0].claim.attempt == attempt);
    CHECK(expired[0].fate == (attempt == kMaxTaskFailures ? TaskFate::kFailed : TaskFate::kRequeued));
    CHECK(f.finish(*got) == LeaseAnswer::kLost);
    CHECK(f.write([&](Session& session) { return renew_task(session, "t", attempt, 1s); }) == LeaseAnswer::kLost);
  }
  CHECK(f.claimed_task() == "none");
}

TEST_CASE("a backoff holds a returned task back, and a clean return is no failure", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 1);
  f.enqueue("alpha", lease("t"));
  for (int i = 0; i < 5; ++i) {
    const auto got = f.claim();
    REQUIRE(got.has_value());
    CHECK(got->failures == 0);
    const auto returned = f.write([&](Session& session) {
      return return_task(session, got->task, got->attempt, {.counts_as_failure = false, .backoff = {}});
    });
    REQUIRE(returned.has_value());
    CHECK(returned->fate == TaskFate::kRequeued);
  }
  const auto got = f.claim();
  REQUIRE(got.has_value());
  f.write([&](Session& session) { return return_task(session, "t", got->attempt, {.backoff = 1h}); });
  CHECK(f.claimed_task() == "none");
  CHECK_FALSE(f.write([&](Session& session) { return return_task(session, "t", got->attempt, {}); }).has_value());
}

TEST_CASE("a restarted node gets its tasks back at once", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 2);
  f.enqueue("alpha", lease("t"));
  REQUIRE(f.claim().has_value());
  CHECK(f.write([](Session& session) { return release_node(session, "other"); }).empty());
  CHECK(f.write([](Session& session) { return release_node(session, "node"); }).size() == 1);
  const auto again = f.claim();
  REQUIRE(again.has_value());
  CHECK(again->attempt == 2);
}

TEST_CASE("cancelling ends a waiting task at once and asks a running one to stop", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 1);
  f.enqueue("alpha", lease("running", "job", 0));
  f.enqueue("alpha", lease("waiting", "job", 1));
  const auto got = f.claim();
  REQUIRE(got.has_value());
  const auto cancel = [&](const char* task) {
    return f.write([&](Session& session) { return cancel_task(session, task); });
  };
  const auto requests = [&] { return f.write([](Session& session) { return cancel_requests(session, "node"); }); };
  CHECK(requests().empty());
  CHECK(cancel("waiting") == CancelOutcome::kCancelled);
  CHECK(cancel("waiting") == CancelOutcome::kEnded);
  CHECK(cancel("running") == CancelOutcome::kRequested);
  CHECK(requests() == std::vector<std::string>{"running"});
  CHECK(f.write([&](Session& session) { return renew_task(session, "running", 1, 1h); }) ==
        LeaseAnswer::kCancelRequested);
  CHECK(f.finish(*got) == LeaseAnswer::kCancelRequested);  // too late to finish
  CHECK(f.write([&](Session& session) { return abandon_task(session, "running", 1); }) == LeaseAnswer::kHeld);
  CHECK(requests().empty());
  CHECK(f.claimed_task() == "none");
}

TEST_CASE("a task that dies while it is being cancelled is not started again", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 1);
  f.enqueue("alpha", lease("t"));
  REQUIRE(f.claim().has_value());
  f.write([&](Session& session) { return cancel_task(session, "t"); });
  const auto released = f.write([](Session& session) { return release_node(session, "node"); });
  REQUIRE(released.size() == 1);
  CHECK(released[0].fate == TaskFate::kCancelled);
  CHECK(f.claimed_task() == "none");
}

TEST_CASE("a deleted job leaves no lease behind", "[unit][rows]") {
  Fixture f;
  f.add_account("alpha", 1);
  f.enqueue("alpha", lease("t"));
  const auto got = f.claim();
  f.write([](Session& session) -> Result<int> {
    LAZULITE_CHECK(remove_job_leases(session, "job"));
    return 0;
  });
  CHECK(f.finish(*got) == LeaseAnswer::kLost);
  CHECK(f.claimed_task() == "none");
}

TEST_CASE("pending outputs are kept until they are forgotten", "[unit][rows]") {
  Fixture f;
  const PendingOutput outputs[] = {{"alpha", "asset", "store", "c", "a.mp4"},
                                   {"alpha", "asset", "store", "c", "b.ism"}};
  const auto list_all = [&] { return f.write([](Session& session) { return list_pending_outputs(session, "t"); }); };
  for (int i = 0; i < 2; ++i) {  // noting them twice is the same as once
    f.write([&](Session& session) -> Result<int> {
      LAZULITE_CHECK(note_pending_outputs(session, "t", outputs));
      return 0;
    });
  }
  const auto noted = list_all();
  REQUIRE(noted.size() == 2);
  CHECK(noted[1].blob == "b.ism");
  f.write([](Session& session) -> Result<int> {
    LAZULITE_CHECK(forget_pending_outputs(session, "t"));
    return 0;
  });
  CHECK(list_all().empty());
}

// ---- several processes on one file (rows.md 4)
// -----------------------------------------------------------------------
namespace {

constexpr std::pair<const char*, int> kAccounts[] = {{"one", 1}, {"two", 2}, {"three", 3}};
constexpr int kTasksPerAccount = 30;
constexpr auto kLease = 400ms;

// Runs `body` in a child process and leaves it without the parent's destructors.
template <class F>
pid_t in_child(F body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(body());
  }
  return child;
}

void say(int pipe, const std::string& line) {
  if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

Result<std::int64_t> count_leases(Session& session, std::string_view condition, std::vector<model::Value> values) {
  static constexpr std::array kOne = {model::EdmType::kInt64};
  LAZULITE_TRY(const auto rows,
               select(session, "SELECT count(*) FROM task_leases WHERE " + std::string(condition), values, kOne));
  return *rows[0][0].as<std::int64_t>();
}

// Claims, looks whether the account is over its limit, renews a few times, finishes; until nothing is left.
int work(const std::filesystem::path& path, const std::string& node, int pipe) {
  auto opened = Database::open({.path = path, .readers = 1, .synchronous_full = false});
  if (!opened) return 1;
  Database& database = **opened;
  for (;;) {
    std::int64_t running = 0;
    if (!database.write([](Session& session) { return expire_tasks(session, 0s); })) return 1;
    auto claim = database.write([&](Session& session) -> Result<std::optional<TaskClaim>> {
      LAZULITE_TRY(auto got, claim_task(session, {node, kLease, 0}));
      if (got) {
        LAZULITE_TRY(running, count_leases(session, "account = :p1 AND state = 2", {model::Value{got->account}}));
      }
      return got;
    });
    if (!claim) return 1;
    if (!*claim) {
      const auto left = database.read([](Session& session) { return count_leases(session, "state < 3", {}); });
      if (!left) return 1;
      if (*left == 0) return 0;
      poll(nullptr, 0, 5);
      continue;
    }
    const auto& c = **claim;
    say(pipe, fmt::format("run {} {} {}\n", c.account, c.task, running));
    for (int i = 0; i < 3; ++i) {
      if (!database.write([&](Session& session) { return renew_task(session, c.task, c.attempt, kLease); })) return 1;
    }
    const auto finished = database.write([&](Session& session) { return finish_task(session, c.task, c.attempt); });
    if (!finished) return 1;
    if (*finished == LeaseAnswer::kHeld) say(pipe, fmt::format("end {} {} 0\n", c.account, c.task));
  }
}

// Claims one task and never comes back.
int claim_and_hang(const std::filesystem::path& path, const std::string& node, int pipe) {
  auto opened = Database::open({.path = path, .readers = 1, .synchronous_full = false});
  if (!opened) return 1;
  const auto claim = (*opened)->write([&](Session& session) { return claim_task(session, {node, kLease, 0}); });
  if (!claim || !*claim) return 1;
  say(pipe, "hung\n");
  for (;;) pause();
}

std::vector<std::string> lines_of(int pipe) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(pipe, buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<std::size_t>(n));
  }
  std::vector<std::string> out;
  for (std::size_t from = 0, to = 0; (to = all.find('\n', from)) != std::string::npos; from = to + 1) {
    out.push_back(all.substr(from, to - from));
  }
  return out;
}

void fill(const std::filesystem::path& path) {
  Fixture f{.folder = {}, .database = value_of(Database::open({.path = path, .readers = 1}))};
  for (const auto& [account, units] : kAccounts) {
    f.add_account(account, units);
    f.write([&, name = std::string(account)](Session& session) -> Result<int> {
      for (int i = 0; i < kTasksPerAccount; ++i) {
        LAZULITE_CHECK(enqueue_task(session, name, lease(fmt::format("{}-{}", name, i), "job-" + name, i)));
      }
      return 0;
    });
  }
}

}  // namespace

TEST_CASE("processes that share a database keep the limits and lose nothing when two are killed", "[unit][rows]") {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "rows.db";
  REQUIRE(in_child([&] {
            fill(path);
            return 0;
          }) > 0);
  int status = 0;
  REQUIRE(wait(&status) > 0);
  REQUIRE(status == 0);

  std::array<int, 2> hung{};
  std::array<int, 2> log{};
  REQUIRE(pipe(hung.data()) == 0);
  REQUIRE(pipe(log.data()) == 0);
  std::vector<pid_t> victims;
  for (int i = 0; i < 2; ++i) {
    victims.push_back(in_child([&] { return claim_and_hang(path, fmt::format("victim{}", i), hung[1]); }));
  }
  std::string said;
  while (said.size() < 10) {
    std::array<char, 10> buffer{};
    const auto n = ::read(hung[0], buffer.data(), buffer.size());
    REQUIRE(n > 0);
    said.append(buffer.data(), static_cast<std::size_t>(n));
  }
  std::vector<pid_t> workers;
  for (int i = 0; i < 4; ++i) {
    workers.push_back(in_child([&] { return work(path, fmt::format("worker{}", i), log[1]); }));
  }
  for (const auto victim : victims) {
    kill(victim, SIGKILL);
    waitpid(victim, &status, 0);
  }
  close(log[1]);
  const auto lines = lines_of(log[0]);
  for (const auto worker : workers) {
    waitpid(worker, &status, 0);
    CHECK(status == 0);
  }
  close(log[0]);
  close(hung[0]);
  close(hung[1]);

  std::map<std::string, int> ended;
  for (const auto& line : lines) {
    std::array<char, 64> word{}, account{}, task{};
    long running = 0;
    REQUIRE(std::sscanf(line.c_str(), "%63s %63s %63s %ld", word.data(), account.data(), task.data(), &running) == 4);
    if (std::string_view(word.data()) == "end") ++ended[task.data()];
    const auto limit = std::ranges::find_if(
        kAccounts, [&](const auto& each) { return std::string_view(each.first) == account.data(); });
    REQUIRE(limit != std::end(kAccounts));
    CHECK(running <= limit->second);
  }
  CHECK(ended.size() == std::size(kAccounts) * kTasksPerAccount);
  CHECK(std::ranges::all_of(ended, [](const auto& each) { return each.second == 1; }));
}

}  // namespace lazulite::rows
