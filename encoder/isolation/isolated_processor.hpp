// A media processor that runs in a child process of the same program, so that what a file does to a decoder ends the
// task and nothing else.
#pragma once

#include "encoder/processors/media_processor.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lazulite::encoder {

struct IsolationOptions {
  std::filesystem::path program = "/proc/self/exe";
  std::vector<std::string> arguments{"encode-worker"};
  std::uint64_t memory_bytes = 0;            // that one task may use; 0: no bound
  std::chrono::milliseconds stall{300'000};  // without any sign of progress; then the task fails
  std::chrono::seconds time_limit{0};        // of a whole task; 0: no bound
};

// The processor of that id. Errors of process(): as the processor's; ErrorProcessingTask when the child crashes, stalls
// or takes too long; kCancelled within a moment of a stop.
std::unique_ptr<MediaProcessor> make_isolated_processor(std::string processor_id, IsolationOptions options);

}  // namespace lazulite::encoder
