// TaskRunner: one attempt of one task, from its lease to its end (processing.md 2.3 to 2.5): opens the inputs, runs the
// media processor, stores its files, and ends the task, its job and the events in one transaction that the lease
// guards. Thread-safe: run() keeps all its state on the stack.
#pragma once

#include "encoder/isolation/isolated_processor.hpp"
#include "encoder/isolation/worker.hpp"
#include "encoder/jobs/protected_configuration.hpp"
#include "encoder/jobs/storage_keys.hpp"
#include "encoder/jobs/task_control.hpp"
#include "encoder/processors/media_processor.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/task_leases.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace lazulite::encoder {

struct TaskRunnerOptions {
  unsigned cores = 0;             // of this machine; 0: as it says itself
  unsigned threads_per_task = 0;  // 0: by the reserved units (reserved_units.hpp)
  std::chrono::milliseconds lease{30'000};
  std::chrono::milliseconds retry_backoff{1'000};  // after a transient error; doubled for each failure
  // Null when it is not offered. Empty: the registry in encoder/processors.
  ProcessorFactory make_processor;
  OpenContentKey open_content_key;  // for protected configurations; empty: they fail
  StorageKeys storage_keys;         // of assets that are storage-encrypted; empty functions where there are none
  std::optional<IsolationOptions> isolation;  // each task in a process of its own, which has the same processors
};

enum class TaskOutcome : std::uint8_t { kFinished, kFailed, kCancelled, kRequeued, kLost };

class TaskRunner {
 public:
  TaskRunner(rows::Database& database, blobs::BlobStore& blobs, const Clock& clock, TaskRunnerOptions options);

  // Blocks until the attempt has ended. kLost: the lease went to somebody else, or the database failed, and nothing of
  // this attempt is visible; the lease will run out.
  TaskOutcome run(const rows::TaskClaim& claim, TaskControl& control);

 private:
  rows::Database& database_;
  blobs::BlobStore& blobs_;
  const Clock& clock_;
  TaskRunnerOptions options_;
};

}  // namespace lazulite::encoder
