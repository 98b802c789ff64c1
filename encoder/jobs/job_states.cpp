#include "encoder/jobs/job_states.hpp"

#include "encoder/jobs/outbox_events.hpp"
#include "encoder/jobs/output_assets.hpp"
#include "encoder/jobs/task_body.hpp"
#include "storage/rows/repository.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxEvents = 200;  // a task that is given back again and again stops growing

void add_event(JobTask& task, std::string_view code, Timestamp time, std::string message = {}) {
  if (task.historical_events.size() >= kMaxEvents && !is_final(task.state)) return;
  task.historical_events.push_back({std::string(code), std::move(message), time});
}

double milliseconds_between(Timestamp from, Timestamp to) {
  return std::max(0.0, std::chrono::duration<double, std::milli>(to - from).count());
}

// The state of a job from those of its tasks (processing.md 2.3). A job that has begun does not go back to Scheduled
// between two tasks; it is Queued again only when all of them are.
JobState aggregate(JobState current, const std::vector<JobTask>& tasks) {
  const auto any = [&](JobState state) {
    return std::ranges::any_of(tasks, [state](const JobTask& task) { return task.state == state; });
  };
  const bool all_ended = std::ranges::all_of(tasks, [](const JobTask& task) { return is_final(task.state); });
  const bool all_queued =
      std::ranges::all_of(tasks, [](const JobTask& task) { return task.state == JobState::kQueued; });
  if (current == JobState::kCanceling) return all_ended ? JobState::kCanceled : JobState::kCanceling;
  if (all_ended) {
    if (any(JobState::kError)) return JobState::kError;
    return any(JobState::kCanceled) ? JobState::kCanceled : JobState::kFinished;
  }
  if (all_queued) return JobState::kQueued;
  const bool begun = std::ranges::any_of(
      tasks, [](const JobTask& task) { return task.state != JobState::kQueued && task.state != JobState::kScheduled; });
  return begun ? JobState::kProcessing : JobState::kScheduled;
}

// Ids of the tasks that a failure ends: those without flag 4, and those that need an output of an ended one.
Result<std::set<std::string>> ended_by_failure(const std::vector<JobTask>& tasks, const JobTask& failed) {
  std::vector<TaskBody> bodies;
  for (const auto& task : tasks) {
    LAZULITE_TRY(auto body, parse_task_body(task.task_body));
    bodies.push_back(std::move(body));
  }
  std::set<std::string> ended{failed.id};
  std::set<std::size_t> missing;  // outputs that will not come
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const bool needs_missing = std::ranges::any_of(bodies[i].inputs, [&](const TaskInput& input) {
        return input.kind == TaskInputKind::kJobOutputAsset && missing.contains(input.index);
      });
      const bool stays = (tasks[i].options & kTaskDoNotCancelOnJobFailure) != 0 && !needs_missing;
      if (is_final(tasks[i].state) ? tasks[i].state == JobState::kFinished : stays) continue;
      ended.insert(tasks[i].id);
      for (const auto& output : bodies[i].outputs) changed = missing.insert(output.index).second || changed;
    }
  }
  return ended;
}

}  // namespace

Result<void> JobStates::scheduled(std::string_view task_id) {
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, task_id));
  if (task.historical_events.empty()) {
    LAZULITE_TRY(const auto job, rows::get<Job>(session_, account_, task.job_id));
    add_event(task, "WaitingForFreeResources", job.created);
  }
  add_event(task, "Scheduled", now_);
  LAZULITE_CHECK(move_task(task, JobState::kScheduled));
  return settle_job(task.job_id);
}

Result<void> JobStates::processing(std::string_view task_id) {
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, task_id));
  add_event(task, "Processing", now_);
  task.start_time = now_;
  LAZULITE_CHECK(move_task(task, JobState::kProcessing));
  return settle_job(task.job_id);
}

Result<void> JobStates::progress(std::string_view task_id, double percent) {
  static constexpr std::array<std::string_view, 2> kChanged = {"Progress", "RunningDuration"};
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, task_id));
  const double before = task.progress;
  task.progress = std::clamp(percent, before, 100.0);
  if (task.start_time) task.running_duration = milliseconds_between(*task.start_time, now_);
  LAZULITE_CHECK(rows::update(session_, account_, task, kChanged));
  if (static_cast<int>(before) == static_cast<int>(task.progress)) return {};
  return append_task_progress(session_, account_, task, now_);
}

Result<void> JobStates::finished(std::string_view task_id, std::string perf_message, std::string billing) {
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, task_id));
  task.progress = 100;
  task.perf_message = std::move(perf_message);
  add_event(task, "Finished", now_);
  add_event(task, "TaskBillingInformationAdded", now_, std::move(billing));
  LAZULITE_CHECK(end_task(task, JobState::kFinished, {}));
  return settle_job(task.job_id);
}

Result<void> JobStates::failed(std::string_view task_id, ErrorDetail error) {
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, task_id));
  task.error_details = {std::move(error)};
  LAZULITE_CHECK(end_task(task, JobState::kError, "Error"));
  LAZULITE_CHECK(cancel_others(task));
  if ((task.options & kTaskDoNotDeleteOutputAssetOnFailure) == 0) LAZULITE_CHECK(delete_outputs(task));
  effects_.ended_tasks.push_back(task.id);
  return settle_job(task.job_id);
}

