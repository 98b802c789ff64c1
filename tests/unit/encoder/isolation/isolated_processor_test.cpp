// Tasks in a child process: what comes out is the same, and what goes wrong there ends the task only.
#include "encoder/isolation/isolated_processor.hpp"

#include "encoder/jobs/job_scheduler.hpp"
#include "encoder/processors/task_error.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/encoder/jobs/job_world.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>
#include <unistd.h>

namespace lazulite::encoder {
namespace {

using namespace std::chrono_literals;

IsolationOptions options() {
  IsolationOptions out;
  out.program = LAZULITE_TEST_ENCODE_WORKER;
  out.arguments = {};
  out.stall = 20s;
  return out;
}

// The children of this process's threads.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& thread : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::istringstream text{test::read_text(thread.path() / "children")};
    for (pid_t pid = 0; text >> pid;) found.push_back(pid);
  }
  return found;
}

struct Run {
  EncodeRun run{"anything"};
  std::chrono::steady_clock::duration took{};

  Result<TaskResult> process(const std::string& processor, const IsolationOptions& with = options()) {
    const auto began = std::chrono::steady_clock::now();
    auto result = make_isolated_processor(processor, with)->process(run.context);
    took = std::chrono::steady_clock::now() - began;
    return result;
  }
};

void check_failure(const Result<TaskResult>& done, const char* word) {
  REQUIRE_FALSE(done);
  INFO(done.error().message);
  CHECK(done.error().detail == task_error::kProcessing);
  CHECK(done.error().message.find(word) != std::string::npos);
  CHECK(children().empty());
}

TEST_CASE("an encode in a process of its own makes what it makes in ours", "[unit][isolation]") {
  const std::string input = picture("320x180", "25", 2) + tone(2) + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
  EncodeRun here{small_preset()};
  here.make_input("clip.mp4", input);
  REQUIRE(here.run());

  Run there;
  there.run.context.configuration = small_preset();
  there.run.add_input(here.folder.path() / "clip.mp4");
  const auto done = there.process("nb:mpid:UUID:FF4DF607-d419-42f0-bc17-a481b1331e56");
  REQUIRE(done);
  there.run.result = *done;
  CHECK(there.run.names() == here.names());
  CHECK(there.run.text_of("clip.ism") == here.text_of("clip.ism"));
  const auto ours = decode(here.output("clip_320x180_300.mp4").path),
             theirs = decode(there.run.output("clip_320x180_300.mp4").path);
  CHECK(theirs.frame_times == ours.frame_times);
  CHECK(theirs.key_times == ours.key_times);
  CHECK(done->video_minutes_sd == Approx(here.result.video_minutes_sd));
  REQUIRE(there.run.progress.size() > 5);
  CHECK(std::is_sorted(there.run.progress.begin(), there.run.progress.end()));
  CHECK(there.run.progress.back() == 100);
  CHECK(children().empty());
}

TEST_CASE("errors of the task and of its input come through as they are", "[unit][isolation]") {
  Run one;
  one.run.context.configuration = "No Such Preset";
  auto done = one.process("ff4df607-d419-42f0-bc17-a481b1331e56");
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorParsingConfiguration");
  CHECK(done.error().message.find("No Such Preset") != std::string::npos);

  one.run.context.configuration = small_preset();
  one.run.context.inputs.front().files.push_back({.name = "a.mp4", .open = []() -> Result<files::FileDescriptor> {
                                                    return fail(ErrorCode::kIo, "disk on fire");
                                                  }});
  done = one.process("ff4df607-d419-42f0-bc17-a481b1331e56");
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorDownloadingInputAssetServiceFailure");
  CHECK(done.error().message.find("disk on fire") != std::string::npos);

  done = one.process("no-such-processor");
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "ErrorProcessingTask");
}

TEST_CASE("a decoder that crashes, leaves, or eats memory fails its task with a message", "[unit][isolation]") {
  Run one;
  one.run.make_input("bad.mp4", picture("64x36", "25", 0.2));
  check_failure(one.process("crash"), "was killed by signal 11 (Segmentation fault) while it worked on bad.mp4");
  check_failure(one.process("leave"), "ended with status 7");
  auto limited = options();
  limited.memory_bytes = 256U << 20U;
  check_failure(one.process("devour", limited), "needs more memory than the 268435456 bytes");
  CHECK(one.took < 10s);
}

TEST_CASE("a decoder that hangs or never ends fails its task when its time is over", "[unit][isolation]") {
  Run one;
  auto limited = options();
  limited.stall = 300ms;
  check_failure(one.process("hang", limited), "made no progress for");
  CHECK(one.took < 3s);
  limited = options();
  limited.time_limit = 1s;
  one.run.context.threads = 1;
  check_failure(one.process("spin", limited), "");  // by our clock or by the system's, whichever is first
  CHECK(one.took < 5s);
}

