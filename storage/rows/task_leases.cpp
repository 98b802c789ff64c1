#include "storage/rows/task_leases.hpp"

#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <algorithm>
#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

// task_leases.state. Held: a producer has not finished.
enum State : std::int64_t { kHeld = 0, kReady = 1, kRunning = 2, kDone = 3, kFailed = 4, kCancelled = 5 };

constexpr std::array kOneText = {EdmType::kString};
constexpr std::array kOneInt = {EdmType::kInt64};
constexpr std::array kClaimColumns = {EdmType::kString, EdmType::kString, EdmType::kString, EdmType::kInt64,
                                      EdmType::kInt64};

constexpr std::string_view kInsertLease =
    "INSERT INTO task_leases (id, account, job, state, waiting, priority, task_priority, created, position, attempt, "
    "failures, lease_until, cancel_requested, not_before) VALUES (:p1, :p2, :p3, :p4, :p5, :p6, :p7, :p8, :p9, 0, 0, "
    "0, 0, 0)";
constexpr std::string_view kInsertDependency = "INSERT INTO task_dependencies (task, producer) VALUES (:p1, :p2)";
constexpr std::string_view kInsertSlot =
    "INSERT INTO encoding_slots (account, last_claim) VALUES (:p1, 0) ON CONFLICT (account) DO NOTHING";

// Claim, statement 1: accounts that have something to do, in turn.
constexpr std::string_view kAccountsInTurn =
    "SELECT s.account FROM encoding_slots s WHERE EXISTS (SELECT 1 FROM task_leases t WHERE t.account = s.account AND "
    "t.state = 1 AND t.not_before <= :p1) ORDER BY s.last_claim, s.account LIMIT 10000 OFFSET 0";
// Claim, statement 2: a new statement, which counts what runs under the write lock (rows.md 4: one statement for both
// exceeds the limit on engines that do not serialise writers).
constexpr std::string_view kClaim =
    "UPDATE task_leases SET state = 2, lease_node = :p1, lease_until = :p2, attempt = attempt + 1 WHERE state = 1 AND "
    "id = (SELECT t.id FROM task_leases t WHERE t.account = :p3 AND t.state = 1 AND t.not_before <= :p4 AND (SELECT "
    "count(*) FROM task_leases r WHERE r.account = :p5 AND r.state = 2) < :p6 ORDER BY t.priority DESC, "
    "t.task_priority DESC, t.created, t.position, t.id LIMIT 1 OFFSET 0) RETURNING account, job, id, attempt, failures";
constexpr std::string_view kTakeTurn =
    "UPDATE encoding_slots SET last_claim = (SELECT max(m.last_claim) + 1 FROM encoding_slots m) WHERE account = :p1";

constexpr std::string_view kRenew =
    "UPDATE task_leases SET lease_until = :p1 WHERE id = :p2 AND attempt = :p3 AND state = 2 RETURNING "
    "cancel_requested";
constexpr std::string_view kFinish =
    "UPDATE task_leases SET state = 3, lease_node = NULL WHERE id = :p1 AND attempt = :p2 AND state = 2 AND "
    "cancel_requested = 0";
constexpr std::string_view kIsHeld =
    "SELECT cancel_requested FROM task_leases WHERE id = :p1 AND attempt = :p2 AND state = 2";
constexpr std::string_view kLetConsumersGo =
    "UPDATE task_leases SET waiting = waiting - 1, state = CASE WHEN waiting <= 1 THEN 1 ELSE 0 END WHERE state = 0 "
    "AND id IN (SELECT d.task FROM task_dependencies d WHERE d.producer = :p1)";
constexpr std::string_view kAbandon =
    "UPDATE task_leases SET state = CASE WHEN cancel_requested = 1 THEN 5 ELSE 4 END, lease_node = NULL WHERE id = :p1 "
    "AND attempt = :p2 AND state = 2";

