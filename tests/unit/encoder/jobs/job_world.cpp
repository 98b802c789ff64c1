#include "tests/unit/encoder/jobs/job_world.hpp"

#include "encoder/jobs/job_states.hpp"
#include "encoder/jobs/output_assets.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/storage_account.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/rows/directory.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

namespace lazulite::test {
namespace {

using namespace std::chrono_literals;
constexpr auto kDeadline = 20s;

class FakeProcessor final : public encoder::MediaProcessor {
 public:
  explicit FakeProcessor(FakeProcessing& processing) : processing_(processing) {}

  Result<encoder::TaskResult> process(const encoder::TaskContext& context) override {
    {
      const std::lock_guard lock(processing_.mutex);
      ++processing_.started;
      processing_.threads = context.threads;
    }
    processing_.changed.notify_all();
    context.on_progress(50);
    const auto& plan = context.configuration;
    if (plan.starts_with("fail ")) return fail_with(ErrorCode::kInvalidArgument, plan.substr(5), "it was to fail");
    if (plan == "throw") throw std::runtime_error("a library threw");
    if (plan == "hang") return wait(context, [] { return false; });
    if (plan == "wait") {
      if (auto waited = wait(context, [this] { return processing_.released; }); !waited) return waited;
    }
    return copy(context);
  }

 private:
  // Until the condition holds, or the task is stopped (kCancelled).
  Result<encoder::TaskResult> wait(const encoder::TaskContext& context, const std::function<bool()>& condition) {
    const std::stop_callback wake(context.stop, [this] {
      { const std::lock_guard lock(processing_.mutex); }
      processing_.changed.notify_all();
    });
    std::unique_lock lock(processing_.mutex);
    processing_.changed.wait(lock, [&] { return condition() || context.stop.stop_requested(); });
    if (context.stop.stop_requested()) return fail(ErrorCode::kCancelled, "stopped");
    return encoder::TaskResult{};
  }

  static Result<encoder::TaskResult> copy(const encoder::TaskContext& context) {
    for (const auto& file : context.inputs.at(0).files) {
      if (!file.is_primary) continue;
      LAZULITE_TRY(const auto input, file.open());
      std::string bytes(file.size, '\0');
      LAZULITE_TRY(const auto got,
                   files::read_some(input, {reinterpret_cast<std::uint8_t*>(bytes.data()), file.size}, 0));
      if (got != file.size) return fail(ErrorCode::kIo, "short read");
      write_text(context.work_folder / "media", bytes + "!");
      write_text(context.work_folder / "manifest", "ism");
      encoder::TaskResult result;
      result.outputs = {{{"copy.mp4", context.work_folder / "media", "video/mp4", false},
                         {"copy.ism", context.work_folder / "manifest", "application/octet-stream", true}}};
      result.perf_message = "Copied.";
      result.video_minutes_hd = 2;
      context.on_progress(100);
      return result;
    }
    return fail_with(ErrorCode::kInvalidArgument, "ErrorExecutingTaskUnsupportedFormat", "no primary file");
  }