TEST_CASE("a worker process that is held fails its task, one that is killed too", "[unit][isolation]") {
  const int signal = GENERATE(SIGSTOP, SIGSEGV, SIGKILL);
  Run one;
  one.run.context.configuration = "H264 Single Bitrate 720p";
  one.run.make_input("long.mp4", picture("640x360", "30", 60) + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p");
  auto limited = options();
  limited.stall = 2s;
  one.run.context.on_progress = [&](double) {
    for (const pid_t child : children()) ::kill(child, signal);
  };
  check_failure(one.process("ff4df607-d419-42f0-bc17-a481b1331e56", limited),
                signal == SIGSTOP ? "made no progress" : "was killed by signal");
}

TEST_CASE("a stopped task ends its process within a second", "[unit][isolation]") {
  const auto* processor = GENERATE("hang", "spin");
  Run one;
  std::jthread stopper{[&] {
    std::this_thread::sleep_for(200ms);
    one.run.stop.request_stop();
  }};
  const auto done = one.process(processor);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kCancelled);
  CHECK(one.took < 1200ms);
  CHECK(children().empty());
}

TEST_CASE("what a worker process says is not believed", "[unit][isolation]") {
  Run one;
  const auto outside = one.run.folder.path() / "secret";
  test::write_text(outside, "secret");
  one.run.context.configuration = outside.string();
  check_failure(one.process("lie"), "no file of the work folder");
  const auto link = one.run.context.work_folder / "link";
  std::filesystem::create_symlink(outside, link);
  one.run.context.configuration = link.string();
  check_failure(one.process("lie"), "no file of the work folder");
  check_failure(one.process("lose"), "says the worker");
}

TEST_CASE("a worker process inherits its socket and nothing else", "[unit][isolation]") {
  const auto open = files::open_for_reading("/dev/null");  // close-on-exec, as all of ours
  REQUIRE(open);
  const int bare = ::dup(open->get());  // and one that is not
  Run one;
  const auto done = one.process("look");
  ::close(bare);
  REQUIRE(done);
  CHECK(done->perf_message == "file 0;file 1;file 2;file 3;");
}

TEST_CASE("a program that is not there is an error to be tried again", "[unit][isolation]") {
  Run one;
  auto missing = options();
  missing.program = "/no/such/program";
  const auto done = one.process("hang", missing);
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == task_error::kTransient);
}

JobSchedulerOptions scheduler_options() {
  JobSchedulerOptions out;
  out.idle_poll = 1h;
  out.busy_tick = 20ms;
  out.runner.retry_backoff = 0ms;
  return out;
}

TEST_CASE("a job whose process crashes ends in Error, once, with one message", "[unit][isolation]") {
  const test::TemporaryFolder folder;
  test::JobWorld world{folder.path()};
  auto with = scheduler_options();
  with.runner.make_processor = [](std::string_view) { return make_isolated_processor("crash", options()); };
  JobScheduler scheduler{world.database(), world.blobs(), system_clock(), with};
  test::must(scheduler.start());
  const auto crashing = world.add_job({{}});
  scheduler.notify();
  world.await_state(crashing, JobState::kError);
  const auto task = world.tasks(crashing).front();
  REQUIRE(task.error_details.size() == 1);
  CHECK(task.error_details.front().code == "ErrorProcessingTask");
  CHECK(task.error_details.front().message.find("signal 11") != std::string::npos);
  world.await([&] { return scheduler.metrics().running == 0; });
  CHECK(scheduler.metrics().failed == 1);
}

TEST_CASE("a task that stands still in our own process is stopped and fails", "[unit][isolation]") {
  const test::TemporaryFolder folder;
  test::FakeProcessing processing;
  test::JobWorld world{folder.path()};
  auto with = scheduler_options();
  const bool overdue = GENERATE(false, true);
  if (overdue) {
    with.time_limit = 1s;
  } else {
    with.stall = 300ms;
  }
  with.runner.make_processor = [&processing](std::string_view id) { return processing.make(id); };
  JobScheduler scheduler{world.database(), world.blobs(), system_clock(), with};
  test::must(scheduler.start());
  const auto job = world.add_job({{.configuration = "hang"}});
  scheduler.notify();
  world.await_state(job, JobState::kError);
  const auto task = world.tasks(job).front();
  REQUIRE(task.error_details.size() == 1);
  CHECK(task.error_details.front().code == "ErrorProcessingTask");
  CHECK(task.error_details.front().message.find(overdue ? "took longer" : "no progress") != std::string::npos);
}

}  // namespace
}  // namespace lazulite::encoder