// A returned task: cancelled when that was asked for, failed at the limit, ready otherwise.
#define LAZULITE_RETURN_TASK                                                                                       \
  "UPDATE task_leases SET state = CASE WHEN cancel_requested = 1 THEN 5 WHEN failures + :p1 >= :p2 THEN 4 ELSE 1 " \
  "END, failures = failures + :p3, lease_node = NULL, not_before = :p4 WHERE state = 2 AND "
#define LAZULITE_RETURNING_TASK " RETURNING account, job, id, attempt, failures, state"
constexpr std::string_view kReturnOne = LAZULITE_RETURN_TASK "id = :p5 AND attempt = :p6" LAZULITE_RETURNING_TASK;
constexpr std::string_view kReturnExpired = LAZULITE_RETURN_TASK
    "id IN (SELECT e.id FROM task_leases e WHERE e.state = 2 AND e.lease_until < :p5 ORDER BY e.id LIMIT 100 OFFSET "
    "0)" LAZULITE_RETURNING_TASK;
constexpr std::string_view kReturnNode = LAZULITE_RETURN_TASK "lease_node = :p5" LAZULITE_RETURNING_TASK;
#undef LAZULITE_RETURN_TASK
#undef LAZULITE_RETURNING_TASK

constexpr std::string_view kCancelWaiting = "UPDATE task_leases SET state = 5 WHERE id = :p1 AND state IN (0, 1)";
constexpr std::string_view kCancelRunning = "UPDATE task_leases SET cancel_requested = 1 WHERE id = :p1 AND state = 2";
constexpr std::string_view kCancelRequests =
    "SELECT id FROM task_leases WHERE lease_node = :p1 AND state = 2 AND cancel_requested = 1";
constexpr std::string_view kSetPriority = "UPDATE task_leases SET priority = :p1 WHERE job = :p2 AND state IN (0, 1)";
constexpr std::string_view kRemoveDependencies =
    "DELETE FROM task_dependencies WHERE task IN (SELECT t.id FROM task_leases t WHERE t.job = :p1)";
constexpr std::string_view kRemoveLeases = "DELETE FROM task_leases WHERE job = :p1";

Value text(std::string_view value) { return Value{std::string(value)}; }
Value number(std::int64_t value) { return Value{value}; }

TaskClaim to_claim(const Row& row) {
  return {*row[0].as<std::string>(), *row[1].as<std::string>(), *row[2].as<std::string>(), *row[3].as<std::int64_t>(),
          *row[4].as<std::int64_t>()};
}

Result<std::int64_t> units_of(Session& session, const std::string& account, std::int64_t bound) {
  LAZULITE_TRY(const auto units, list<EncodingReservedUnitType>(session, account, {}));
  const std::int64_t reserved = units.empty() ? 0 : units.front().current_reserved_units;
  const std::int64_t allowed = std::max<std::int64_t>(1, reserved);
  return bound > 0 ? std::min(allowed, bound) : allowed;
}

Result<std::optional<TaskClaim>> claim_of(Session& session, const std::string& account, const ClaimRules& rules,
                                          Timestamp now) {
  LAZULITE_TRY(const auto units, units_of(session, account, rules.max_per_account));
  const std::array values = {text(rules.node), Value{now + rules.ttl}, text(account),
                             Value{now},       text(account),          number(units)};
  LAZULITE_TRY(const auto rows, select(session, kClaim, values, kClaimColumns));
  if (rows.empty()) return std::optional<TaskClaim>{};
  LAZULITE_CHECK(execute(session, kTakeTurn, std::array{text(account)}));
  return std::optional<TaskClaim>{to_claim(rows.front())};
}

