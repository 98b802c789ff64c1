// The texts that a finished task shows: PerfMessage and the billing event (processing.md 2.4). Pure functions.
#pragma once

#include "encoder/processors/media_processor.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lazulite::encoder {

struct TaskTimes {
  std::chrono::microseconds download{}, upload{};
};

// "Mediatask <guid>: Download: …", what the processor says, "Upload(optimized): …".
std::string perf_message(std::string_view task_id, const TaskTimes& times, std::string_view of_processor);

// "Mediatask <guid>: {…}", the minutes of output; each kind weighs in the last figure as it is billed.
std::string billing_message(std::string_view task_id, const TaskResult& result);

}  // namespace lazulite::encoder
