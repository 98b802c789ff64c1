// The face of every media processor: a task's inputs and configuration go in, files in a work folder come out. A
// processor knows no rows and no blobs: the task runner opens the inputs, stores the outputs and writes the states.
// process() is called on an encode thread, one call per task, and may start threads of its own that end before it
// returns. Processors are made per task and need not be thread-safe.
#pragma once

#include "schema/base/result.hpp"
#include "storage/files/file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

struct InputFile {
  std::string name;
  std::function<Result<files::FileDescriptor>()>
      open;                // a new read-only descriptor of the clear bytes; may be called more than once
  std::uint64_t size = 0;  // bytes
  bool is_primary = false;
};

struct InputAsset {
  std::string asset_id;
  std::vector<InputFile> files;
};

struct OutputFile {
  std::string name;
  std::filesystem::path path;
  std::string mime_type;
  bool is_primary = false;
};

struct OutputAssetSpec {
  std::string asset_id;
  std::int32_t options = 0;        // assetCreationOptions, processing.md 2.1
  std::int32_t format_option = 0;  // assetFormatOption, processing.md 2.1
};

// Everything a run may use; lives as long as process().
struct TaskContext {
  std::string task_id;             // for log lines and PerfMessage
  std::vector<InputAsset> inputs;  // in taskBody order
  std::vector<OutputAssetSpec>
      outputs;                // in taskBody order; a processor writes its files for outputs[0] unless it says otherwise
  std::string configuration;  // clear text
  std::filesystem::path work_folder;  // write results here only
  unsigned threads = 1;               // how many CPU threads the task may use
  std::stop_token stop;               // poll at least once per packet
  std::function<void(double percent)>
      on_progress;  // 0 to 100 of the processing itself, never backwards; cheap, called often
};

struct TaskResult {
  std::vector<std::vector<OutputFile>> outputs;  // per output asset, media first and .ism last
  std::string perf_message;                      // processing.md 2.4
  // What is billed, in minutes of output by the height of its picture: below 720, up to 1080, above
  // (processing.md 2.4).
  double video_minutes_sd = 0, video_minutes_hd = 0, video_minutes_uhd = 0, audio_minutes = 0;
  int images = 0;
};

class MediaProcessor {
 public:
  virtual ~MediaProcessor() = default;
  // Error.detail is one of the ten codes of processing.md 5.1 ("ErrorParsingConfiguration", …); kCancelled when
  // stopped. What was written into the work folder before an error is the caller's to remove.
  virtual Result<TaskResult> process(const TaskContext& context) = 0;
};

// One row of processing.md 1.1.
struct ProcessorInfo {
  std::string_view name, uuid, version;
  bool listed = false;                                  // shown in MediaProcessors
  std::unique_ptr<MediaProcessor> (*make)() = nullptr;  // null: known, not offered
};

// All known processors, in the order of processing.md 1.1.
std::span<const ProcessorInfo> processors();
// By "nb:mpid:UUID:…" or the bare GUID, in any letter case; null when unknown. The row lives as long as the program.
const ProcessorInfo* find_processor(std::string_view entity_id);

}  // namespace lazulite::encoder