// values: what comes after :p4.
Result<std::vector<ReturnedTask>> return_tasks(Session& session, std::string_view sql, const ReturnRules& rules,
                                               Timestamp now, std::initializer_list<Value> values) {
  static constexpr std::array kColumns = {EdmType::kString, EdmType::kString, EdmType::kString,
                                          EdmType::kInt64,  EdmType::kInt64,  EdmType::kInt64};
  const std::int64_t failure = rules.counts_as_failure ? 1 : 0;
  std::vector<Value> all = {number(failure), number(kMaxTaskFailures), number(failure), Value{now + rules.backoff}};
  all.insert(all.end(), values);
  LAZULITE_TRY(const auto rows, select(session, sql, all, kColumns));
  std::vector<ReturnedTask> out;
  for (const auto& row : rows) {
    const auto state = *row[5].as<std::int64_t>();
    const auto fate = state == kCancelled ? TaskFate::kCancelled
                      : state == kFailed  ? TaskFate::kFailed
                                          : TaskFate::kRequeued;
    out.push_back({to_claim(row), fate});
  }
  return out;
}

}  // namespace

Result<void> create_task_lease_tables(Session& session) {
  const Dialect& dialect = session.dialect();
  const auto run = [&](std::string_view columns) -> Result<void> {
    LAZULITE_CHECK(
        execute(session, fmt::format(fmt::runtime(columns), fmt::arg("text", dialect.text_type),
                                     fmt::arg("int", dialect.integer_type), fmt::arg("suffix", dialect.table_suffix))));
    return {};
  };
  LAZULITE_CHECK(
      run("CREATE TABLE task_leases (id {text} NOT NULL PRIMARY KEY, account {text} NOT NULL, job {text} NOT NULL, "
          "state {int} NOT NULL, waiting {int} NOT NULL, priority {int} NOT NULL, task_priority {int} NOT NULL, "
          "created {int} NOT NULL, position {int} NOT NULL, attempt {int} NOT NULL, failures {int} NOT NULL, "
          "lease_node {text}, lease_until {int} NOT NULL, cancel_requested {int} NOT NULL, not_before {int} NOT "
          "NULL){suffix}"));
  LAZULITE_CHECK(
      run("CREATE TABLE task_dependencies (task {text} NOT NULL, producer {text} NOT NULL, PRIMARY KEY (task, "
          "producer)){suffix}"));
  LAZULITE_CHECK(
      run("CREATE TABLE encoding_slots (account {text} NOT NULL PRIMARY KEY, last_claim {int} NOT NULL){suffix}"));
  LAZULITE_CHECK(run("CREATE INDEX ix_task_dependencies_producer ON task_dependencies (producer)"));
  LAZULITE_CHECK(run("CREATE INDEX ix_task_leases_job ON task_leases (job)"));
  LAZULITE_CHECK(
      run("CREATE INDEX ix_task_leases_ready ON task_leases (account, priority DESC, task_priority DESC, created, "
          "position, id) WHERE state = 1"));
  LAZULITE_CHECK(run("CREATE INDEX ix_task_leases_running ON task_leases (account) WHERE state = 2"));
  return run("CREATE INDEX ix_task_leases_until ON task_leases (lease_until) WHERE state = 2");
}

Result<void> enqueue_task(Session& session, std::string_view account, const NewTaskLease& lease) {
  const auto waiting = static_cast<std::int64_t>(lease.producers.size());
  const std::array values = {text(lease.task),
                             text(account),
                             text(lease.job),
                             number(waiting == 0 ? kReady : kHeld),
                             number(waiting),
                             number(lease.job_priority),
                             number(lease.task_priority),
                             Value{lease.created},
                             number(lease.position)};
  LAZULITE_CHECK(execute(session, kInsertLease, values));
  for (const auto& producer : lease.producers) {
    LAZULITE_CHECK(execute(session, kInsertDependency, std::array{text(lease.task), text(producer)}));
  }
  LAZULITE_CHECK(execute(session, kInsertSlot, std::array{text(account)}));
  return {};
}

Result<std::optional<TaskClaim>> claim_task(Session& session, const ClaimRules& rules) {
  LAZULITE_TRY(const auto now, database_now(session));
  LAZULITE_TRY(const auto accounts, select(session, kAccountsInTurn, std::array{Value{now}}, kOneText));
  for (const auto& row : accounts) {
    LAZULITE_TRY(auto claim, claim_of(session, *row[0].as<std::string>(), rules, now));
    if (claim) return claim;
  }
  return std::optional<TaskClaim>{};
}

