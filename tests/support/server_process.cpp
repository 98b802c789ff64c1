#include "tests/support/server_process.hpp"

#include "schema/base/ids.hpp"

#include <boost/json/parse.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace lazulite::test {
namespace {

using Clock = std::chrono::steady_clock;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// Forks and runs `command`; standard output and error go to the given files.
int spawn(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
          const std::string& out, const std::string& err) {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  for (const auto& [name, value] : environment) variables.push_back(std::string{name}.append("=").append(value));
  std::vector<char*> arguments, pointers;
  for (const auto& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  for (const auto& each : variables) pointers.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  pointers.push_back(nullptr);
  const int pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    const int out_file = ::open(out.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    const int err_file = ::open(err.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    const int in_file = ::open("/dev/null", O_RDONLY);
    ::dup2(in_file, 0);
    ::dup2(out_file, 1);
    ::dup2(err_file, 2);
    ::execvpe(arguments[0], arguments.data(), pointers.data());
    ::_exit(127);
  }
  return pid;
}

// The exit code (128 + signal), or -1 when it still runs at the deadline.
int wait_for(int pid, Clock::time_point deadline) {
  for (;;) {
    int status = 0;
    const int got = ::waitpid(pid, &status, WNOHANG);
    if (got == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (got < 0) throw std::runtime_error("waitpid failed");
    if (Clock::now() >= deadline) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

}  // namespace

Ran run_program(const std::vector<std::string>& command, std::chrono::seconds limit) {
  const TemporaryFolder folder;
  const auto out = folder.path() / "out";
  const auto err = folder.path() / "err";
  const int pid = spawn(command, {}, out.string(), err.string());
  const int code = wait_for(pid, Clock::now() + limit);
  if (code < 0) {
    ::kill(pid, SIGKILL);
    wait_for(pid, Clock::now() + std::chrono::seconds{10});
    throw std::runtime_error(command.front() + " did not end in time: " + read_all(err));
  }
  return {code, read_all(out), read_all(err)};
}

ServerProcess::ServerProcess(std::map<std::string, std::string> environment, std::filesystem::path data)
    : data_(data.empty() ? folder_.path() / "data" : std::move(data)), environment_(std::move(environment)) {
  environment_["LAZULITE_DATA"] = data_.string();
  environment_["LAZULITE_READY_FILE"] = (folder_.path() / "ready.json").string();
  environment_["LAZULITE_NETWORK_CONTROL"] = "127.0.0.1:0";
  environment_["LAZULITE_NETWORK_STREAM"] = "127.0.0.1:0";
  environment_["LAZULITE_NETWORK_BLOB"] = "127.0.0.1:0";
  environment_["LAZULITE_NETWORK_QUEUE"] = "127.0.0.1:0";
  start();
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  if (wait_for(pid_, Clock::now() + std::chrono::seconds{20}) < 0) kill();
}

void ServerProcess::start() {
  const std::filesystem::path ready = environment_["LAZULITE_READY_FILE"];
  std::filesystem::remove(ready);
  const auto out = (folder_.path() / "out").string();
  pid_ = spawn({program_under_test().string(), "serve"}, environment_, out, (folder_.path() / "log").string());
  const auto deadline = Clock::now() + std::chrono::seconds{60};
  while (!std::filesystem::exists(ready)) {
    if (const int code = wait_for(pid_, Clock::now()); code >= 0) {
      pid_ = -1;
      throw std::runtime_error("the server ended with " + std::to_string(code) + ": " + log());
    }
    if (Clock::now() > deadline) throw std::runtime_error("the server is not ready: " + log());
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  const auto addresses = boost::json::parse(read_all(ready));
  control_ = addresses.at("control").as_string().c_str();
  stream_ = addresses.at("stream").as_string().c_str();
  blob_ = addresses.at("blob").as_string().c_str();
  queue_ = addresses.at("queue").as_string().c_str();
  tls_ = addresses.at("tls").as_string().c_str();
  // The same ports after a restart, so that URLs stay good.
  environment_["LAZULITE_NETWORK_CONTROL"] = control_.substr(7);
  environment_["LAZULITE_NETWORK_STREAM"] = stream_.substr(7);
  environment_["LAZULITE_NETWORK_BLOB"] = blob_.substr(7);
  environment_["LAZULITE_NETWORK_QUEUE"] = queue_.substr(7);
  if (!tls_.empty()) environment_["LAZULITE_NETWORK_TLS"] = tls_.substr(8);
}

void ServerProcess::kill() {
  ::kill(pid_, SIGKILL);
  wait_for(pid_, Clock::now() + std::chrono::seconds{30});
  pid_ = -1;
}

int ServerProcess::stop() {
  ::kill(pid_, SIGTERM);
  const int code = wait_for(pid_, Clock::now() + std::chrono::seconds{30});
  if (code < 0) throw std::runtime_error("the server does not stop: " + log());
  pid_ = -1;
  return code;
}

std::string ServerProcess::log() const { return read_all(folder_.path() / "log"); }

std::filesystem::path program_under_test() { return LAZULITE_PROGRAM; }

std::filesystem::path test_media() {
  const char* named = std::getenv("LAZULITE_TEST_MEDIA");
  const std::filesystem::path folder = named != nullptr ? named : LAZULITE_SOURCE_DIR "/../shared/media";
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path{};
}

}  // namespace lazulite::test
