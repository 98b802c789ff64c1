#include "encoder/isolation/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace lazulite::encoder {
namespace {

struct FileActions {
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t actions{};
};

struct SpawnAttributes {
  SpawnAttributes() { posix_spawnattr_init(&attributes); }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t attributes{};
};

Result<void> limit(decltype(RLIMIT_CORE) what, std::uint64_t value) {
  const rlimit bound{value, value};
  if (::setrlimit(what, &bound) != 0) return files::io_error("setting a limit of this process", "");
  return {};
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments,
                                         const files::FileDescriptor& socket) {
  FileActions files;
  posix_spawn_file_actions_addopen(&files.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files.actions, socket.get(), kSocket);
  posix_spawn_file_actions_addclosefrom_np(&files.actions, kSocket + 1);
  // Signals as in a fresh program, whatever this thread blocks.
  SpawnAttributes spawn;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&spawn.attributes, &none);
  posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  posix_spawnattr_setflags(&spawn.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  pid_t pid = -1;
  const int code =
      ::posix_spawn(&pid, program.c_str(), &files.actions, &spawn.attributes, argv.data(), environment.data());
  if (code != 0) {
    errno = code;
    return files::io_error("starting a worker process", program);
  }
  return ChildProcess{pid};
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  wait(std::chrono::milliseconds{0});
}

void ChildProcess::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

std::string ChildProcess::wait(std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kStep{5};
  int status = 0;
  pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  for (auto waited = kStep; ended == 0 && waited <= patience; waited += kStep) {
    std::this_thread::sleep_for(kStep);
    ended = ::waitpid(pid_, &status, WNOHANG);
  }
  if (ended == 0) {
    kill();
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return "stopped answering and was ended";
  }
  pid_ = -1;
  if (WIFSIGNALED(status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

Result<void> confine_this_process(std::uint64_t memory_bytes, std::chrono::seconds cpu_time) {
  const pid_t parent = ::getppid();
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return files::io_error("confining this process", "");
  if (::getppid() != parent) return fail(ErrorCode::kCancelled, "the parent process is gone");
  LAZULITE_CHECK(limit(RLIMIT_CORE, 0));
  if (memory_bytes > 0) LAZULITE_CHECK(limit(RLIMIT_DATA, memory_bytes));
  if (cpu_time.count() > 0) LAZULITE_CHECK(limit(RLIMIT_CPU, static_cast<std::uint64_t>(cpu_time.count())));
  return {};
}

}  // namespace lazulite::encoder
