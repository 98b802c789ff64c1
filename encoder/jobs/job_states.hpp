// The life of Jobs and Tasks as clients see it (processing.md 2.3, 2.4): states, times, events, error details, and the
// notification events that go with them. The lease of a task says who may call what; here the rows are brought in step.
//
// Use within Database::write, one object per transaction. What a transaction leaves to be done outside it is in
// take_effects(): apply_effects() after the commit.
#pragma once

#include "encoder/jobs/state_effects.hpp"
#include "schema/entities/task.hpp"
#include "storage/rows/task_leases.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::encoder {

class JobStates {
 public:
  // `account` outlives the object.
  JobStates(rows::Session& session, std::string_view account, Timestamp now)
      : session_(session), account_(account), now_(now) {}

  // Queued -> Scheduled, Scheduled -> Processing. NotFound when the task is gone.
  Result<void> scheduled(std::string_view task);
  Result<void> processing(std::string_view task);
  // Percent so far. The caller has just renewed the lease, so the task is still running.
  Result<void> progress(std::string_view task, double percent);

  // The ends. A failure also ends the other tasks of the job, unless flag 4 keeps them and they need nothing of it, and
  // deletes the task's outputs, unless flag 2 keeps them (processing.md 2.2).
  Result<void> finished(std::string_view task, std::string perf_message, std::string billing);
  Result<void> failed(std::string_view task, ErrorDetail error);
  Result<void> cancelled(std::string_view task);
  // A worker gave the task back, or died.
  Result<void> returned(const rows::ReturnedTask& returned);

  // InvalidArgument unless the job is Queued, Scheduled or Processing; NotFound.
  Result<void> cancel_job(std::string_view job);

  [[nodiscard]] StateEffects take_effects() { return std::move(effects_); }

 private:
  Result<void> move_task(JobTask& task, JobState state);
  Result<void> end_task(JobTask& task, JobState state, std::string_view event);
  Result<void> cancel_task(JobTask& task);
  Result<void> cancel_others(const JobTask& failed);
  Result<void> delete_outputs(const JobTask& failed);
  Result<std::vector<JobTask>> tasks_of(std::string_view job) const;
  Result<void> settle_job(std::string_view job);
  Result<void> move_job(Job& job, JobState state);

  rows::Session& session_;
  std::string_view account_;
  Timestamp now_;
  StateEffects effects_;
};

}  // namespace lazulite::encoder
