#include "encoder/jobs/task_runner.hpp"

#include "encoder/jobs/job_states.hpp"
#include "encoder/jobs/output_assets.hpp"
#include "encoder/jobs/reserved_units.hpp"
#include "encoder/jobs/state_effects.hpp"
#include "encoder/jobs/task_inputs.hpp"
#include "encoder/jobs/task_report.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "storage/blobs/work_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

namespace lazulite::encoder {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The split of a task's progress (processing.md 2.4).
constexpr double kDownloaded = 5;
constexpr double kEncoded = 95;

// Beside the codes of task_error.hpp, the detail of an error within an attempt may say:
constexpr const char* kRowsFailed = "RowsFailed";  // the database failed, not the task: the lease is left to run out
constexpr const char* kLeaseLost = "LeaseLost";    // somebody else has the task

bool has_error_code(const Error& error) { return task_error::is_code(error.detail); }

ErrorDetail to_error_detail(const Error& error) {
  return {has_error_code(error) ? error.detail : "Unknown",
          error.message.empty() ? "the task failed without a message" : error.message};
}

Error lost() { return fail_with(ErrorCode::kConflict, kLeaseLost, "the lease of the task is lost"); }

// Of an error that came out of a transaction: the database's own unless it says otherwise.
Error from_rows(Error error) {
  if (!has_error_code(error) && error.detail != kLeaseLost && error.code != ErrorCode::kCancelled) {
    error.detail = kRowsFailed;
  }
  return error;
}

// Of a file that cannot become part of an output asset, because the asset is gone or has one of that name.
Error from_output(Error error) {
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kConflict) {
    error.detail = "ErrorUploadingOutputAsset";
  }
  return error;
}

// One attempt, on the thread that runs it.
class Attempt {
 public:
  Attempt(rows::Database& database, blobs::BlobStore& blobs, const Clock& clock, const TaskRunnerOptions& options,
          const rows::TaskClaim& claim, TaskControl& control)
      : database_(database), blobs_(blobs), clock_(clock), options_(options), claim_(claim), control_(control) {}

  TaskOutcome run();

 private:
  Result<void> produce_and_finish();
  Result<void> begin();
  Result<TaskResult> process(const TaskRows& rows, const std::filesystem::path& work_folder);
  Result<std::vector<OutgoingFile>> outgoing(const TaskRows& rows, const TaskResult& result) const;
  Result<void> upload(std::vector<OutgoingFile>& files);
  Result<void> finish(const std::vector<OutgoingFile>& files, const TaskResult& result);
  TaskOutcome end(const Error& error);
  Result<TaskOutcome> end_rows(const Error& error);
  [[nodiscard]] std::optional<Error> overdue_error() const;
  // Runs f(session, states) -> Result<void> in one transaction while the lease holds, and what follows from it after
  // the commit.
  template <class F>
  Result<void> with_lease(F&& f);

  rows::Database& database_;
  blobs::BlobStore& blobs_;
  const Clock& clock_;
  const TaskRunnerOptions& options_;
  const rows::TaskClaim& claim_;
  TaskControl& control_;
  TaskTimes times_;
};

template <class F>
Result<void> Attempt::with_lease(F&& f) {
  auto effects = database_.write([&](rows::Session& session) -> Result<StateEffects> {
    LAZULITE_TRY(const auto answer, rows::renew_task(session, claim_.task, claim_.attempt, options_.lease));
    if (answer == rows::LeaseAnswer::kLost) return lost();
    if (answer == rows::LeaseAnswer::kCancelRequested) return fail(ErrorCode::kCancelled, "the task was canceled");
    JobStates states(session, claim_.account, clock_.now());
    LAZULITE_CHECK(f(session, states));
    return states.take_effects();
  });
  if (!effects) return from_rows(std::move(effects).error());
  apply_effects(database_, blobs_, *effects);
  return {};
}

TaskOutcome Attempt::run() {
  const auto done = produce_and_finish();
  if (done) return TaskOutcome::kFinished;
  return end(done.error());
}

Result<void> Attempt::produce_and_finish() {
  LAZULITE_CHECK(begin());
  auto rows = database_.read([&](rows::Session& session) { return load_task_rows(session, claim_); });
  if (!rows) return from_rows(std::move(rows).error());
  LAZULITE_TRY(const auto work_folder, blobs::WorkFolder::make(blobs_));
  LAZULITE_TRY(const auto result, process(*rows, work_folder.path()));
  LAZULITE_TRY(auto files, outgoing(*rows, result));
  LAZULITE_CHECK(upload(files));
  return finish(files, result);
}

