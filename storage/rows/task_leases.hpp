// Leases of tasks: which task may run, on which node, until when. A narrow table beside the Tasks entity (rows.md 4);
// this file knows no entity and no state that a client sees: encoder/jobs keeps those in step, in the same transaction.
//
// Call everything in Database::write. "Now" is the database's, so nodes with different clocks agree. Each claim raises
// `attempt`, and every later call of that worker names it: an answer kLost means that another worker has, or may have,
// the task, and that all of this attempt is to be thrown away. `failures` counts attempts that ended badly (a dead
// node, a transient error), not those given back by a server that stopped cleanly.
#pragma once

#include "schema/base/time.hpp"
#include "storage/rows/database.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

inline constexpr std::int64_t kMaxTaskFailures = 3;  // the third ends the task

Result<void> create_task_lease_tables(Session& session);  // for migrations

struct NewTaskLease {
  std::string task, job;  // entity ids; task ids are unique over all accounts
  std::int32_t job_priority = 0, task_priority = 0;
  std::int32_t position = 0;           // within the job
  Timestamp created{};                 // of the job: equal priorities run first come, first served
  std::vector<std::string> producers;  // tasks of the same job that must finish first
};
Result<void> enqueue_task(Session& session, std::string_view account, const NewTaskLease& lease);

struct ClaimRules {
  std::string node;
  std::chrono::microseconds ttl{};
  std::int64_t max_per_account = 0;  // bounds what the reserved units of an account allow; 0: nothing bounds them
};
struct TaskClaim {
  std::string account, job, task;
  std::int64_t attempt = 0;   // 1 for the first
  std::int64_t failures = 0;  // before this attempt
};
// The next task that may start: accounts take turns; within one, by job priority, task priority, age, position. An
// account runs max(1, CurrentReservedUnits) tasks at once (processing.md 6.1). None when nothing may start.
Result<std::optional<TaskClaim>> claim_task(Session& session, const ClaimRules& rules);

enum class LeaseAnswer : std::uint8_t { kHeld, kCancelRequested, kLost };
// Keeps the lease for another ttl (also when the answer is kCancelRequested).
Result<LeaseAnswer> renew_task(Session& session, std::string_view task, std::int64_t attempt,
                               std::chrono::microseconds ttl);

// kHeld: it is ended. A finished task lets its consumers go; kCancelRequested: it cannot finish any more, cancel it.
Result<LeaseAnswer> finish_task(Session& session, std::string_view task, std::int64_t attempt);
// Ends it as failed or cancelled; kHeld or kLost.
Result<LeaseAnswer> abandon_task(Session& session, std::string_view task, std::int64_t attempt);

// What became of a task that a worker no longer runs.
enum class TaskFate : std::uint8_t { kRequeued, kFailed, kCancelled };
struct ReturnedTask {
  TaskClaim claim;  // the attempt that ended
  TaskFate fate = TaskFate::kRequeued;
};
struct ReturnRules {
  bool counts_as_failure = true;
  std::chrono::microseconds backoff{};  // it may not start again earlier
};
// Gives a running task back. None when the lease is lost.
Result<std::optional<ReturnedTask>> return_task(Session& session, std::string_view task, std::int64_t attempt,
                                                const ReturnRules& rules);
// All tasks whose lease has run out, as failures; at most 100 a call.
Result<std::vector<ReturnedTask>> expire_tasks(Session& session, std::chrono::microseconds backoff);
// All running tasks of a node that has just started, and so runs none, as failures.
Result<std::vector<ReturnedTask>> release_node(Session& session, std::string_view node);

enum class CancelOutcome : std::uint8_t { kCancelled, kRequested, kEnded };
// A waiting task is cancelled at once; of a running one it is requested; one that has ended stays as it is.
Result<CancelOutcome> cancel_task(Session& session, std::string_view task);
// Tasks that this node runs and should stop.
Result<std::vector<std::string>> cancel_requests(Session& session, std::string_view node);

Result<void> set_job_priority(Session& session, std::string_view job, std::int32_t priority);
// Forgets the tasks of a job, in whatever state.
Result<void> remove_job_leases(Session& session, std::string_view job);

}  // namespace lazulite::rows
