#include "encoder/jobs/job_scheduler.hpp"

#include "encoder/jobs/job_states.hpp"
#include "encoder/jobs/output_assets.hpp"
#include "schema/base/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace lazulite::encoder {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kExpiryBackoff{1'000};

// A lease whose task or job has no row can only stem from damage: it is dropped, so that it cannot hold up all others.
// True when it was.
Result<bool> drop_without_rows(rows::Session& session, const rows::TaskClaim& claim, const Result<void>& in_step) {
  if (in_step) return false;
  if (in_step.error().code != ErrorCode::kNotFound) return in_step.error();
  logger("jobs").error("a lease without a task is dropped task={} job={}", claim.task, claim.job);
  LAZULITE_CHECK(rows::remove_job_leases(session, claim.job));
  return true;
}

// A task on its thread. `ended` is the thread's last word.
struct Running {
  rows::TaskClaim claim;
  TaskControl control;
  std::atomic<bool> ended{false};
  std::thread thread;
  // Of the scheduler's thread:
  SteadyClock::time_point began{}, renewed{}, reported{};
  double written_progress = 0;
};

}  // namespace

// One thread that claims, keeps leases and expires; and one thread for each running task.
class JobScheduler::Loop {
 public:
  Loop(rows::Database& database, blobs::BlobStore& blobs, const Clock& clock, JobSchedulerOptions options)
      : database_(database),
        blobs_(blobs),
        clock_(clock),
        options_(complete(std::move(options))),
        runner_(database, blobs, clock, options_.runner) {}
  ~Loop() { stop(); }

  Result<void> start() {
    LAZULITE_CHECK(take_back([&](rows::Session& session) { return rows::release_node(session, options_.node); }));
    LAZULITE_CHECK(discard_abandoned_outputs(database_, blobs_));
    thread_ = std::thread([this] { run(); });
    return {};
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    const std::lock_guard lock(stop_mutex_);
    if (thread_.joinable()) thread_.join();
  }

  void notify() {
    {
      const std::lock_guard lock(mutex_);
      look_ = true;
    }
    wake_.notify_all();
  }

  JobMetrics metrics;

 private:
  static JobSchedulerOptions complete(JobSchedulerOptions options) {
    if (options.max_tasks == 0) options.max_tasks = kMaxTasks;
    options.runner.lease = options.lease;
    return options;
  }

  void run() {
    auto next_expiry = SteadyClock::now();
    auto next_look = SteadyClock::now();
    while (!is_stopping()) {
      const auto now = SteadyClock::now();
      if (now >= next_expiry) {
        warn(take_back([](rows::Session& session) { return rows::expire_tasks(session, kExpiryBackoff); }));
        next_expiry = now + jittered(options_.lease / 4);
      }
      const bool freed = reap();
      if (take_look() || freed || now >= next_look) {
        claim_all();
        next_look = now + jittered(options_.idle_poll);
      }
      warn(carry_cancellations());
      stop_overdue();
      warn(keep_leases());
      wait_until(running_.empty() ? std::min(next_look, next_expiry) : now + options_.busy_tick);
    }
    for (auto& task : running_) task.control.stop(StopReason::kShutdown);
    for (auto& task : running_) task.thread.join();
    running_.clear();
  }