Result<void> Attempt::begin() {
  if (claim_.attempt > 1) {
    if (auto discarded = discard_pending_outputs(database_, blobs_, claim_.task); !discarded) {
      return from_rows(std::move(discarded).error());
    }
  }
  return with_lease([&](rows::Session&, JobStates& states) { return states.processing(claim_.task); });
}

Result<TaskResult> Attempt::process(const TaskRows& rows, const std::filesystem::path& work_folder) {
  auto processor = options_.make_processor(rows.task.media_processor_id);
  if (!processor) {
    return fail_with(ErrorCode::kUnsupported, "ErrorProcessingTask", "there is no media processor '{}'",
                     rows.task.media_processor_id);
  }
  const auto began = SteadyClock::now();
  TaskContext context;
  context.task_id = claim_.task;
  LAZULITE_TRY(context.inputs, open_inputs(blobs_, options_.storage_keys, claim_.account, rows.inputs));
  context.outputs = rows.output_specs;
  auto configuration = database_.read([&](rows::Session& session) {
    return clear_configuration(session, claim_.account, rows.task, options_.open_content_key);
  });
  if (!configuration) return from_rows(std::move(configuration).error());
  context.configuration = std::move(*configuration);
  if (context.configuration.starts_with("\xEF\xBB\xBF")) context.configuration.erase(0, 3);
  context.work_folder = work_folder;
  context.threads = threads_for_task(rows.units, options_.cores, options_.threads_per_task);
  context.stop = control_.token();
  context.on_progress = [this](double percent) {
    control_.report(kDownloaded + std::clamp(percent, 0.0, 100.0) * (kEncoded - kDownloaded) / 100);
  };
  times_.download = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began);
  control_.report(kDownloaded);
  try {
    return processor->process(context);
  } catch (const std::exception& error) {  // a library below the processor; the task ends, the server goes on
    return fail_with(ErrorCode::kInternal, "ErrorProcessingTask", "the media processor failed: {}", error.what());
  }
}

Result<std::vector<OutgoingFile>> Attempt::outgoing(const TaskRows& rows, const TaskResult& result) const {
  std::vector<OutgoingFile> out;
  for (std::size_t i = 0; i < result.outputs.size(); ++i) {
    if (i >= rows.outputs.size()) {
      return fail_with(ErrorCode::kInternal, "ErrorProcessingTask", "the media processor made {} outputs of {}",
                       result.outputs.size(), rows.outputs.size());
    }
    for (const auto& file : result.outputs[i]) out.push_back({file, rows.outputs[i], 0});
  }
  return out;
}

Result<void> Attempt::upload(std::vector<OutgoingFile>& files) {
  const auto began = SteadyClock::now();
  control_.report(kEncoded);
  auto keys = OutputKeys::make(options_.storage_keys, claim_.account, files);
  if (!keys) return from_output(std::move(keys).error());
  LAZULITE_CHECK(with_lease([&](rows::Session& session, JobStates&) -> Result<void> {
    LAZULITE_CHECK(keys->keep(session));
    auto noted = note_outgoing_files(session, claim_.account, claim_.task, files);
    if (!noted) return from_output(std::move(noted).error());
    return {};
  }));
  for (std::size_t i = 0; i < files.size(); ++i) {
    // A worker that was held up past its lease must not write over what its successor has made.
    if (SteadyClock::now() - began > options_.lease) return lost();
    auto moved = keys->encrypt(files[i]);
    if (moved) moved = move_into_container(blobs_, files[i]);
    if (!moved) {
      return fail_with(moved.error().code, "ErrorUploadingOutputAsset", "the output file '{}' cannot be stored: {}",
                       files[i].file.name, moved.error().message);
    }
    control_.report(kEncoded + (100 - kEncoded) * static_cast<double>(i) / static_cast<double>(files.size()));
  }
  times_.upload = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began);
  return {};
}