Result<LeaseAnswer> renew_task(Session& session, std::string_view task, std::int64_t attempt,
                               std::chrono::microseconds ttl) {
  LAZULITE_TRY(const auto now, database_now(session));
  LAZULITE_TRY(const auto rows,
               select(session, kRenew, std::array{Value{now + ttl}, text(task), number(attempt)}, kOneInt));
  if (rows.empty()) return LeaseAnswer::kLost;
  return *rows[0][0].as<std::int64_t>() != 0 ? LeaseAnswer::kCancelRequested : LeaseAnswer::kHeld;
}

Result<LeaseAnswer> finish_task(Session& session, std::string_view task, std::int64_t attempt) {
  const std::array values = {text(task), number(attempt)};
  LAZULITE_TRY(const auto finished, execute(session, kFinish, values));
  if (finished == 0) {
    LAZULITE_TRY(const auto held, select(session, kIsHeld, values, kOneInt));
    return held.empty() ? LeaseAnswer::kLost : LeaseAnswer::kCancelRequested;
  }
  LAZULITE_CHECK(execute(session, kLetConsumersGo, std::array{text(task)}));
  return LeaseAnswer::kHeld;
}

Result<LeaseAnswer> abandon_task(Session& session, std::string_view task, std::int64_t attempt) {
  LAZULITE_TRY(const auto ended, execute(session, kAbandon, std::array{text(task), number(attempt)}));
  return ended == 0 ? LeaseAnswer::kLost : LeaseAnswer::kHeld;
}

Result<std::optional<ReturnedTask>> return_task(Session& session, std::string_view task, std::int64_t attempt,
                                                const ReturnRules& rules) {
  LAZULITE_TRY(const auto now, database_now(session));
  LAZULITE_TRY(auto returned, return_tasks(session, kReturnOne, rules, now, {text(task), number(attempt)}));
  if (returned.empty()) return std::optional<ReturnedTask>{};
  return std::optional<ReturnedTask>{std::move(returned.front())};
}

Result<std::vector<ReturnedTask>> expire_tasks(Session& session, std::chrono::microseconds backoff) {
  LAZULITE_TRY(const auto now, database_now(session));
  return return_tasks(session, kReturnExpired, {.counts_as_failure = true, .backoff = backoff}, now, {Value{now}});
}

Result<std::vector<ReturnedTask>> release_node(Session& session, std::string_view node) {
  LAZULITE_TRY(const auto now, database_now(session));
  return return_tasks(session, kReturnNode, {.counts_as_failure = true, .backoff = {}}, now, {text(node)});
}

Result<CancelOutcome> cancel_task(Session& session, std::string_view task) {
  const std::array values = {text(task)};
  LAZULITE_TRY(const auto cancelled, execute(session, kCancelWaiting, values));
  if (cancelled != 0) return CancelOutcome::kCancelled;
  LAZULITE_TRY(const auto requested, execute(session, kCancelRunning, values));
  return requested != 0 ? CancelOutcome::kRequested : CancelOutcome::kEnded;
}

Result<std::vector<std::string>> cancel_requests(Session& session, std::string_view node) {
  LAZULITE_TRY(const auto rows, select(session, kCancelRequests, std::array{text(node)}, kOneText));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(*row[0].as<std::string>());
  return out;
}

Result<void> set_job_priority(Session& session, std::string_view job, std::int32_t priority) {
  LAZULITE_CHECK(execute(session, kSetPriority, std::array{number(priority), text(job)}));
  return {};
}

Result<void> remove_job_leases(Session& session, std::string_view job) {
  const std::array values = {text(job)};
  LAZULITE_CHECK(execute(session, kRemoveDependencies, values));
  LAZULITE_CHECK(execute(session, kRemoveLeases, values));
  return {};
}

}  // namespace lazulite::rows
