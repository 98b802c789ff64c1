// The notification events of job and task changes (accounts-storage.md D.2), written into the outbox for each
// subscription that wants them, in the transaction of the change. Without subscriptions nothing is written.
#pragma once

#include "schema/entities/task.hpp"
#include "storage/rows/database.hpp"

#include <string_view>

namespace lazulite::encoder {

// "Queued" … "Canceling", as notifications spell them.
std::string_view job_state_name(JobState state);

// `job` and `task` hold the new state already.
Result<void> append_job_state_change(rows::Session& session, std::string_view account, const Job& job, JobState before,
                                     Timestamp now);
Result<void> append_task_state_change(rows::Session& session, std::string_view account, const JobTask& task,
                                      JobState before, Timestamp now);
Result<void> append_task_progress(rows::Session& session, std::string_view account, const JobTask& task, Timestamp now);

}  // namespace lazulite::encoder
