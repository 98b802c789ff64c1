// The real server with encoder.isolation = "process": an encode whose process crashes or is held fails with a message,
// and the server goes on; no process outlives it.
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <thread>

namespace lazulite::test {
namespace {

using namespace std::chrono_literals;

std::vector<pid_t> children_of(int pid) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator{fmt::format("/proc/{}/task", pid), gone}) {
    std::istringstream text{read_file_text(thread.path() / "children")};
    for (pid_t child = 0; text >> child;) found.push_back(child);
  }
  return found;
}

template <class F>
void await(F&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(10ms);
  }
}

struct Fixture {
  ServerProcess server{{{"LAZULITE_ENCODER_ISOLATION", "process"}, {"LAZULITE_ENCODER_STALL_SECONDS", "2"}}};
  ApiClient api{server};
  std::string asset = make_asset();

  std::string make_asset() {
    const TemporaryFolder folder;
    make_clip(folder.path() / "clip.mp4", {.seconds = 20, .width = 640, .height = 360, .rate = "25"});
    auto id = api.create_asset("source");
    api.upload(api.create_sas(id, 2), "clip.mp4", read_file_text(folder.path() / "clip.mp4"));
    api.create_file_infos(id);
    return id;
  }
  std::string start(const std::string& preset) {
    return api.create_job(asset, api.find_processor("Media Encoder Standard"), preset);
  }
  // The process of the only running task, once it runs its own program: until then, a signal that stops it stops the
  // thread of the server that starts it.
  pid_t worker() {
    pid_t found = 0;
    await([&] {
      const auto children = children_of(server.pid());
      found = children.empty() ? 0 : children.front();
      const auto command = read_file_text(fmt::format("/proc/{}/cmdline", found));
      return found != 0 && !command.empty() && command.find("serve") == std::string::npos;
    });
    return found;
  }
  // The code and message of the job's only task.
  std::string error_of(const std::string& job) {
    const auto tasks = api.json("GET", fmt::format("Jobs('{}')/Tasks", job), {}, 200);
    const auto& details = tasks.at("value").at(0).at("ErrorDetails").as_array();
    REQUIRE(details.size() == 1);
    return fmt::format("{}: {}", std::string_view{details[0].at("Code").as_string()},
                       std::string_view{details[0].at("Message").as_string()});
  }
};

TEST_CASE("an encode whose process crashes or is held fails, and the server goes on", "[integration]") {
  Fixture f;
  const auto crashed = f.start("H264 Multiple Bitrate 1080p");
  ::kill(f.worker(), SIGSEGV);
  REQUIRE(f.api.wait_for_job(crashed) == 4);
  CHECK(f.error_of(crashed) ==
        "ErrorProcessingTask: the encoder process was killed by signal 11 (Segmentation fault) while it worked on "
        "clip.mp4");
  await([&] { return children_of(f.server.pid()).empty(); });

  const auto held = f.start("H264 Multiple Bitrate 1080p");
  ::kill(f.worker(), SIGSTOP);
  REQUIRE(f.api.wait_for_job(held) == 4);
  CHECK(f.error_of(held) == "ErrorProcessingTask: the encoder process made no progress for 2 s and was ended");

  const auto fine = f.start(R"({"Version": 1.0, "Codecs": [{"Type": "AACAudio"}],
    "Outputs": [{"FileName": "a.mp4", "Format": {"Type": "MP4Format"}}]})");
  CHECK(f.api.wait_for_job(fine) == 3);
}

TEST_CASE("cancelling ends the process within a second, and so does the end of the server", "[integration]") {
  Fixture f;
  const auto cancelled = f.start("H264 Multiple Bitrate 1080p");
  f.worker();
  const auto asked = std::chrono::steady_clock::now();
  f.api.json("GET", fmt::format("CancelJob?jobid='{}'", percent_encode(cancelled)), {}, 204);
  await([&] { return children_of(f.server.pid()).empty(); });
  CHECK(std::chrono::steady_clock::now() - asked < 1s);
  CHECK(f.api.wait_for_job(cancelled) == 5);

  f.start("H264 Multiple Bitrate 1080p");
  const auto worker = f.worker();
  f.server.kill();
  // A killed process stays as a zombie until somebody waits for it; the first process does.
  await([&] {
    const auto status = read_file_text(fmt::format("/proc/{}/stat", worker));
    return status.empty() || status.find(") Z ") != std::string::npos;
  });
}

}  // namespace
}  // namespace lazulite::test
