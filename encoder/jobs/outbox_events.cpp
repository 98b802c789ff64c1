#include "encoder/jobs/outbox_events.hpp"

#include "storage/rows/outbox.hpp"

namespace lazulite::encoder {
namespace {

constexpr std::int32_t kFinalStatesOnly = 1;
constexpr std::int32_t kAllStates = 2;

bool wants(std::int32_t target, JobState state) {
  return target == kAllStates || (target == kFinalStatesOnly && is_final(state));
}

std::string name_of(JobState state) { return std::string(job_state_name(state)); }

}  // namespace

std::string_view job_state_name(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "Queued";
    case JobState::kScheduled:
      return "Scheduled";
    case JobState::kProcessing:
      return "Processing";
    case JobState::kFinished:
      return "Finished";
    case JobState::kError:
      return "Error";
    case JobState::kCanceled:
      return "Canceled";
    case JobState::kCanceling:
      return "Canceling";
  }
  return "Unknown";
}

Result<void> append_job_state_change(rows::Session& session, std::string_view account, const Job& job, JobState before,
                                     Timestamp now) {
  for (const auto& each : job.job_notification_subscriptions) {
    if (!wants(each.target_job_state, job.state)) continue;
    const rows::OutboxEvent event{rows::OutboxEventType::kJobStateChange,
                                  each.notification_end_point_id,
                                  now,
                                  {{"JobId", job.id},
                                   {"JobName", job.name.value_or("")},
                                   {"NewState", name_of(job.state)},
                                   {"OldState", name_of(before)}}};
    LAZULITE_CHECK(rows::append_outbox(session, account, event));
  }
  return {};
}

Result<void> append_task_state_change(rows::Session& session, std::string_view account, const JobTask& task,
                                      JobState before, Timestamp now) {
  for (const auto& each : task.task_notification_subscriptions) {
    if (!wants(each.target_task_state, task.state)) continue;
    const rows::OutboxEvent event{rows::OutboxEventType::kTaskStateChange,
                                  each.notification_end_point_id,
                                  now,
                                  {{"JobId", task.job_id},
                                   {"TaskId", task.id},
                                   {"NewState", name_of(task.state)},
                                   {"OldState", name_of(before)}}};
    LAZULITE_CHECK(rows::append_outbox(session, account, event));
  }
  return {};
}

Result<void> append_task_progress(rows::Session& session, std::string_view account, const JobTask& task,
                                  Timestamp now) {
  for (const auto& each : task.task_notification_subscriptions) {
    if (!each.include_task_progress) continue;
    const rows::OutboxEvent event{rows::OutboxEventType::kTaskProgress,
                                  each.notification_end_point_id,
                                  now,
                                  {{"JobId", task.job_id},
                                   {"TaskId", task.id},
                                   {"lastComputedProgress", std::to_string(static_cast<int>(task.progress))}}};
    LAZULITE_CHECK(rows::append_outbox(session, account, event));
  }
  return {};
}

}  // namespace lazulite::encoder
