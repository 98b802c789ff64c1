// Housekeeping: what is done every hour beside the requests, on a thread of its own. Owned by App.
#pragma once

#include "schema/base/result.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lazulite::server {

struct Chore {
  std::string what;  // "old jobs are removed", for the log when it fails
  std::function<Result<void>()> run;
};

class Housekeeping {
 public:
  // Begins at once. The chores outlive it.
  explicit Housekeeping(std::vector<Chore> chores);
  // Waits for the chore that runs.
  ~Housekeeping() = default;
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

 private:
  void work(const std::stop_token& stop);

  const std::vector<Chore> chores_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it is joined before the rest goes
};

}  // namespace lazulite::server
