// A worker process: takes one task from the server over its socket, runs the media processor, and answers.
#pragma once

#include "encoder/processors/media_processor.hpp"
#include "storage/files/file.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace lazulite::encoder {

// By processor id; null when there is none of that id.
using ProcessorFactory = std::function<std::unique_ptr<MediaProcessor>(std::string_view processor_id)>;
// From the registry in encoder/processors.
std::unique_ptr<MediaProcessor> make_registered_processor(std::string_view processor_id);

// Blocks until the task has ended and its end has been said. Io when the server is gone.
Result<void> run_worker(files::FileDescriptor socket, const ProcessorFactory& make_processor);

}  // namespace lazulite::encoder