  FakeProcessing& processing_;
};

}  // namespace

void must(const Result<void>& result) {
  if (!result) FAIL(result.error().message);
}

std::unique_ptr<encoder::MediaProcessor> FakeProcessing::make(std::string_view processor_id) {
  if (processor_id != kFakeProcessor) return nullptr;
  return std::make_unique<FakeProcessor>(*this);
}

void FakeProcessing::release() {
  {
    const std::lock_guard lock(mutex);
    released = true;
  }
  changed.notify_all();
}

void FakeProcessing::await_started(int count) {
  std::unique_lock lock(mutex);
  REQUIRE(changed.wait_for(lock, kDeadline, [&] { return started >= count; }));
}

JobWorld::JobWorld(const std::filesystem::path& folder)
    : database_(value_of(rows::Database::open({.path = folder / "rows.db", .readers = 2, .synchronous_full = false}))),
      blobs_(value_of(blobs::FileBlobStore::open(folder / "blobs"))) {
  write([](rows::Session& session) -> Result<int> {
    LAZULITE_TRY(const auto existing, rows::find_account(session, kAccount));
    if (existing) return 0;
    rows::NewAccount account;
    account.name = kAccount;
    account.storage_account_name = "moviestore";
    LAZULITE_CHECK(rows::create_account(session, account, system_clock().now()));
    return 0;
  });
}

JobWorld::~JobWorld() = default;

std::string JobWorld::add_asset(std::string_view bytes) {
  Asset asset;
  asset.id = new_entity_id(kAsset.id_prefix);
  asset.name = "source";
  asset.storage_account_name = "moviestore";
  AssetFile file;
  file.id = new_entity_id(kAssetFile.id_prefix);
  file.name = "source.mp4";
  file.parent_asset_id = asset.id;
  const auto container = encoder::container_of(asset);
  value_of(blobs_->create_container(container));
  auto writer = value_of(blobs_->put_blob({container, file.name}, {}, {}));
  must(writer->write(as_bytes(bytes)));
  value_of(writer->commit());
  must(database_->write([&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(rows::insert(session, kAccount, asset));
    return rows::insert(session, kAccount, file);
  }));
  return asset.id;
}

void JobWorld::set_reserved_units(std::int32_t units) {
  must(database_->write([&](rows::Session& session) -> Result<void> {
    LAZULITE_TRY(auto found, rows::list<EncodingReservedUnitType>(session, kAccount, {}));
    found.at(0).current_reserved_units = units;
    return rows::update(session, kAccount, found[0]);
  }));
}

std::string JobWorld::add_job(const std::vector<TaskPlan>& plans, std::int32_t priority) {
  encoder::JobSubmission submission;
  submission.job.id = new_entity_id(kJob.id_prefix);
  submission.job.name = "a job";
  submission.job.priority = priority;
  submission.job.created = system_clock().now();
  submission.inputs = {add_asset()};
  for (const auto& plan : plans) {
    JobTask task;
    task.configuration = plan.configuration;
    task.media_processor_id = kFakeProcessor;
    task.options = plan.options;
    task.task_body = "<taskBody>";
    for (const auto& input : plan.inputs) task.task_body += "<inputAsset>" + input + "</inputAsset>";
    for (const auto& output : plan.outputs) task.task_body += "<outputAsset>" + output + "</outputAsset>";
    task.task_body += "</taskBody>";
    submission.tasks.push_back(std::move(task));
  }
  std::vector<blobs::ContainerRef> made;
  must(database_->write([&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(rows::insert(session, kAccount, submission.job));
    LAZULITE_CHECK(rows::link(session, kAccount, kJob, "InputMediaAssets", submission.job.id, submission.inputs[0]));
    return encoder::submit_job(session, *blobs_, kAccount, submission, {}, submission.job.created, made);
  }));
  return submission.job.id;
}

Job JobWorld::job(const std::string& id) {
  return read([&](rows::Session& session) { return rows::get<Job>(session, kAccount, id); });
}

std::vector<JobTask> JobWorld::tasks(const std::string& job_id) {
  rows::ListQuery query;
  query.condition = rows::equals(kTask, "job_id", model::Value{job_id});
  query.order = {{kTask.find_property("position"), false}};
  return read([&](rows::Session& session) { return rows::list<JobTask>(session, kAccount, query); });
}

std::vector<std::string> JobWorld::outputs(const std::string& job_id) {
  return read(
      [&](rows::Session& session) { return rows::links(session, kAccount, kJob, "OutputMediaAssets", job_id); });
}

bool JobWorld::has_asset(const std::string& id) {
  return read([&](rows::Session& session) { return rows::find<Asset>(session, kAccount, id); }).has_value();
}

std::vector<AssetFile> JobWorld::files(const std::string& asset_id) {
  rows::ListQuery query;
  query.condition = rows::equals(kAssetFile, "ParentAssetId", model::Value{asset_id});
  query.order = {{kAssetFile.find_property("Name"), false}};
  return read([&](rows::Session& session) { return rows::list<AssetFile>(session, kAccount, query); });
}

std::vector<std::string> JobWorld::blob_names(const std::string& asset_id) {
  Asset asset;
  asset.id = asset_id;
  asset.storage_account_name = "moviestore";
  const auto page = blobs_->list(encoder::container_of(asset), {});
  std::vector<std::string> out;
  if (page) {
    for (const auto& blob : page->blobs) out.push_back(blob.name);
  }
  return out;
}

std::string JobWorld::blob_text(const std::string& asset_id, const std::string& name) {
  Asset asset;
  asset.id = asset_id;
  asset.storage_account_name = "moviestore";
  const auto blob = value_of(blobs_->open({encoder::container_of(asset), name}));
  std::string out(blob.properties.size, '\0');
  value_of(files::read_some(blob.file, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, 0));
  return out;
}

void JobWorld::cancel(const std::string& job_id) {
  must(database_->write([&](rows::Session& session) -> Result<void> {
    return encoder::JobStates(session, kAccount, system_clock().now()).cancel_job(job_id);
  }));
}

void JobWorld::await(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

void JobWorld::await_state(const std::string& job_id, JobState state) {
  await([&] { return job(job_id).state == state; });
}

}  // namespace lazulite::test
