#include "encoder/jobs/job_scheduler.hpp"

#include "encoder/jobs/job_states.hpp"
#include "encoder/jobs/reserved_units.hpp"
#include "tests/support/command.hpp"
#include "tests/unit/encoder/jobs/job_world.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <future>
#include <sys/wait.h>
#include <unistd.h>

namespace lazulite::encoder {
namespace {

using namespace std::chrono_literals;
using test::JobWorld;

JobSchedulerOptions options_for(test::FakeProcessing& processing) {
  JobSchedulerOptions out;
  out.idle_poll = 1h;  // what is found is found by notify()
  out.busy_tick = 20ms;
  out.progress_period = 20ms;
  out.runner.retry_backoff = 0ms;
  out.runner.make_processor = [&processing](std::string_view id) { return processing.make(id); };
  return out;
}

struct Fixture {
  test::TemporaryFolder folder;
  test::FakeProcessing processing{};
  JobWorld world{folder.path()};
  JobScheduler scheduler{world.database(), world.blobs(), system_clock(), options_for(processing)};

  std::string add_job(const std::vector<JobWorld::TaskPlan>& tasks) {
    auto id = world.add_job(tasks);
    scheduler.notify();
    return id;
  }
};

}  // namespace

TEST_CASE("the scheduler runs a job from its creation to its end", "[unit][jobs]") {
  Fixture f;
  test::must(f.scheduler.start());
  const auto job_id = f.add_job({{.inputs = {"JobOutputAsset(1)"}}, {.outputs = {"JobOutputAsset(1)"}}});
  f.world.await_state(job_id, JobState::kFinished);
  f.world.await([&] { return f.scheduler.metrics().running == 0; });
  CHECK(f.scheduler.metrics().claimed == 2);
  CHECK(f.scheduler.metrics().finished == 2);
}

TEST_CASE("progress is written while a task runs, and only ever rises", "[unit][jobs]") {
  Fixture f;
  test::must(f.scheduler.start());
  const auto job_id = f.add_job({{.configuration = "wait"}});
  f.world.await([&] { return f.world.tasks(job_id)[0].progress >= 50; });  // 5 + half of 90
  CHECK(f.world.tasks(job_id)[0].progress == 50);
  CHECK(f.world.job(job_id).state == JobState::kProcessing);
  f.processing.release();
  f.world.await_state(job_id, JobState::kFinished);
  CHECK(f.world.tasks(job_id)[0].progress == 100);
}

TEST_CASE("as many tasks run at once as units are reserved, and no more", "[unit][jobs]") {
  Fixture f;
  f.world.set_reserved_units(2);
  test::must(f.scheduler.start());
  std::vector<JobWorld::TaskPlan> plans;
  for (int i = 0; i < 4; ++i) {
    plans.push_back({.configuration = "wait", .outputs = {"JobOutputAsset(" + std::to_string(i) + ")"}});
  }
  const auto job_id = f.add_job(plans);
  f.processing.await_started(2);
  CHECK(f.scheduler.metrics().running == 2);
  CHECK(f.scheduler.metrics().claimed == 2);
  f.processing.release();
  f.world.await_state(job_id, JobState::kFinished);
}

TEST_CASE("a cancelled job ends within a second", "[unit][jobs]") {
  Fixture f;
  test::must(f.scheduler.start());
  const auto job_id = f.add_job({{.configuration = "hang"}, {.outputs = {"JobOutputAsset(1)"}}});
  f.processing.await_started(1);
  const auto asked = std::chrono::steady_clock::now();
  f.world.cancel(job_id);
  f.scheduler.notify();
  f.world.await_state(job_id, JobState::kCanceled);
  CHECK(std::chrono::steady_clock::now() - asked < 1s);
  CHECK(f.world.tasks(job_id)[1].state == JobState::kCanceled);
}

TEST_CASE("a job that is cancelled before it starts is Canceled at once, and not cancelled twice", "[unit][jobs]") {
  Fixture f;
  const auto job_id = f.world.add_job({{}});
  f.world.cancel(job_id);
  CHECK(f.world.job(job_id).state == JobState::kCanceled);
  const auto again = f.world.database().write([&](rows::Session& session) -> Result<void> {
    return JobStates(session, test::kAccount, system_clock().now()).cancel_job(job_id);
  });
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a failing task stops its running sibling", "[unit][jobs]") {
  Fixture f;
  f.world.set_reserved_units(2);
  test::must(f.scheduler.start());
  const auto job_id = f.add_job(
      {{.configuration = "hang"}, {.configuration = "fail ErrorProcessingTask", .outputs = {"JobOutputAsset(1)"}}});
  f.world.await_state(job_id, JobState::kError);
  CHECK(f.world.tasks(job_id)[0].state == JobState::kCanceled);
  CHECK(f.world.tasks(job_id)[1].state == JobState::kError);
}

TEST_CASE("a scheduler that is stopped gives its task to the next", "[unit][jobs]") {
  Fixture f;
  test::must(f.scheduler.start());
  const auto job_id = f.add_job({{.configuration = "wait"}});
  f.processing.await_started(1);
  f.scheduler.stop();
  CHECK(f.world.job(job_id).state == JobState::kQueued);
  CHECK(f.world.tasks(job_id)[0].progress == 0);
  f.processing.release();
  JobScheduler next{f.world.database(), f.world.blobs(), system_clock(), options_for(f.processing)};
  test::must(next.start());
  f.world.await_state(job_id, JobState::kFinished);
}

TEST_CASE("who follows the assets of an account hears when a task has changed them", "[unit][jobs]") {
  Fixture f;
  std::promise<std::size_t> files;
  std::string job_id;
  auto options = options_for(f.processing);
  options.assets_changed = [&](const std::string& account) {
    files.set_value(account == test::kAccount ? f.world.files(f.world.outputs(job_id)[0]).size() : 0);
  };
  JobScheduler scheduler{f.world.database(), f.world.blobs(), system_clock(), options};
  job_id = f.world.add_job({{}});
  test::must(scheduler.start());
  auto heard = files.get_future();
  REQUIRE(heard.wait_for(20s) == std::future_status::ready);
  CHECK(heard.get() == 2);
}

TEST_CASE("a lease whose task is gone does not hold up the others", "[unit][jobs]") {
  Fixture f;
  test::must(f.world.database().write([](rows::Session& session) {
    rows::NewTaskLease ghost;
    ghost.task = "nb:tid:UUID:ghost";
    ghost.job = "nb:jid:UUID:ghost";
    return rows::enqueue_task(session, test::kAccount, ghost);
  }));
  test::must(f.scheduler.start());
  const auto job_id = f.add_job({{}});
  f.scheduler.notify();
  f.world.await([&] {
    f.scheduler.notify();
    return f.world.job(job_id).state == JobState::kFinished;
  });
}

TEST_CASE("a server that is killed while it encodes loses nothing", "[unit][jobs]") {
  test::TemporaryFolder folder;
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const pid_t child = fork();
  if (child == 0) {  // the first life: a chain of three tasks, killed in the second
    alarm(60);
    test::FakeProcessing processing;
    JobWorld world(folder.path());
    JobScheduler scheduler(world.database(), world.blobs(), system_clock(), options_for(processing));
    if (!scheduler.start()) _exit(1);
    const auto job_id =
        world.add_job({{.outputs = {"JobOutputAsset(0)"}},
                       {.configuration = "wait", .inputs = {"JobOutputAsset(0)"}, .outputs = {"JobOutputAsset(1)"}},
                       {.inputs = {"JobOutputAsset(1)"}, .outputs = {"JobOutputAsset(2)"}}});
    scheduler.notify();
    processing.await_started(2);
    if (::write(pipe_ends[1], job_id.data(), job_id.size()) < 0) _exit(1);
    for (;;) pause();
  }
  std::array<char, 128> buffer{};
  const auto got = ::read(pipe_ends[0], buffer.data(), buffer.size());
  REQUIRE(got > 0);
  const std::string job_id(buffer.data(), static_cast<std::size_t>(got));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);

