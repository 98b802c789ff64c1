// JobScheduler: takes queued tasks out of the database, as reserved units and priorities allow, and runs each on a
// thread of its own. App owns one; its references outlive it. It keeps the leases of its tasks, writes their progress,
// carries cancellations to them, and takes over what dead nodes, or an earlier life of this one, left running.
//
// start, stop and notify may be called from any thread; notify does not block. Nothing is lost when the process is
// killed: all state is in the database (design.md "What lasts").
#pragma once

#include "encoder/jobs/task_runner.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace lazulite::encoder {

struct JobSchedulerOptions {
  std::string node = "local";                  // leases carry it; two running nodes on one database must not share it
  unsigned max_tasks = 0;                      // at once on this node, over all accounts; 0: kMaxTasks
  std::int64_t max_tasks_per_account = 0;      // bounds the reserved units; 0: nothing bounds them
  std::chrono::milliseconds lease{30'000};     // a dead node's tasks are taken over after this
  std::chrono::milliseconds idle_poll{5'000};  // between looks for work of other nodes, ±20 %
  std::chrono::milliseconds busy_tick{250};    // between looks at cancellations while tasks run
  std::chrono::milliseconds progress_period{1'000};  // between writes of one task's progress
  std::chrono::milliseconds stall{300'000};          // a task without a sign of progress for so long fails
  std::chrono::seconds time_limit{0};                // of one task; 0: no bound
  TaskRunnerOptions runner{};
  // Called after a commit that gave a media account's assets files, or took an asset away. Any thread; may be empty.
  std::function<void(const std::string& account)> assets_changed{};
};

// Since the start of the process; read at any time.
struct JobMetrics {
  std::atomic<std::uint64_t> claimed{0}, finished{0}, failed{0}, cancelled{0}, requeued{0}, lost{0};
  std::atomic<std::int64_t> running{0};
};

class JobScheduler {
 public:
  static constexpr unsigned kMaxTasks = 64;

  JobScheduler(rows::Database& database, blobs::BlobStore& blobs, const Clock& clock, JobSchedulerOptions options);
  ~JobScheduler();  // stops first

  // Requeues what this node ran when it died, then begins to work. Io when the database cannot be read.
  Result<void> start();
  // Running tasks are stopped and go back to Queued, which counts as no failure. Waits for them. Idempotent.
  void stop();
  // Jobs were created or cancelled: look now.
  void notify();

  [[nodiscard]] const JobMetrics& metrics() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace lazulite::encoder
