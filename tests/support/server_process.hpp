// The real program as a child process on free ports and a fresh data folder: what integration tests talk to. Killed and
// restarted at will.
#pragma once

#include "tests/support/command.hpp"
#include "tests/support/http_client.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lazulite::test {

// Runs a program to its end; throws when it cannot be started.
struct Ran {
  int exit_code = -1;
  std::string out, err;
};
Ran run_program(const std::vector<std::string>& command, std::chrono::seconds limit = std::chrono::seconds{120});

class ServerProcess {
 public:
  // Starts and waits until all listeners are open. `environment` adds settings (LAZULITE_…).
  // Without `data` it has a fresh data folder, removed at the end.
  explicit ServerProcess(std::map<std::string, std::string> environment = {}, std::filesystem::path data = {});
  ~ServerProcess();  // SIGTERM, then SIGKILL after 20 s

  void start();  // again, on the same data folder
  void kill();   // SIGKILL
  int stop();    // SIGTERM; the exit code
  [[nodiscard]] int pid() const { return pid_; }

  [[nodiscard]] const std::string& control() const { return control_; }  // "http://127.0.0.1:port"
  [[nodiscard]] const std::string& stream() const { return stream_; }
  [[nodiscard]] const std::string& blob() const { return blob_; }
  [[nodiscard]] const std::string& queue() const { return queue_; }
  [[nodiscard]] const std::string& tls() const { return tls_; }  // "https://127.0.0.1:port", or empty
  [[nodiscard]] std::filesystem::path data() const { return data_; }
  // All that the server has written to its log so far.
  [[nodiscard]] std::string log() const;

 private:
  TemporaryFolder folder_;
  std::filesystem::path data_;
  std::map<std::string, std::string> environment_;
  std::string control_, stream_, blob_, queue_, tls_;
  int pid_ = -1;
};

// "ffmpeg" and "ffprobe" are on the PATH of every machine that builds us (docker/packages.txt).
std::filesystem::path program_under_test();

// The optional folder of media made by the real service; empty when absent.
std::filesystem::path test_media();

}  // namespace lazulite::test
