// The taskBody XML of a Task (processing.md 2.1) and the graph that the bodies of a job make together. Pure functions
// of text; no rows, no threads.
#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

enum class TaskInputKind : std::uint8_t { kJobInputAsset, kJobOutputAsset };

struct TaskInput {
  TaskInputKind kind = TaskInputKind::kJobInputAsset;
  std::size_t index = 0;
  bool operator==(const TaskInput&) const = default;
};

// An outputAsset element; what it does not say is left empty.
struct TaskOutput {
  std::size_t index = 0;
  std::optional<std::int32_t> creation_options, format_option;
  std::optional<std::string> name, storage_account;
  bool operator==(const TaskOutput&) const = default;
};

struct TaskBody {
  std::vector<TaskInput> inputs;
  std::vector<TaskOutput> outputs;
};

struct JobLimits {
  std::size_t tasks_per_job = 30;
  std::size_t assets_per_task = 50;  // inputs and outputs
  std::size_t assets_per_job = 100;  // inputs and outputs
};

// The asset JobOutputAsset(n), n being its position in JobGraph::outputs.
struct JobOutput {
  TaskOutput spec;                     // of the first task that names it
  std::vector<std::size_t> producers;  // positions of the tasks that write it
};

struct JobGraph {
  std::vector<JobOutput> outputs;
  std::vector<std::vector<std::size_t>> producers;  // per task: the tasks that must finish before it may start
};

// Reads one body. The declared encoding is ignored: the text is UTF-8 whatever it says. InvalidArgument names the
// element.
Result<TaskBody> parse_task_body(std::string_view xml);

// Checks the bodies of a whole job against its number of input assets: indices, producers, cycles, counts.
// InvalidArgument (400), or Forbidden when a quota is reached (processing.md 2.6).
Result<JobGraph> validate_job(std::span<const TaskBody> tasks, std::size_t input_assets, const JobLimits& limits);

}  // namespace lazulite::encoder
