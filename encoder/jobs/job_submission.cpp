#include "encoder/jobs/job_submission.hpp"

#include "encoder/jobs/output_assets.hpp"
#include "encoder/processors/media_processor.hpp"
#include "schema/base/ids.hpp"
#include "schema/entities/media_processor.hpp"
#include "schema/entities/notification_end_point.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/task_leases.hpp"

#include <algorithm>
#include <array>

namespace lazulite::encoder {
namespace {

// One submission on its way into the rows.
class Submission {
 public:
  Submission(rows::Session& session, blobs::BlobStore& store, std::string_view account, JobSubmission& job,
             Timestamp now)
      : session_(session), store_(store), account_(account), submitted_(job), now_(now) {}

  Result<void> check(const JobLimits& limits);
  Result<void> make(std::vector<blobs::ContainerRef>& made);

 private:
  Result<void> check_task(JobTask& task) const;
  Result<void> check_input(const std::string& asset_id) const;
  Result<void> check_end_point(std::string_view id) const;
  Result<void> check_subscriptions() const;
  Result<Asset> make_output(std::size_t index, std::vector<blobs::ContainerRef>& made);
  Result<void> make_task(std::size_t position);
  [[nodiscard]] const std::string& asset_of(const TaskInput& input) const {
    return input.kind == TaskInputKind::kJobInputAsset ? submitted_.inputs[input.index] : outputs_[input.index];
  }
  template <class T>
  Result<void> link_once(const T& source, std::string_view navigation, std::vector<std::string> targets);

  rows::Session& session_;
  blobs::BlobStore& store_;
  std::string_view account_;
  JobSubmission& submitted_;
  Timestamp now_;
  std::vector<TaskBody> bodies_;
  JobGraph graph_;
  std::vector<std::string> outputs_;  // asset ids
};

Result<void> Submission::check(const JobLimits& limits) {
  for (auto& task : submitted_.tasks) {
    LAZULITE_CHECK(check_task(task));
    LAZULITE_TRY(auto body, parse_task_body(task.task_body));
    bodies_.push_back(std::move(body));
  }
  LAZULITE_TRY(graph_, validate_job(bodies_, submitted_.inputs.size(), limits));
  for (const auto& input : submitted_.inputs) LAZULITE_CHECK(check_input(input));
  return check_subscriptions();
}

Result<void> Submission::check_task(JobTask& task) const {
  if (task.task_body.empty()) return fail(ErrorCode::kInvalidArgument, "a Task needs a TaskBody");
  if (task.media_processor_id.empty()) return fail(ErrorCode::kInvalidArgument, "a Task needs a MediaProcessorId");
  LAZULITE_CHECK(check_task_options(task.options));
  LAZULITE_TRY(task.media_processor_id, require_processor(task.media_processor_id));
  return {};
}

Result<void> Submission::check_input(const std::string& asset_id) const {
  rows::ListQuery query;
  query.condition = rows::equals(kAssetFile, "ParentAssetId", model::Value{asset_id});
  LAZULITE_TRY(const auto files, rows::list<AssetFile>(session_, account_, query));
  if (primary_file(files)) return {};
  return fail(ErrorCode::kInvalidArgument,
              "the input asset '{}' has {} files, of which none is marked primary, the only one, or the only .ism",
              asset_id, files.size());
}

Result<void> Submission::check_end_point(std::string_view id) const {
  LAZULITE_TRY(const auto found, rows::find<NotificationEndPoint>(session_, account_, id));
  if (found) return {};
  return fail(ErrorCode::kInvalidArgument, "there is no NotificationEndPoint '{}'", id);
}

Result<void> Submission::check_subscriptions() const {
  const auto check_target = [](std::string_view property, std::int32_t target) -> Result<void> {
    if (target == 1 || target == 2) return {};
    if (target == 0) return fail(ErrorCode::kInvalidArgument, "{} must not be 0", property);
    return fail(ErrorCode::kInvalidArgument, "{} must be 1 or 2, not {}", property, target);
  };
  for (const auto& each : submitted_.job.job_notification_subscriptions) {
    LAZULITE_CHECK(check_target("JobNotificationSubscription.TargetJobState", each.target_job_state));
    LAZULITE_CHECK(check_end_point(each.notification_end_point_id));
  }
  for (const auto& task : submitted_.tasks) {
    for (const auto& each : task.task_notification_subscriptions) {
      LAZULITE_CHECK(check_target("TaskNotificationSubscription.TargetTaskState", each.target_task_state));
      LAZULITE_CHECK(check_end_point(each.notification_end_point_id));
    }
  }
  return {};
}

Result<void> Submission::make(std::vector<blobs::ContainerRef>& made) {
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    LAZULITE_TRY(const auto asset, make_output(i, made));
    outputs_.push_back(asset.id);
    LAZULITE_CHECK(rows::link(session_, account_, kJob, "OutputMediaAssets", submitted_.job.id, asset.id));
  }
  for (auto& task : submitted_.tasks) task.id = new_entity_id(kTask.id_prefix);
  for (std::size_t i = 0; i < submitted_.tasks.size(); ++i) LAZULITE_CHECK(make_task(i));
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    std::vector<std::string> parents;
    for (const auto producer : graph_.outputs[i].producers) {
      for (const auto& input : bodies_[producer].inputs) parents.push_back(asset_of(input));
    }
    Asset asset;
    asset.id = outputs_[i];
    LAZULITE_CHECK(link_once(asset, "ParentAssets", std::move(parents)));
  }
  return {};
}

