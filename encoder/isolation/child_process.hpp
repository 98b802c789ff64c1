// A child process that inherits one socket and the error output, and nothing else: no other file, no environment.
#pragma once

#include "schema/base/result.hpp"
#include "storage/files/file.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace lazulite::encoder {

class ChildProcess {
 public:
  static constexpr int kSocket = 3;  // the child's descriptor of its socket

  // Io when it cannot be started.
  static Result<ChildProcess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                    const files::FileDescriptor& socket);
  ~ChildProcess();  // kills what still runs, and waits for it
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void kill() const;  // SIGKILL
  // Its end in words: "was killed by signal 11 (Segmentation fault)", "ended with status 1"; one that does not end by
  // itself within `patience` is killed.
  std::string wait(std::chrono::milliseconds patience);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_;  // -1: none, or waited for
};

// In the child, before it looks at anything that is not trusted: no core dumps, no more rights, its end with its
// parent's, and these bounds; 0 is none. Io.
Result<void> confine_this_process(std::uint64_t memory_bytes, std::chrono::seconds cpu_time);

}  // namespace lazulite::encoder
