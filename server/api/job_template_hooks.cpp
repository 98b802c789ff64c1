#include "server/api/job_template_hooks.hpp"

#include "encoder/jobs/job_submission.hpp"
#include "encoder/jobs/job_template.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/job_template.hpp"
#include "schema/entities/task_template.hpp"
#include "schema/odata/target_parser.hpp"
#include "server/api/write_requests.hpp"

#include <algorithm>

namespace lazulite::api {
namespace {

using model::Value;

encoder::JobLimits limits_of(const HookContext& context) {
  encoder::JobLimits limits;
  limits.tasks_per_job = context.services.options.tasks_per_job;
  return limits;
}

// Clients may say 0 as well as nothing; only what is said counts as a system template.
Result<void> check_type(const odata::EntityInput& input, model::Record& record) {
  constexpr auto kAccountLevel = static_cast<std::int64_t>(JobTemplateType::kAccountLevel);
  if (!input.has("TemplateType")) {
    record["TemplateType"] = Value{kAccountLevel};
    return {};
  }
  if (record["TemplateType"] == Value{kAccountLevel}) return {};
  return fail(ErrorCode::kInvalidArgument,
              "Only job templates of the TemplateType AccountLevel (1) can be created, not of {}.",
              record["TemplateType"] == Value{std::int64_t{0}} ? "SystemLevel (0)" : "this type");
}

Result<void> prepare_create(HookContext& context, const odata::EntityInput& input, model::Record& record) {
  LAZULITE_CHECK(check_type(input, record));
  const auto& body = *record["JobTemplateBody"].as<std::string>();
  LAZULITE_TRY(const auto parsed, encoder::parse_job_template(body, limits_of(context)));
  record["NumberofInputAssets"] = Value{static_cast<std::int64_t>(parsed.input_assets)};
  return {};
}

Result<TaskTemplate> to_task_template(HookContext& context, const odata::ChildInput& child) {
  if (child.navigation->name != "TaskTemplates" || !child.entity.references.empty() || !child.entity.children.empty()) {
    return fail(ErrorCode::kInvalidArgument, "A JobTemplate can be created together with its TaskTemplates only.");
  }
  LAZULITE_TRY(const auto record, new_record(child.entity, context.now));
  LAZULITE_TRY(auto task, model::to_entity<TaskTemplate>(record));
  LAZULITE_TRY(task.media_processor_id, encoder::require_processor(task.media_processor_id));
  LAZULITE_CHECK(encoder::check_task_options(task.options));
  return task;
}

// Every taskBody names one task template, and every task template is named once.
Result<void> check_named_once(const std::vector<TaskTemplate>& templates, const encoder::JobTemplateTasks& body) {
  if (templates.size() != body.tasks.size()) {
    return fail(ErrorCode::kInvalidArgument, "The JobTemplateBody has {} tasks, and there are {} TaskTemplates.",
                body.tasks.size(), templates.size());
  }
  for (const auto& each : templates) {
    const auto named = std::count_if(body.tasks.begin(), body.tasks.end(), [&each](const auto& task) {
      return equals_ignoring_case(task.task_template_id, each.id);
    });
    if (named != 1) {
      return fail(ErrorCode::kInvalidArgument, "The JobTemplateBody names the TaskTemplate '{}' {} times, not once.",
                  each.id, named);
    }
  }
  return {};
}

Result<void> insert_task_template(HookContext& context, const TaskTemplate& task) {
  auto inserted = rows::insert(context.session, context.account, task);
  if (!inserted && inserted.error().code == ErrorCode::kConflict)
    return fail(ErrorCode::kConflict, "A TaskTemplate with the id '{}' exists already.", task.id);
  return inserted;
}

Result<void> after_insert(HookContext& context, const odata::EntityInput& input, const model::Record& record) {
  LAZULITE_TRY(const auto job, model::to_entity<JobTemplate>(record));
  LAZULITE_TRY(const auto body, encoder::parse_job_template(job.job_template_body, limits_of(context)));
  std::vector<TaskTemplate> templates;
  for (const auto& child : input.children) {
    LAZULITE_TRY(auto task, to_task_template(context, child));
    task.job_template_id = job.id;
    task.position = static_cast<std::int32_t>(templates.size());
    templates.push_back(std::move(task));
  }
  LAZULITE_CHECK(check_named_once(templates, body));
  for (const auto& each : templates) LAZULITE_CHECK(insert_task_template(context, each));
  return {};
}

Result<std::vector<TaskTemplate>> task_templates_of(HookContext& context, const std::string& template_id) {
  rows::ListQuery query;
  query.condition = rows::equals(kTaskTemplate, "job_template_id", Value{template_id});
  return rows::list<TaskTemplate>(context.session, context.account, query);
}

Result<void> before_delete(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto templates, task_templates_of(context, record.key()));
  for (const auto& each : templates)
    LAZULITE_CHECK(rows::remove<TaskTemplate>(context.session, context.account, each.id));
  return {};
}

JobTask task_from(const TaskTemplate& from, std::string task_body) {
  JobTask task;
  task.configuration = from.configuration;
  task.media_processor_id = from.media_processor_id;
  task.name = from.name;
  task.task_body = std::move(task_body);
  task.options = from.options;
  task.encryption_key_id = from.encryption_key_id;
  task.encryption_scheme = from.encryption_scheme;
  task.encryption_version = from.encryption_version;
  task.initialization_vector = from.initialization_vector;
  return task;
}

}  // namespace

Result<std::vector<JobTask>> tasks_from_template(HookContext& context, const std::string& template_id,
                                                 std::size_t inputs) {
  LAZULITE_TRY(const auto job, rows::find<JobTemplate>(context.session, context.account, template_id));
  if (!job) return fail(ErrorCode::kNotFound, "There is no JobTemplate '{}'.", template_id);
  LAZULITE_TRY(auto body, encoder::parse_job_template(job->job_template_body, limits_of(context)));
  if (inputs != body.input_assets) {
    return fail(ErrorCode::kInvalidArgument, "The JobTemplate '{}' wants {} input assets, not {}.", template_id,
                body.input_assets, inputs);
  }
  LAZULITE_TRY(const auto templates, task_templates_of(context, template_id));
  std::vector<JobTask> out;
  for (auto& task : body.tasks) {
    const auto found = std::find_if(templates.begin(), templates.end(), [&task](const TaskTemplate& each) {
      return equals_ignoring_case(each.id, task.task_template_id);
    });
    if (found == templates.end())
      return fail(ErrorCode::kInternal, "the TaskTemplate '{}' of '{}' is gone", task.task_template_id, template_id);
    out.push_back(task_from(*found, std::move(task.task_body)));
  }
  return out;
}

constinit const EntityHooks kJobTemplateHooks{.set = kJobTemplate.set_name,
                                              .prepare_create = prepare_create,
                                              .after_insert = after_insert,
                                              .takes_children = true,
                                              .before_delete = before_delete};
constinit const EntityHooks kTaskTemplateHooks{.set = kTaskTemplate.set_name, .default_order = "position"};

}  // namespace lazulite::api
