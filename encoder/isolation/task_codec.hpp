// A task and its end as JSON, for a worker process. Files travel by their place in the task; what opens them does not.
#pragma once

#include "encoder/processors/media_processor.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace lazulite::encoder {

// What a worker is told before anything else.
struct WorkerTask {
  std::string processor_id;
  TaskContext context;               // without open, stop and on_progress
  std::uint64_t memory_bytes = 0;    // that it may use; 0: no bound
  std::chrono::seconds cpu_time{0};  // the same
};

// What a worker says.
struct OpenRequest {
  std::size_t asset = 0, file = 0;  // of TaskContext::inputs
};
struct ProgressReport {
  double percent = 0;
};
using WorkerMessage = std::variant<OpenRequest, ProgressReport, Result<TaskResult>>;

std::string encode(const WorkerTask& task);
std::string encode(const OpenRequest& request);
std::string encode(const ProgressReport& report);
std::string encode(const Result<TaskResult>& result);
std::string encode(const Error& error);

// Errors: Internal for anything that is not what the name says.
Result<WorkerTask> decode_task(std::string_view text);
Result<WorkerMessage> decode_worker_message(std::string_view text);
// Ok for an empty text, which comes with a file; else the error that the text is.
Result<void> decode_answer(std::string_view text);

}  // namespace lazulite::encoder