Result<Asset> Submission::make_output(std::size_t index, std::vector<blobs::ContainerRef>& made) {
  const auto& spec = graph_.outputs[index].spec;
  const auto& job_name = submitted_.job.name;
  Asset asset;
  asset.id = new_entity_id(kAsset.id_prefix);
  asset.name = spec.name.value_or(
      fmt::format("JobOutputAsset({})_{}", index, job_name && !job_name->empty() ? *job_name : submitted_.job.id));
  asset.options = static_cast<AssetOptions>(spec.creation_options.value_or(0));
  asset.format_option = static_cast<AssetFormatOption>(spec.format_option.value_or(0));
  asset.created = asset.last_modified = now_;
  LAZULITE_TRY(asset.storage_account_name, rows::choose_storage_account(session_, account_, spec.storage_account));
  LAZULITE_CHECK(store_.create_container(container_of(asset)));
  made.push_back(container_of(asset));
  LAZULITE_CHECK(rows::insert(session_, account_, asset));
  return asset;
}

Result<void> Submission::make_task(std::size_t position) {
  auto& task = submitted_.tasks[position];
  task.job_id = submitted_.job.id;
  task.position = static_cast<std::int32_t>(position);
  if ((task.options & kTaskProtectedConfiguration) == 0 && !task.encryption_scheme) task.encryption_scheme = "None";
  LAZULITE_CHECK(rows::insert(session_, account_, task));
  std::vector<std::string> inputs, outputs;
  for (const auto& input : bodies_[position].inputs) inputs.push_back(asset_of(input));
  for (const auto& output : bodies_[position].outputs) outputs.push_back(outputs_[output.index]);
  LAZULITE_CHECK(link_once(task, "InputMediaAssets", std::move(inputs)));
  LAZULITE_CHECK(link_once(task, "OutputMediaAssets", std::move(outputs)));
  rows::NewTaskLease lease;
  lease.task = task.id;
  lease.job = submitted_.job.id;
  lease.job_priority = submitted_.job.priority;
  lease.task_priority = task.priority;
  lease.position = task.position;
  lease.created = submitted_.job.created;
  for (const auto producer : graph_.producers[position]) lease.producers.push_back(submitted_.tasks[producer].id);
  return rows::enqueue_task(session_, account_, lease);
}

// The same asset may be named twice; it is linked where it stands first.
template <class T>
Result<void> Submission::link_once(const T& source, std::string_view navigation, std::vector<std::string> targets) {
  for (auto target = targets.begin(); target != targets.end(); ++target) {
    if (std::find(targets.begin(), target, *target) != target) continue;
    LAZULITE_CHECK(rows::link(session_, account_, entity_type(&source), navigation, source.id, *target));
  }
  return {};
}

}  // namespace

Result<void> submit_job(rows::Session& session, blobs::BlobStore& store, std::string_view account,
                        JobSubmission submission, const JobLimits& limits, Timestamp now,
                        std::vector<blobs::ContainerRef>& made) {
  Submission work(session, store, account, submission, now);
  LAZULITE_CHECK(work.check(limits));
  return work.make(made);
}

Result<std::string> require_processor(std::string_view id) {
  LAZULITE_TRY(auto known, normalize_entity_id(kMediaProcessor.id_prefix, id));
  const auto* processor = find_processor(known);
  if (processor == nullptr) return fail(ErrorCode::kNotFound, "there is no MediaProcessor '{}'", known);
  if (processor->make == nullptr) {
    return fail(ErrorCode::kForbidden, "the MediaProcessor '{}' is not available to this account", processor->name);
  }
  return known;
}

Result<void> check_task_options(std::int32_t options) {
  constexpr std::int32_t kAll =
      kTaskProtectedConfiguration | kTaskDoNotDeleteOutputAssetOnFailure | kTaskDoNotCancelOnJobFailure;
  if ((options & ~kAll) == 0) return {};
  return fail(ErrorCode::kInvalidArgument, "{} is not a combination of task Options", options);
}

}  // namespace lazulite::encoder
