#include "encoder/jobs/task_runner.hpp"

#include "encoder/jobs/job_states.hpp"
#include "encoder/jobs/output_assets.hpp"
#include "storage/rows/pending_outputs.hpp"
#include "tests/support/command.hpp"
#include "tests/unit/encoder/jobs/job_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>

namespace lazulite::encoder {
namespace {

using namespace std::chrono_literals;
using test::JobWorld;
using test::kAccount;

struct Fixture {
  test::TemporaryFolder folder;
  test::FakeProcessing processing{};
  JobWorld world{folder.path()};
  TaskRunner runner{world.database(), world.blobs(), system_clock(), options()};

  TaskRunnerOptions options() {
    TaskRunnerOptions out;
    out.cores = 8;
    out.retry_backoff = 0ms;
    out.make_processor = [this](std::string_view id) { return processing.make(id); };
    return out;
  }
  rows::TaskClaim claim(std::chrono::microseconds ttl = 30s) {
    auto claimed = world.write([&](rows::Session& session) -> Result<std::optional<rows::TaskClaim>> {
      LAZULITE_TRY(auto got, rows::claim_task(session, {"node", ttl, 0}));
      if (got) LAZULITE_CHECK(JobStates(session, got->account, system_clock().now()).scheduled(got->task));
      return got;
    });
    REQUIRE(claimed.has_value());
    return *claimed;
  }
  TaskOutcome run(const rows::TaskClaim& c) {
    TaskControl control;
    return runner.run(c, control);
  }
};

std::vector<std::string> codes_of(const std::vector<TaskHistoricalEvent>& events) {
  std::vector<std::string> out;
  for (const auto& event : events) out.push_back(event.code);
  return out;
}

}  // namespace

TEST_CASE("a task turns its input into files of its output asset", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "copy"}});
  const auto c = f.claim();
  CHECK(f.world.job(job_id).state == JobState::kScheduled);
  CHECK(f.run(c) == TaskOutcome::kFinished);

  const auto job = f.world.job(job_id);
  CHECK(job.state == JobState::kFinished);
  CHECK(job.start_time.has_value());
  CHECK(job.end_time.has_value());
  const auto task = f.world.tasks(job_id).at(0);
  CHECK(task.state == JobState::kFinished);
  CHECK(task.progress == 100);
  CHECK(task.error_details.empty());
  CHECK(codes_of(task.historical_events) == std::vector<std::string>{"WaitingForFreeResources", "Scheduled",
                                                                     "Processing", "Finished",
                                                                     "TaskBillingInformationAdded"});
  CHECK(task.historical_events.back().message.find(R"("HDVideoOutputMinutes":2.0000)") != std::string::npos);
  CHECK(task.historical_events.back().message.find(R"("VOD Standard Encoding Output Minutes":4.0000)") !=
        std::string::npos);
  CHECK(task.perf_message.value_or("").find("Download: 00:00:00.") != std::string::npos);
  CHECK(task.perf_message.value_or("").find("Copied.") != std::string::npos);
  CHECK(task.running_duration >= 0);
  CHECK(task.encryption_scheme == "None");

  const auto output = f.world.outputs(job_id).at(0);
  const auto files = f.world.files(output);
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "copy.ism");
  CHECK(files[0].is_primary);
  CHECK(files[1].name == "copy.mp4");
  CHECK_FALSE(files[1].is_primary);
  CHECK(files[1].content_file_size == 6);
  CHECK(files[1].mime_type == "video/mp4");
  CHECK(f.world.blob_text(output, "copy.mp4") == "media!");
  CHECK(f.processing.threads == 8);  // one reserved unit: the whole machine
  CHECK(f.world.read([&](rows::Session& s) { return rows::list_pending_outputs(s, c.task); }).empty());
}

TEST_CASE("a chained task works on what its producer made", "[unit][jobs]") {
  Fixture f;
  const auto job_id =
      f.world.add_job({{.configuration = "second", .inputs = {"JobOutputAsset(1)"}, .outputs = {"JobOutputAsset(0)"}},
                       {.configuration = "first", .outputs = {"JobOutputAsset(1)"}}});
  CHECK(f.run(f.claim()) == TaskOutcome::kFinished);
  CHECK(f.world.job(job_id).state == JobState::kProcessing);
  CHECK(f.world.tasks(job_id)[0].state == JobState::kQueued);
  CHECK(f.run(f.claim()) == TaskOutcome::kFinished);
  CHECK(f.world.job(job_id).state == JobState::kFinished);
  CHECK(f.world.blob_text(f.world.outputs(job_id)[0], "copy.mp4") == "ism!");  // the producer's primary file
}