Result<void> JobStates::cancelled(std::string_view task_id) {
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, task_id));
  LAZULITE_CHECK(end_task(task, JobState::kCanceled, "Canceled"));
  effects_.ended_tasks.push_back(task.id);
  return settle_job(task.job_id);
}

Result<void> JobStates::returned(const rows::ReturnedTask& returned) {
  const auto& id = returned.claim.task;
  if (returned.fate == rows::TaskFate::kCancelled) return cancelled(id);
  if (returned.fate == rows::TaskFate::kFailed) {
    return failed(id, {"ErrorProcessingTask",
                       fmt::format("the server ended {} times while it ran this task", returned.claim.failures)});
  }
  LAZULITE_TRY(auto task, rows::get<JobTask>(session_, account_, id));
  task.progress = 0;
  task.running_duration = 0;
  task.start_time.reset();
  add_event(task, "WaitingForFreeResources", now_);
  LAZULITE_CHECK(move_task(task, JobState::kQueued));
  return settle_job(task.job_id);
}

Result<void> JobStates::cancel_job(std::string_view job_id) {
  LAZULITE_TRY(auto job, rows::get<Job>(session_, account_, job_id));
  if (is_final(job.state) || job.state == JobState::kCanceling) {
    return fail(ErrorCode::kInvalidArgument, "the Job '{}' cannot be canceled: it is {}", job_id,
                job_state_name(job.state));
  }
  LAZULITE_CHECK(move_job(job, JobState::kCanceling));
  LAZULITE_TRY(auto tasks, tasks_of(job_id));
  for (auto& task : tasks) LAZULITE_CHECK(cancel_task(task));
  return settle_job(job_id);
}

Result<void> JobStates::move_task(JobTask& task, JobState state) {
  const auto before = task.state;
  task.state = state;
  LAZULITE_CHECK(rows::update(session_, account_, task));
  if (before == state) return {};
  return append_task_state_change(session_, account_, task, before, now_);
}

Result<void> JobStates::end_task(JobTask& task, JobState state, std::string_view event) {
  const auto before = task.state;
  task.state = state;
  task.end_time = now_;
  if (task.start_time) task.running_duration = milliseconds_between(*task.start_time, now_);
  if (!event.empty()) add_event(task, event, now_);
  LAZULITE_CHECK(rows::update(session_, account_, task));
  return append_task_state_change(session_, account_, task, before, now_);
}

// A waiting task ends here; a running one is told, and ends when its worker says so.
Result<void> JobStates::cancel_task(JobTask& task) {
  if (is_final(task.state)) return {};
  LAZULITE_TRY(const auto outcome, rows::cancel_task(session_, task.id));
  if (outcome == rows::CancelOutcome::kCancelled) return end_task(task, JobState::kCanceled, "Canceled");
  return outcome == rows::CancelOutcome::kRequested ? move_task(task, JobState::kCanceling) : Result<void>{};
}

Result<void> JobStates::cancel_others(const JobTask& failed) {
  LAZULITE_TRY(auto tasks, tasks_of(failed.job_id));
  LAZULITE_TRY(const auto ended, ended_by_failure(tasks, failed));
  for (auto& task : tasks) {
    if (ended.contains(task.id)) LAZULITE_CHECK(cancel_task(task));
  }
  return {};
}

// An output that another task of the job has filled, or will, stays.
Result<void> JobStates::delete_outputs(const JobTask& failed) {
  std::set<std::string> kept;
  LAZULITE_TRY(const auto tasks, tasks_of(failed.job_id));
  for (const auto& task : tasks) {
    if (task.id == failed.id || task.state == JobState::kError || task.state == JobState::kCanceled) continue;
    LAZULITE_TRY(const auto outputs, rows::links(session_, account_, kTask, "OutputMediaAssets", task.id));
    kept.insert(outputs.begin(), outputs.end());
  }
  LAZULITE_TRY(const auto outputs, rows::links(session_, account_, kTask, "OutputMediaAssets", failed.id));
  for (const auto& asset : outputs) {
    if (kept.contains(asset)) continue;
    LAZULITE_TRY(auto container, delete_output_asset(session_, account_, asset));
    if (container) effects_.containers.push_back(std::move(*container));
  }
  return {};
}

Result<std::vector<JobTask>> JobStates::tasks_of(std::string_view job) const {
  rows::ListQuery query;
  query.condition = rows::equals(kTask, "job_id", model::Value{std::string(job)});
  return rows::list<JobTask>(session_, account_, query);
}

Result<void> JobStates::settle_job(std::string_view job_id) {
  LAZULITE_TRY(auto job, rows::get<Job>(session_, account_, job_id));
  LAZULITE_TRY(const auto tasks, tasks_of(job_id));
  return move_job(job, aggregate(job.state, tasks));
}

Result<void> JobStates::move_job(Job& job, JobState state) {
  const auto before = job.state;
  if (before == state) return {};
  job.state = state;
  job.last_modified = now_;
  if (state == JobState::kProcessing && !job.start_time) job.start_time = now_;
  if (is_final(state)) {
    job.end_time = now_;
    if (job.start_time) job.running_duration = milliseconds_between(*job.start_time, now_);
  }
  LAZULITE_CHECK(rows::update(session_, account_, job));
  return append_job_state_change(session_, account_, job, before, now_);
}

}  // namespace lazulite::encoder