  [[nodiscard]] bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  [[nodiscard]] bool take_look() {
    const std::lock_guard lock(mutex_);
    return std::exchange(look_, false);
  }
  void wait_until(SteadyClock::time_point until) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, until, [this] { return stopping_ || look_; });
  }
  milliseconds jittered(milliseconds period) {
    std::uniform_int_distribution<std::int64_t> around(period.count() * 4 / 5, period.count() * 6 / 5);
    return milliseconds{around(random_)};
  }
  static void warn(const Result<void>& result) {
    if (!result) logger("jobs").error("the scheduler cannot reach the database error={}", result.error().message);
  }

  // Tasks that were taken from a worker: brings their states in step.
  template <class F>
  Result<void> take_back(F&& from) {
    auto effects = database_.write([&](rows::Session& session) -> Result<std::vector<StateEffects>> {
      LAZULITE_TRY(const auto tasks, from(session));
      std::vector<StateEffects> out;
      for (const auto& task : tasks) {
        JobStates states(session, task.claim.account, clock_.now());
        LAZULITE_CHECK(drop_without_rows(session, task.claim, states.returned(task)));
        out.push_back(states.take_effects());
      }
      return out;
    });
    if (!effects) return std::move(effects).error();
    for (const auto& each : *effects) apply_effects(database_, blobs_, each);
    if (!effects->empty()) {
      metrics.requeued += effects->size();
      logger("jobs").warn("tasks of a dead worker were taken back count={}", effects->size());
      notify();
    }
    return {};
  }

  // Joins the threads of ended tasks; true when there were any.
  bool reap() {
    const auto before = running_.size();
    running_.remove_if([](Running& task) {
      if (!task.ended) return false;
      task.thread.join();
      return true;
    });
    return running_.size() != before;
  }

  void claim_all() {
    while (running_.size() < options_.max_tasks && !is_stopping()) {
      auto claim = claim_one();
      if (!claim) return warn(std::move(claim).error());
      if (!*claim) return;
      launch(std::move(**claim));
    }
  }

  Result<std::optional<rows::TaskClaim>> claim_one() {
    return database_.write([&](rows::Session& session) -> Result<std::optional<rows::TaskClaim>> {
      LAZULITE_TRY(auto claim,
                   rows::claim_task(session, {options_.node, options_.lease, options_.max_tasks_per_account}));
      if (!claim) return claim;
      JobStates states(session, claim->account, clock_.now());
      LAZULITE_TRY(const bool dropped, drop_without_rows(session, *claim, states.scheduled(claim->task)));
      return dropped ? std::nullopt : claim;
    });
  }

  void launch(rows::TaskClaim claim) {
    ++metrics.claimed;
    ++metrics.running;
    auto& task = running_.emplace_back();
    task.claim = std::move(claim);
    task.began = task.renewed = task.reported = SteadyClock::now();
    task.thread = std::thread([this, &task] { run_task(task); });
  }

  // On the task's own thread.
  void run_task(Running& task) {
    logger("jobs").info("task starts task={} job={} attempt={}", task.claim.task, task.claim.job, task.claim.attempt);
    const auto outcome = runner_.run(task.claim, task.control);
    if (options_.assets_changed) options_.assets_changed(task.claim.account);
    logger("jobs").info("task ends task={} job={} outcome={}", task.claim.task, task.claim.job, count(outcome));
    --metrics.running;
    task.ended = true;
    notify();
  }

  const char* count(TaskOutcome outcome) {
    switch (outcome) {
      case TaskOutcome::kFinished:
        ++metrics.finished;
        return "finished";
      case TaskOutcome::kFailed:
        ++metrics.failed;
        return "failed";
      case TaskOutcome::kCancelled:
        ++metrics.cancelled;
        return "canceled";
      case TaskOutcome::kRequeued:
        ++metrics.requeued;
        return "requeued";
      case TaskOutcome::kLost:
        break;
    }
    ++metrics.lost;
    return "lost";
  }

  Result<void> carry_cancellations() {
    if (running_.empty()) return {};
    LAZULITE_TRY(const auto tasks,
                 database_.read([&](rows::Session& session) { return rows::cancel_requests(session, options_.node); }));
    for (auto& task : running_) {
      if (std::ranges::find(tasks, task.claim.task) != tasks.end()) task.control.stop(StopReason::kCancelled);
    }
    return {};
  }

  // What stands still, and what takes too long; not once its files are being stored. A supervised process is watched by
  // its supervisor, which says more, and gets some time for that.
  void stop_overdue() {
    constexpr double kStored = 95;
    const auto grace = options_.runner.isolation ? std::chrono::seconds{5} : std::chrono::seconds{0};
    const auto now = SteadyClock::now();
    for (auto& task : running_) {
      if (task.ended || task.control.progress() >= kStored) continue;
      if (now - task.control.moved() > options_.stall + grace) task.control.stop(StopReason::kStalled);
      if (options_.time_limit.count() > 0 && now - task.began > options_.time_limit + grace)
        task.control.stop(StopReason::kOverdue);
    }
  }

  // A task that was told to stop because it stood still and goes on doing so loses its lease, which ends it.
  [[nodiscard]] bool is_stuck(const Running& task, SteadyClock::time_point now) const {
    return task.control.reason() == StopReason::kStalled &&
           now - task.control.moved() > options_.stall + options_.lease;
  }

  // Renews what is due, and writes progress with it, all in one transaction.
  Result<void> keep_leases() {
    const auto now = SteadyClock::now();
    std::vector<std::pair<Running*, double>> due;
    for (auto& task : running_) {
      const double progress = task.control.progress();
      const bool reports = progress > task.written_progress && now - task.reported >= options_.progress_period;
      if (is_stuck(task, now)) continue;
      if (!task.ended && (reports || now - task.renewed >= options_.lease / 3)) due.emplace_back(&task, progress);
    }
    if (due.empty()) return {};
    LAZULITE_TRY(const auto answers, write_renewals(due));
    for (std::size_t i = 0; i < due.size(); ++i) {
      auto& [task, progress] = due[i];
      if (answers[i] == rows::LeaseAnswer::kLost) task->control.stop(StopReason::kLost);
      task->renewed = task->reported = now;
      task->written_progress = progress;
    }
    return {};
  }

  Result<std::vector<rows::LeaseAnswer>> write_renewals(const std::vector<std::pair<Running*, double>>& due) {
    return database_.write([&](rows::Session& session) -> Result<std::vector<rows::LeaseAnswer>> {
      std::vector<rows::LeaseAnswer> answers;
      for (const auto& [task, progress] : due) {
        const auto& claim = task->claim;
        LAZULITE_TRY(const auto answer, rows::renew_task(session, claim.task, claim.attempt, options_.lease));
        answers.push_back(answer);
        if (answer == rows::LeaseAnswer::kLost) continue;
        LAZULITE_CHECK(JobStates(session, claim.account, clock_.now()).progress(claim.task, progress));
      }
      return answers;
    });
  }

  rows::Database& database_;
  blobs::BlobStore& blobs_;
  const Clock& clock_;
  const JobSchedulerOptions options_;
  TaskRunner runner_;
  std::minstd_rand random_{std::random_device{}()};
  std::list<Running> running_;  // of the scheduler's thread

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, look_ = false;
  std::mutex stop_mutex_;
  std::thread thread_;
};

JobScheduler::JobScheduler(rows::Database& database, blobs::BlobStore& blobs, const Clock& clock,
                           JobSchedulerOptions options)
    : loop_(std::make_unique<Loop>(database, blobs, clock, std::move(options))) {}
JobScheduler::~JobScheduler() = default;
Result<void> JobScheduler::start() { return loop_->start(); }
void JobScheduler::stop() { loop_->stop(); }
void JobScheduler::notify() { loop_->notify(); }
const JobMetrics& JobScheduler::metrics() const { return loop_->metrics; }

}  // namespace lazulite::encoder