TEST_CASE("a failed task says why, ends the job and takes its output along", "[unit][jobs]") {
  Fixture f;
  f.world.set_reserved_units(4);
  const auto job_id = f.world.add_job({{.configuration = "fail ErrorParsingConfiguration"},
                                       {.configuration = "ordinary", .outputs = {"JobOutputAsset(1)"}},
                                       {.configuration = "stays", .outputs = {"JobOutputAsset(2)"}, .options = 4},
                                       {.configuration = "cannot stay",
                                        .inputs = {"JobOutputAsset(0)"},
                                        .outputs = {"JobOutputAsset(3)"},
                                        .options = 4}});
  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  auto tasks = f.world.tasks(job_id);
  CHECK(tasks[0].state == JobState::kError);
  REQUIRE(tasks[0].error_details.size() == 1);
  CHECK(tasks[0].error_details[0].code == "ErrorParsingConfiguration");
  CHECK(tasks[0].error_details[0].message == "it was to fail");
  CHECK(codes_of(tasks[0].historical_events).back() == "Error");
  CHECK(tasks[0].end_time.has_value());
  CHECK(tasks[1].state == JobState::kCanceled);
  CHECK(tasks[2].state == JobState::kQueued);
  CHECK(tasks[3].state == JobState::kCanceled);
  CHECK(f.world.job(job_id).state == JobState::kProcessing);

  CHECK(f.run(f.claim()) == TaskOutcome::kFinished);  // the one that stays
  CHECK(f.world.job(job_id).state == JobState::kError);
  const auto outputs = f.world.outputs(job_id);
  REQUIRE(outputs.size() == 4);  // the links stay, for tombstones
  CHECK_FALSE(f.world.has_asset(outputs[0]));
  CHECK(f.world.has_asset(outputs[1]));
  CHECK(f.world.files(outputs[2]).size() == 2);
}

TEST_CASE("flag 2 keeps the output asset of a failed task", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "fail no such code", .options = 2}});
  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  CHECK(f.world.tasks(job_id)[0].error_details.at(0).code == "Unknown");
  CHECK(f.world.has_asset(f.world.outputs(job_id)[0]));
}

TEST_CASE("what a library throws ends the task, not the server", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "throw"}});
  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  CHECK(f.world.tasks(job_id)[0].error_details.at(0).code == "ErrorProcessingTask");
}

TEST_CASE("a transient error is tried again, twice", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "fail TransientError"}});
  CHECK(f.run(f.claim()) == TaskOutcome::kRequeued);
  CHECK(f.world.job(job_id).state == JobState::kQueued);
  CHECK(f.run(f.claim()) == TaskOutcome::kRequeued);
  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  const auto task = f.world.tasks(job_id)[0];
  REQUIRE(task.error_details.size() == 1);
  CHECK(task.error_details[0].code == "TransientError");
}

TEST_CASE("inputs that cannot be read end the task with the documented code", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "copy"}});
  const auto input =
      f.world.read([&](rows::Session& s) { return rows::links(s, kAccount, kJob, "InputMediaAssets", job_id); }).at(0);
  const auto code_after = [&] {
    CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
    return f.world.tasks(job_id)[0].error_details.at(0).code;
  };
  Asset asset = f.world.read([&](rows::Session& s) { return rows::get<Asset>(s, kAccount, input); });
  SECTION("the blob is missing") {
    test::must(f.world.blobs().remove({container_of(asset), "source.mp4"}, {}));
    CHECK(code_after() == "ErrorDownloadingInputAssetMalformedContent");
  }
  SECTION("the blob is empty") {
    auto writer = test::value_of(f.world.blobs().put_blob({container_of(asset), "source.mp4"}, {}, {}));
    test::value_of(writer->commit());
    CHECK(code_after() == "ErrorDownloadingInputAssetMalformedContent");
  }
  SECTION("the asset is deleted") {
    test::must(f.world.database().write([&](rows::Session& s) { return rows::remove<Asset>(s, kAccount, input); }));
    CHECK(code_after() == "ErrorDownloadingInputAssetMalformedContent");
  }
  SECTION("the asset is protected by its client") {
    asset.options = AssetOptions::kCommonEncryptionProtected;
    test::must(f.world.database().write([&](rows::Session& s) { return rows::update(s, kAccount, asset); }));
    CHECK(code_after() == "ErrorExecutingTaskUnsupportedFormat");
  }
  SECTION("the asset is storage-encrypted, but has no key") {
    asset.options = AssetOptions::kStorageEncrypted;
    test::must(f.world.database().write([&](rows::Session& s) -> Result<void> {
      rows::ListQuery query;
      query.condition = rows::equals(kAssetFile, "ParentAssetId", model::Value{asset.id});
      LAZULITE_TRY(auto files, rows::list<AssetFile>(s, kAccount, query));
      files.at(0).is_encrypted = true;
      LAZULITE_CHECK(rows::update(s, kAccount, files.at(0)));
      return rows::update(s, kAccount, asset);
    }));
    CHECK(code_after() == "ErrorExecutingTaskUnsupportedFormat");
  }
  CHECK(f.processing.started == 0);
}

TEST_CASE("an encrypted configuration is refused, not guessed", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "secret", .options = 1}});
  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  CHECK(f.world.tasks(job_id)[0].error_details.at(0).code == "ErrorParsingConfiguration");
}

