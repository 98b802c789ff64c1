#include "encoder/isolation/isolated_processor.hpp"

#include "encoder/isolation/channel.hpp"
#include "encoder/isolation/child_process.hpp"
#include "encoder/isolation/task_codec.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <sys/eventfd.h>
#include <unistd.h>

namespace lazulite::encoder {
namespace {

using SteadyClock = std::chrono::steady_clock;

template <class... Args>
Error failed(fmt::format_string<Args...> format, Args&&... args) {
  return fail_with(ErrorCode::kInternal, task_error::kProcessing, format, std::forward<Args>(args)...);
}

// Readable once the task is stopped.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, [this] {
          const std::uint64_t one = 1;
          [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
        }) {}
  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  files::FileDescriptor event_;
  std::stop_callback<std::function<void()>> callback_;
};

// One run of one child.
class Supervisor {
 public:
  Supervisor(const TaskContext& context, const IsolationOptions& options, files::FileDescriptor socket,
             ChildProcess child)
      : context_(context),
        options_(options),
        channel_(std::move(socket)),
        child_(std::move(child)),
        stop_(context.stop) {
    channel_.limit_waits(std::chrono::seconds{30});
  }

  Result<TaskResult> run(const std::string& processor_id) {
    const WorkerTask task{.processor_id = processor_id,
                          .context = context_,
                          .memory_bytes = options_.memory_bytes,
                          .cpu_time = options_.time_limit * std::max(1U, context_.threads)};
    if (!channel_.send(encode(task))) return ended();
    for (;;) {
      LAZULITE_CHECK(wait());
      auto message = channel_.receive();
      if (!message) return ended();
      LAZULITE_TRY(auto said, decode_worker_message(message->text));
      moved_ = SteadyClock::now();
      if (auto* result = std::get_if<Result<TaskResult>>(&said)) return checked(std::move(*result));
      if (const auto* progress = std::get_if<ProgressReport>(&said); progress != nullptr && context_.on_progress)
        context_.on_progress(std::clamp(progress->percent, 0.0, 100.0));
      if (const auto* open = std::get_if<OpenRequest>(&said); open != nullptr && !answer(*open)) return ended();
    }
  }

 private:
  // Until the child says something.
  Result<void> wait() {
    for (;;) {
      if (context_.stop.stop_requested()) return fail(ErrorCode::kCancelled, "the task was cancelled");
      const auto now = SteadyClock::now();
      if (now - moved_ >= options_.stall)
        return failed("the encoder process made no progress for {:.0f} s and was ended",
                      std::chrono::duration<double>(options_.stall).count());
      auto left = options_.stall - (now - moved_);
      if (options_.time_limit.count() > 0) {
        if (now - began_ >= options_.time_limit)
          return failed("the task took longer than {} s and was ended", options_.time_limit.count());
        left = std::min<SteadyClock::duration>(left, options_.time_limit - (now - began_));
      }
      const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(left);
      if (channel_.wait(std::min(rounded, std::chrono::milliseconds{3'600'000}), stop_.descriptor())) return {};
    }
  }

  Result<void> answer(const OpenRequest& request) {
    if (request.asset >= context_.inputs.size() || request.file >= context_.inputs[request.asset].files.size())
      return failed("the encoder process asked for a file that is not the task's");
    const auto file = context_.inputs[request.asset].files[request.file].open();
    return file ? channel_.send("", file->get()) : channel_.send(encode(file.error()));
  }

  // The child is gone without a word.
  Result<TaskResult> ended() {
    if (context_.stop.stop_requested()) return fail(ErrorCode::kCancelled, "the task was cancelled");
    return failed("the encoder process {} while it worked on {}", child_.wait(std::chrono::seconds{1}), source_name());
  }

  [[nodiscard]] std::string source_name() const {
    for (const InputAsset& asset : context_.inputs) {
      for (const InputFile& file : asset.files) {
        if (file.is_primary || asset.files.size() == 1) return file.name;
      }
    }
    return "the input";
  }

  // A child that read hostile bytes may say anything: outputs are plain files in the work folder, or nothing.
  Result<TaskResult> checked(Result<TaskResult> result) const {
    if (!result) {
      Error error = result.error();
      if (!task_error::is_code(error.detail)) error.detail = task_error::kProcessing;
      return error;
    }
    for (const auto& files : result->outputs) {
      for (const OutputFile& file : files) {
        std::error_code error;
        const bool plain =
            file.path.parent_path() == context_.work_folder &&
            std::filesystem::symlink_status(file.path, error).type() == std::filesystem::file_type::regular;
        if (!plain) return failed("the encoder process returned {}, which is no file of the work folder", file.name);
      }
    }
    return result;
  }

  const TaskContext& context_;
  const IsolationOptions& options_;
  Channel channel_;
  ChildProcess child_;
  StopSignal stop_;
  const SteadyClock::time_point began_ = SteadyClock::now();
  SteadyClock::time_point moved_ = began_;
};

class IsolatedProcessor final : public MediaProcessor {
 public:
  IsolatedProcessor(std::string processor_id, IsolationOptions options)
      : processor_id_(std::move(processor_id)), options_(std::move(options)) {}

  Result<TaskResult> process(const TaskContext& context) override {
    auto child = start();
    if (!child) return fail_with(ErrorCode::kInternal, task_error::kTransient, "{}", child.error().message);
    Supervisor supervisor{context, options_, std::move(child->first), std::move(child->second)};
    return supervisor.run(processor_id_);
  }

 private:
  [[nodiscard]] Result<std::pair<files::FileDescriptor, ChildProcess>> start() const {
    LAZULITE_TRY(auto sockets, Channel::make_sockets());
    LAZULITE_TRY(auto child, ChildProcess::start(options_.program, options_.arguments, sockets.second));
    return std::pair{std::move(sockets.first), std::move(child)};
  }

  std::string processor_id_;
  IsolationOptions options_;
};

}  // namespace

std::unique_ptr<MediaProcessor> make_isolated_processor(std::string processor_id, IsolationOptions options) {
  return std::make_unique<IsolatedProcessor>(std::move(processor_id), std::move(options));
}

}  // namespace lazulite::encoder