  test::FakeProcessing processing;
  processing.released = true;
  JobWorld world(folder.path());
  CHECK(world.job(job_id).state == JobState::kProcessing);
  JobScheduler scheduler(world.database(), world.blobs(), system_clock(), options_for(processing));
  test::must(scheduler.start());
  world.await_state(job_id, JobState::kFinished);
  CHECK(processing.started == 2);  // the first task is not run again
  for (const auto& output : world.outputs(job_id)) {
    CHECK(world.files(output).size() == 2);
    CHECK(world.blob_names(output).size() == 2);
  }
}

TEST_CASE("the unit type says how many threads a task gets", "[unit][jobs]") {
  const auto threads = [](ReservedUnitType type, std::int32_t units, unsigned cores, unsigned setting = 0) {
    EncodingReservedUnitType row;
    row.reserved_unit_type = type;
    row.current_reserved_units = units;
    return threads_for_task(row, cores, setting);
  };
  CHECK(threads(ReservedUnitType::kBasicS1, 4, 16) == 4);
  CHECK(threads(ReservedUnitType::kStandardS2, 4, 16) == 8);
  CHECK(threads(ReservedUnitType::kPremiumS3, 4, 16) == 16);
  CHECK(threads(ReservedUnitType::kBasicS1, 4, 2) == 1);
  CHECK(threads(ReservedUnitType::kBasicS1, 1, 16) == 16);
  CHECK(threads(ReservedUnitType::kBasicS1, 0, 16) == 16);
  CHECK(threads(ReservedUnitType::kBasicS1, 4, 16, 3) == 3);
}

}  // namespace lazulite::encoder