TEST_CASE("a running task that is cancelled ends in Canceled", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "hang"}, {.outputs = {"JobOutputAsset(1)"}}});
  const auto c = f.claim();
  TaskControl control;
  TaskOutcome outcome{};
  std::thread worker([&] { outcome = f.runner.run(c, control); });
  f.processing.await_started(1);
  f.world.cancel(job_id);
  CHECK(f.world.job(job_id).state == JobState::kCanceling);
  CHECK(f.world.tasks(job_id)[0].state == JobState::kCanceling);
  CHECK(f.world.tasks(job_id)[1].state == JobState::kCanceled);
  control.stop(StopReason::kCancelled);
  worker.join();
  CHECK(outcome == TaskOutcome::kCancelled);
  CHECK(f.world.job(job_id).state == JobState::kCanceled);
  CHECK(codes_of(f.world.tasks(job_id)[0].historical_events).back() == "Canceled");
  CHECK(f.world.has_asset(f.world.outputs(job_id)[0]));
}

TEST_CASE("a task that finishes while it is being cancelled ends in Canceled and leaves no files", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "wait"}});
  const auto c = f.claim();
  TaskControl control;
  TaskOutcome outcome{};
  std::thread worker([&] { outcome = f.runner.run(c, control); });
  f.processing.await_started(1);
  f.world.cancel(job_id);
  f.processing.release();
  worker.join();
  CHECK(outcome == TaskOutcome::kCancelled);
  CHECK(f.world.job(job_id).state == JobState::kCanceled);
  const auto output = f.world.outputs(job_id)[0];
  CHECK(f.world.files(output).empty());
  CHECK(f.world.blob_names(output).empty());
}

TEST_CASE("a stopped server gives its task back, and that is no failure", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "hang"}});
  for (int i = 1; i <= 4; ++i) {
    const auto c = f.claim();
    CHECK(c.failures == 0);
    TaskControl control;
    TaskOutcome outcome{};
    std::thread worker([&] { outcome = f.runner.run(c, control); });
    f.processing.await_started(i);
    control.stop(StopReason::kShutdown);
    worker.join();
    CHECK(outcome == TaskOutcome::kRequeued);
    CHECK(f.world.job(job_id).state == JobState::kQueued);
    CHECK(f.world.tasks(job_id)[0].state == JobState::kQueued);
  }
}

TEST_CASE("a worker that has lost its lease leaves nothing behind and changes nothing", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "wait"}});
  const auto first = f.claim();
  TaskControl control;
  TaskOutcome outcome{};
  std::thread worker([&] { outcome = f.runner.run(first, control); });
  f.processing.await_started(1);
  const auto taken = f.world.write([](rows::Session& s) { return rows::release_node(s, "node"); });
  REQUIRE(taken.size() == 1);
  f.processing.release();
  worker.join();
  CHECK(outcome == TaskOutcome::kLost);
  const auto output = f.world.outputs(job_id)[0];
  CHECK(f.world.files(output).empty());
  CHECK(f.world.blob_names(output).empty());
  CHECK(f.run(f.claim()) == TaskOutcome::kFinished);
  CHECK(f.world.files(output).size() == 2);
}

TEST_CASE("blobs of an attempt that died before its commit are gone after the next", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "fail ErrorProcessingTask", .options = 2}});
  const auto c = f.claim();
  const auto output = f.world.outputs(job_id)[0];
  // What a worker does before it is killed between the move of its files and the commit.
  const auto asset = f.world.read([&](rows::Session& s) { return rows::get<Asset>(s, kAccount, output); });
  const auto half = f.folder.path() / "half";
  test::write_text(half, "half a result");
  std::vector<OutgoingFile> files = {{{"dead.mp4", half, "video/mp4", true}, asset, 0}};
  test::must(
      f.world.database().write([&](rows::Session& s) { return note_outgoing_files(s, kAccount, c.task, files); }));
  test::must(move_into_container(f.world.blobs(), files[0]));
  CHECK(f.world.blob_names(output) == std::vector<std::string>{"dead.mp4"});
  f.world.write([](rows::Session& s) { return rows::release_node(s, "node"); });

  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  CHECK(f.world.blob_names(output).empty());
  CHECK(f.world.files(output).empty());
}

TEST_CASE("two tasks may share an output asset, but not a file name", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{.configuration = "one"}, {.configuration = "two"}});
  CHECK(f.world.outputs(job_id).size() == 1);
  CHECK(f.run(f.claim()) == TaskOutcome::kFinished);
  CHECK(f.run(f.claim()) == TaskOutcome::kFailed);
  const auto tasks = f.world.tasks(job_id);
  CHECK(tasks[1].error_details.at(0).code == "ErrorUploadingOutputAsset");
  CHECK(f.world.files(f.world.outputs(job_id)[0]).size() == 2);  // the first task's files stay
}

}  // namespace lazulite::encoder
