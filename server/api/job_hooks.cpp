#include "server/api/job_hooks.hpp"

#include "encoder/jobs/job_states.hpp"
#include "encoder/jobs/job_submission.hpp"
#include "encoder/jobs/outbox_events.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/log.hpp"
#include "schema/entities/job_template.hpp"
#include "schema/entities/task.hpp"
#include "schema/odata/target_parser.hpp"
#include "schema/odata/value_text.hpp"
#include "server/api/job_template_hooks.hpp"

namespace lazulite::api {
namespace {

using model::Value;

void announce_change(HookContext& context) {
  if (context.services.jobs_changed) context.after_commit.push_back(context.services.jobs_changed);
}

void apply_after_commit(HookContext& context, encoder::StateEffects effects) {
  context.after_commit.push_back([&services = context.services, effects = std::move(effects)] {
    encoder::apply_effects(services.database, services.blobs, effects);
  });
}

Result<void> prepare_create(HookContext&, const odata::EntityInput& input, model::Record& record) {
  if (const auto* template_id = record["TemplateId"].as<std::string>(); template_id != nullptr) {
    if (template_id->empty()) {
      record["TemplateId"] = {};
    } else {
      LAZULITE_TRY(auto id, odata::normalize_key(kJobTemplate, *template_id));
      record["TemplateId"] = Value{std::move(id)};
    }
  }
  for (const auto& reference : input.references) {
    if (reference.navigation->name != "InputMediaAssets") {
      return fail(ErrorCode::kInvalidArgument, "'{}' of a Job cannot be bound.", reference.navigation->name);
    }
  }
  return {};
}

// A Task as it was sent with its Job, the rest at its defaults.
Result<JobTask> to_task(const odata::ChildInput& child) {
  const auto& input = child.entity;
  if (child.navigation->name != "Tasks" || !input.references.empty() || !input.children.empty()) {
    return fail(ErrorCode::kInvalidArgument, "A Job can be created together with its Tasks only.");
  }
  model::Record record{kTask};
  for (std::size_t i = 0; i < kTask.properties.size(); ++i) {
    const auto& property = kTask.properties[i];
    record.values[i] = input.given[i] ? input.values.values[i] : odata::default_value(property);
  }
  return model::to_entity<JobTask>(record);
}

// The tasks sent with the job, or those of its template.
Result<std::vector<JobTask>> tasks_of(HookContext& context, const odata::EntityInput& input, const Job& job) {
  if (job.template_id) {
    if (!input.children.empty())
      return fail(ErrorCode::kInvalidArgument, "A Job with a TemplateId takes its tasks from the template.");
    return tasks_from_template(context, *job.template_id, input.references.size());
  }
  std::vector<JobTask> out;
  for (const auto& child : input.children) {
    LAZULITE_TRY(auto task, to_task(child));
    out.push_back(std::move(task));
  }
  return out;
}

Result<void> after_insert(HookContext& context, const odata::EntityInput& input, const model::Record& record) {
  encoder::JobSubmission submission;
  LAZULITE_TRY(submission.job, model::to_entity<Job>(record));
  LAZULITE_TRY(submission.tasks, tasks_of(context, input, submission.job));
  for (const auto& reference : input.references) submission.inputs.push_back(reference.key);
  encoder::JobLimits limits;
  limits.tasks_per_job = context.services.options.tasks_per_job;
  limits.assets_per_task = context.services.options.assets_per_task;
  limits.assets_per_job = context.services.options.assets_per_job;
  std::vector<blobs::ContainerRef> made;
  auto submitted = encoder::submit_job(context.session, context.services.blobs, context.account, std::move(submission),
                                       limits, context.now, made);
  context.after_rollback.push_back([&blobs = context.services.blobs, made = std::move(made)] {
    for (const auto& container : made) {
      const auto deleted = blobs.delete_container(container);
      if (!deleted) logger("api").error("a container without asset was not removed: {}", deleted.error().message);
    }
  });
  LAZULITE_CHECK(std::move(submitted));
  announce_change(context);
  return {};
}

Result<void> before_update(HookContext& context, const odata::EntityInput&, const model::Record& stored,
                           model::Record& changed) {
  if (stored["Priority"] == changed["Priority"]) return {};
  LAZULITE_TRY(const auto job, model::to_entity<Job>(changed));
  if (job.state != JobState::kQueued) {
    return fail(ErrorCode::kInvalidArgument, "Job's priority can only be changed if the job is in Queued state");
  }
  return rows::set_job_priority(context.session, job.id, job.priority);
}

Result<void> remove_tasks(HookContext& context, const std::string& job_id) {
  rows::ListQuery query;
  query.condition = rows::equals(kTask, "job_id", Value{job_id});
  LAZULITE_TRY(const auto tasks, rows::list(context.session, context.account, kTask, query));
  for (const auto& task : tasks) {
    for (const auto& navigation : kTask.navigations) {
      LAZULITE_CHECK(rows::unlink_all(context.session, context.account, kTask, navigation.name, task.key()));
    }
    LAZULITE_CHECK(rows::remove(context.session, context.account, kTask, task.key()));
  }
  return {};
}

// A waiting job goes at once: the worker that has just claimed a task of it finds its lease lost.
Result<void> before_delete(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto job, model::to_entity<Job>(record));
  if (job.state == JobState::kProcessing || job.state == JobState::kCanceling) {
    return fail(ErrorCode::kInvalidArgument, "The Job '{}' cannot be deleted while it is {}.", job.id,
                encoder::job_state_name(job.state));
  }
  LAZULITE_CHECK(rows::remove_job_leases(context.session, job.id));
  LAZULITE_CHECK(remove_tasks(context, job.id));
  announce_change(context);
  return {};
}

Result<FunctionResult> cancel_job(HookContext& context, const FunctionCall& call) {
  const auto* sent = call.arguments.at(0).as<std::string>();
  LAZULITE_TRY(const auto id, normalize_entity_id(kJob.id_prefix, sent != nullptr ? *sent : std::string{}));
  encoder::JobStates states(context.session, context.account, context.now);
  LAZULITE_CHECK(states.cancel_job(id));
  apply_after_commit(context, states.take_effects());
  announce_change(context);
  return FunctionResult{};
}

}  // namespace

constinit const EntityHooks kJobHooks{.set = kJob.set_name,
                                      .prepare_create = prepare_create,
                                      .after_insert = after_insert,
                                      .takes_children = true,
                                      .before_update = before_update,
                                      .before_delete = before_delete};
constinit const EntityHooks kTaskHooks{.set = kTask.set_name, .default_order = "position"};
constinit const FunctionHook kCancelJobHook{.name = "CancelJob", .invoke = cancel_job, .writes = true};

}  // namespace lazulite::api
