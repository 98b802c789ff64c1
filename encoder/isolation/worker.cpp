#include "encoder/isolation/worker.hpp"

#include "encoder/isolation/channel.hpp"
#include "encoder/isolation/child_process.hpp"
#include "encoder/isolation/task_codec.hpp"
#include "encoder/processors/task_error.hpp"

#include <exception>
#include <mutex>
#include <unistd.h>

namespace lazulite::encoder {
namespace {

class Worker {
 public:
  explicit Worker(files::FileDescriptor socket) : channel_(std::move(socket)) {}

  Result<void> run(const ProcessorFactory& make_processor) {
    LAZULITE_TRY(const Message first, channel_.receive());
    LAZULITE_TRY(WorkerTask task, decode_task(first.text));
    LAZULITE_CHECK(confine_this_process(task.memory_bytes, task.cpu_time));
    connect(task.context);
    return channel_.send(encode(process(task, make_processor)));
  }

 private:
  void connect(TaskContext& context) {
    for (std::size_t i = 0; i < context.inputs.size(); ++i) {
      for (std::size_t j = 0; j < context.inputs[i].files.size(); ++j)
        context.inputs[i].files[j].open = [this, i, j] { return open({i, j}); };
    }
    context.on_progress = [this](double percent) { report(percent); };
  }

  // The server opens the file and sends it. Any thread.
  Result<files::FileDescriptor> open(const OpenRequest& request) {
    const std::lock_guard lock{open_mutex_};
    LAZULITE_CHECK(channel_.send(encode(request)));
    LAZULITE_TRY(auto answer, channel_.receive());
    LAZULITE_CHECK(decode_answer(answer.text));
    if (!answer.file) return fail(ErrorCode::kInternal, "the server answered without a file");
    return std::move(answer.file);
  }

  // Without a server there is nothing left to do, and nobody to tell.
  void report(double percent) {
    if (!channel_.send(encode(ProgressReport{percent}))) ::_exit(1);
  }

  static Result<TaskResult> process(const WorkerTask& task, const ProcessorFactory& make_processor) {
    const auto processor = make_processor(task.processor_id);
    if (!processor)
      return fail_with(ErrorCode::kUnsupported, task_error::kProcessing, "there is no media processor '{}'",
                       task.processor_id);
    try {
      return processor->process(task.context);
    } catch (const std::bad_alloc&) {
      return fail_with(ErrorCode::kInternal, task_error::kProcessing,
                       "the task needs more memory than the {} bytes it may use", task.memory_bytes);
    } catch (const std::exception& error) {
      return fail_with(ErrorCode::kInternal, task_error::kProcessing, "the media processor failed: {}", error.what());
    }
  }

  Channel channel_;
  std::mutex open_mutex_;
};

}  // namespace

std::unique_ptr<MediaProcessor> make_registered_processor(std::string_view processor_id) {
  const auto* info = find_processor(processor_id);
  return info != nullptr && info->make != nullptr ? info->make() : nullptr;
}

Result<void> run_worker(files::FileDescriptor socket, const ProcessorFactory& make_processor) {
  Worker worker{std::move(socket)};
  return worker.run(make_processor);
}

}  // namespace lazulite::encoder
