// A database with one account, a blob store, and jobs of small text "media" that a fake processor turns into others:
// what the tests of jobs work in. One thread; the scheduler under test brings its own.
#pragma once

#include "encoder/jobs/job_submission.hpp"
#include "encoder/processors/media_processor.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/task.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/repository.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::test {

inline constexpr std::string_view kFakeProcessor = "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56";
inline const std::string kAccount = "movies";

// Fails the test with the error's message.
template <class T>
T value_of(Result<T> result);
void must(const Result<void>& result);

// Copies its primary input into "<configuration>.mp4" and adds "<configuration>.ism", both of the first output; the
// configuration says more: "fail <code>", "transient", "hang" (until it is stopped), "wait" (until released).
struct FakeProcessing {
  std::mutex mutex;
  std::condition_variable changed;
  int started = 0;        // calls of process()
  bool released = false;  // lets "wait" go on
  unsigned threads = 0;   // of the last call
  std::vector<double> progress{};

  std::unique_ptr<encoder::MediaProcessor> make(std::string_view processor_id);
  void release();
  void await_started(int count);
};

class JobWorld {
 public:
  // Opens what is in the folder, or begins anew.
  explicit JobWorld(const std::filesystem::path& folder);
  ~JobWorld();

  [[nodiscard]] rows::Database& database() { return *database_; }
  [[nodiscard]] blobs::BlobStore& blobs() { return *blobs_; }

  // An asset with one file "source.mp4"; its id.
  std::string add_asset(std::string_view bytes = "media");
  void set_reserved_units(std::int32_t units);

  struct TaskPlan {
    std::string configuration = "copy";
    std::vector<std::string> inputs = {"JobInputAsset(0)"};
    std::vector<std::string> outputs = {"JobOutputAsset(0)"};
    std::int32_t options = 0;
  };
  // The id of the new job.
  std::string add_job(const std::vector<TaskPlan>& tasks, std::int32_t priority = 0);

  Job job(const std::string& id);
  std::vector<JobTask> tasks(const std::string& job_id);
  std::vector<std::string> outputs(const std::string& job_id);  // asset ids
  bool has_asset(const std::string& id);
  std::vector<AssetFile> files(const std::string& asset_id);
  std::vector<std::string> blob_names(const std::string& asset_id);  // empty when there is no container
  std::string blob_text(const std::string& asset_id, const std::string& name);
  void cancel(const std::string& job_id);

  // Waits, with a deadline, until the condition holds.
  void await(const std::function<bool()>& condition);
  void await_state(const std::string& job_id, JobState state);

  template <class F>
  auto write(F&& f) {
    return value_of(database_->write(std::forward<F>(f)));
  }
  template <class F>
  auto read(F&& f) {
    return value_of(database_->read(std::forward<F>(f)));
  }

 private:
  std::unique_ptr<rows::Database> database_;
  std::unique_ptr<blobs::BlobStore> blobs_;
};

template <class T>
T value_of(Result<T> result) {
  if (!result) must(result.error());
  return std::move(result).value();
}

}  // namespace lazulite::test