Result<void> Attempt::finish(const std::vector<OutgoingFile>& files, const TaskResult& result) {
  return with_lease([&](rows::Session& session, JobStates& states) -> Result<void> {
    LAZULITE_TRY(const auto answer, rows::finish_task(session, claim_.task, claim_.attempt));
    if (answer != rows::LeaseAnswer::kHeld) return lost();
    auto inserted = insert_asset_files(session, claim_.account, claim_.task, files, clock_.now());
    if (!inserted) return from_output(std::move(inserted).error());
    return states.finished(claim_.task, perf_message(claim_.task, times_, result.perf_message),
                           billing_message(claim_.task, result));
  });
}

TaskOutcome Attempt::end(const Error& error) {
  if (error.detail == kLeaseLost || control_.reason() == StopReason::kLost) return TaskOutcome::kLost;
  if (error.detail == kRowsFailed) {
    logger("jobs").error("a task is left to its lease: the database failed task={} error={}", claim_.task,
                         error.message);
    return TaskOutcome::kLost;
  }
  const auto ended = end_rows(error);
  if (ended) return *ended;
  logger("jobs").error("a task is left to its lease: its end cannot be written task={} error={}", claim_.task,
                       ended.error().message);
  return TaskOutcome::kLost;
}

// Of a task that was stopped because it did not move, or not fast enough.
std::optional<Error> Attempt::overdue_error() const {
  switch (control_.reason()) {
    case StopReason::kStalled:
      return fail_with(ErrorCode::kInternal, task_error::kProcessing, "the task made no progress for too long");
    case StopReason::kOverdue:
      return fail_with(ErrorCode::kInternal, task_error::kProcessing, "the task took longer than it may");
    default:
      return std::nullopt;
  }
}

// A task that the server stops may end in any error: it goes back whatever that was.
Result<TaskOutcome> Attempt::end_rows(const Error& error) {
  const bool stopped = control_.reason() == StopReason::kShutdown;
  TaskOutcome outcome = TaskOutcome::kLost;
  auto effects = database_.write([&](rows::Session& session) -> Result<StateEffects> {
    JobStates states(session, claim_.account, clock_.now());
    LAZULITE_TRY(const auto answer, rows::renew_task(session, claim_.task, claim_.attempt, options_.lease));
    if (answer == rows::LeaseAnswer::kLost) {
      outcome = TaskOutcome::kLost;
    } else if (answer == rows::LeaseAnswer::kCancelRequested) {
      outcome = TaskOutcome::kCancelled;
      LAZULITE_CHECK(rows::abandon_task(session, claim_.task, claim_.attempt));
      LAZULITE_CHECK(states.cancelled(claim_.task));
    } else if (stopped || (error.detail == "TransientError" && claim_.failures + 1 < rows::kMaxTaskFailures)) {
      outcome = TaskOutcome::kRequeued;
      const rows::ReturnRules rules{
          .counts_as_failure = !stopped,
          .backoff = stopped ? std::chrono::milliseconds{0} : options_.retry_backoff * (1 << claim_.failures)};
      LAZULITE_TRY(const auto returned, rows::return_task(session, claim_.task, claim_.attempt, rules));
      if (returned) LAZULITE_CHECK(states.returned(*returned));
    } else {
      outcome = TaskOutcome::kFailed;
      const auto overdue = overdue_error();
      LAZULITE_CHECK(rows::abandon_task(session, claim_.task, claim_.attempt));
      LAZULITE_CHECK(states.failed(claim_.task, to_error_detail(overdue ? *overdue : error)));
    }
    return states.take_effects();
  });
  if (!effects) return std::move(effects).error();
  apply_effects(database_, blobs_, *effects);
  return outcome;
}

}  // namespace

TaskRunner::TaskRunner(rows::Database& database, blobs::BlobStore& blobs, const Clock& clock, TaskRunnerOptions options)
    : database_(database), blobs_(blobs), clock_(clock), options_(std::move(options)) {
  if (options_.cores == 0) options_.cores = std::max(1U, std::thread::hardware_concurrency());
  if (!options_.make_processor) options_.make_processor = &make_registered_processor;
  if (options_.isolation) {
    options_.make_processor = [made = options_.make_processor, isolation = *options_.isolation](
                                  std::string_view id) -> std::unique_ptr<MediaProcessor> {
      return made(id) ? make_isolated_processor(std::string{id}, isolation) : nullptr;
    };
  }
}

TaskOutcome TaskRunner::run(const rows::TaskClaim& claim, TaskControl& control) {
  return Attempt(database_, blobs_, clock_, options_, claim, control).run();
}

}  // namespace lazulite::encoder
