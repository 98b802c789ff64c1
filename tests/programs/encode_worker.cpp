// The worker process of isolated encodes, as `lazulite encode-worker`, with processors that misbehave in the ways in
// which a decoder can. Their names are their ids.
#include "encoder/isolation/child_process.hpp"
#include "encoder/isolation/worker.hpp"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace lazulite;
using namespace lazulite::encoder;

class Misbehaving final : public MediaProcessor {
 public:
  using Deed = Result<TaskResult> (*)(const TaskContext&);
  explicit Misbehaving(Deed deed) : deed_(deed) {}
  Result<TaskResult> process(const TaskContext& context) override {
    if (context.on_progress) context.on_progress(10);
    return deed_(context);
  }

 private:
  Deed deed_;
};

Result<TaskResult> crash(const TaskContext&) {
  std::raise(SIGSEGV);
  return TaskResult{};
}

Result<TaskResult> hang(const TaskContext&) {
  for (;;) ::pause();
}

Result<TaskResult> spin(const TaskContext&) {
  for (volatile bool on = true; on;) {
  }
  return TaskResult{};
}

Result<TaskResult> devour(const TaskContext&) {
  std::vector<std::string> memory;
  for (;;) memory.emplace_back(16U << 20U, 'x');
}

Result<TaskResult> leave(const TaskContext&) { ::_exit(7); }

Result<TaskResult> lie(const TaskContext& context) {
  TaskResult result;
  result.outputs.push_back({OutputFile{.name = "loot", .path = context.configuration, .mime_type = "text/plain"}});
  return result;
}

Result<TaskResult> claim_lease_lost(const TaskContext&) {
  return fail_with(ErrorCode::kConflict, "LeaseLost", "the lease is lost, says the worker");
}

// Answers with what it has inherited.
Result<TaskResult> look_around(const TaskContext&) {
  TaskResult result;
  for (int file = 0; file < 1024; ++file) {
    if (::fcntl(file, F_GETFD) >= 0) result.perf_message += "file " + std::to_string(file) + ";";
  }
  for (char** each = environ; *each != nullptr; ++each) result.perf_message += std::string{*each} + ";";
  return result;
}

std::unique_ptr<MediaProcessor> make(std::string_view id) {
  static const std::map<std::string, Misbehaving::Deed, std::less<>> deeds{
      {"crash", &crash},           {"hang", &hang},       {"spin", &spin},
      {"devour", &devour},         {"leave", &leave},     {"lie", &lie},
      {"lose", &claim_lease_lost}, {"look", &look_around}};
  const auto deed = deeds.find(id);
  return deed == deeds.end() ? make_registered_processor(id) : std::make_unique<Misbehaving>(deed->second);
}

}  // namespace

int main() { return run_worker(files::FileDescriptor{ChildProcess::kSocket}, &make) ? 0 : 1; }
