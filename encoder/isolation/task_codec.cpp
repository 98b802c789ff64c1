#include "encoder/isolation/task_codec.hpp"

#include <boost/json.hpp>

#include <exception>

namespace lazulite::encoder {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, const char* key) {
  const auto& text = object.at(key).as_string();
  return {text.data(), text.size()};
}

template <class T>
T number_of(const json::object& object, const char* key) {
  return object.at(key).to_number<T>();
}

json::object error_object(const Error& error) {
  return {{"code", static_cast<int>(error.code)}, {"message", error.message}, {"detail", error.detail}};
}

Error error_of(const json::object& object) {
  Error error;
  const int code = number_of<int>(object, "code");
  const bool known = code >= 0 && code <= static_cast<int>(ErrorCode::kInternal);
  error.code = known ? static_cast<ErrorCode>(code) : ErrorCode::kInternal;
  error.message = text_of(object, "message");
  error.detail = text_of(object, "detail");
  return error;
}

json::array inputs_array(const std::vector<InputAsset>& inputs) {
  json::array assets;
  for (const InputAsset& asset : inputs) {
    json::array files;
    for (const InputFile& file : asset.files)
      files.push_back({{"name", file.name}, {"size", file.size}, {"primary", file.is_primary}});
    assets.push_back({{"id", asset.asset_id}, {"files", std::move(files)}});
  }
  return assets;
}

std::vector<InputAsset> inputs_of(const json::array& assets) {
  std::vector<InputAsset> inputs;
  for (const json::value& asset : assets) {
    InputAsset& input = inputs.emplace_back();
    input.asset_id = text_of(asset.as_object(), "id");
    for (const json::value& each : asset.at("files").as_array()) {
      const json::object& file = each.as_object();
      input.files.push_back({.name = text_of(file, "name"),
                             .open = {},
                             .size = number_of<std::uint64_t>(file, "size"),
                             .is_primary = file.at("primary").as_bool()});
    }
  }
  return inputs;
}

json::object result_object(const TaskResult& result) {
  json::array outputs;
  for (const auto& asset : result.outputs) {
    json::array files;
    for (const OutputFile& file : asset) {
      files.push_back(
          {{"name", file.name}, {"path", file.path.string()}, {"mime", file.mime_type}, {"primary", file.is_primary}});
    }
    outputs.push_back(std::move(files));
  }
  return {{"outputs", std::move(outputs)}, {"perf", result.perf_message},     {"sd", result.video_minutes_sd},
          {"hd", result.video_minutes_hd}, {"uhd", result.video_minutes_uhd}, {"audio", result.audio_minutes},
          {"images", result.images}};
}

TaskResult result_of(const json::object& object) {
  TaskResult result;
  for (const json::value& asset : object.at("outputs").as_array()) {
    auto& files = result.outputs.emplace_back();
    for (const json::value& each : asset.as_array()) {
      const json::object& file = each.as_object();
      files.push_back({.name = text_of(file, "name"),
                       .path = text_of(file, "path"),
                       .mime_type = text_of(file, "mime"),
                       .is_primary = file.at("primary").as_bool()});
    }
  }
  result.perf_message = text_of(object, "perf");
  result.video_minutes_sd = number_of<double>(object, "sd");
  result.video_minutes_hd = number_of<double>(object, "hd");
  result.video_minutes_uhd = number_of<double>(object, "uhd");
  result.audio_minutes = number_of<double>(object, "audio");
  result.images = number_of<int>(object, "images");
  return result;
}

// Runs what reads a message into a Result; anything that is missing or of the wrong kind throws there.
template <class F>
auto decoded(std::string_view text, F&& read) -> decltype(read(std::declval<const json::object&>())) {
  using Read = decltype(read(std::declval<const json::object&>()));
  try {
    const json::value value = json::parse(text);
    return read(value.as_object());
  } catch (const std::exception& error) {
    return Read{boost::system::in_place_error,
                fail(ErrorCode::kInternal, "a message of the other process does not parse: {}", error.what())};
  }
}

}  // namespace

std::string encode(const WorkerTask& task) {
  const TaskContext& context = task.context;
  json::array outputs;
  for (const OutputAssetSpec& output : context.outputs)
    outputs.push_back({{"id", output.asset_id}, {"options", output.options}, {"format", output.format_option}});
  return json::serialize(json::object{{"processor", task.processor_id},
                                      {"task", context.task_id},
                                      {"inputs", inputs_array(context.inputs)},
                                      {"outputs", std::move(outputs)},
                                      {"configuration", context.configuration},
                                      {"folder", context.work_folder.string()},
                                      {"threads", context.threads},
                                      {"memory", task.memory_bytes},
                                      {"cpu", task.cpu_time.count()}});
}

Result<WorkerTask> decode_task(std::string_view text) {
  return decoded(text, [](const json::object& object) -> Result<WorkerTask> {
    WorkerTask task;
    task.processor_id = text_of(object, "processor");
    task.context.task_id = text_of(object, "task");
    task.context.inputs = inputs_of(object.at("inputs").as_array());
    for (const json::value& each : object.at("outputs").as_array()) {
      const json::object& output = each.as_object();
      task.context.outputs.push_back({text_of(output, "id"), number_of<std::int32_t>(output, "options"),
                                      number_of<std::int32_t>(output, "format")});
    }
    task.context.configuration = text_of(object, "configuration");
    task.context.work_folder = text_of(object, "folder");
    task.context.threads = number_of<unsigned>(object, "threads");
    task.memory_bytes = number_of<std::uint64_t>(object, "memory");
    task.cpu_time = std::chrono::seconds{number_of<std::int64_t>(object, "cpu")};
    return task;
  });
}

std::string encode(const OpenRequest& request) {
  return json::serialize(json::object{{"open", json::array{request.asset, request.file}}});
}

std::string encode(const ProgressReport& report) { return json::serialize(json::object{{"progress", report.percent}}); }

std::string encode(const Result<TaskResult>& result) {
  if (!result) return json::serialize(json::object{{"error", error_object(result.error())}});
  return json::serialize(json::object{{"result", result_object(*result)}});
}

std::string encode(const Error& error) { return json::serialize(json::object{{"error", error_object(error)}}); }

Result<WorkerMessage> decode_worker_message(std::string_view text) {
  const auto said = [](WorkerMessage message) {
    return Result<WorkerMessage>{boost::system::in_place_value, std::move(message)};
  };
  return decoded(text, [&said](const json::object& object) {
    if (const auto* progress = object.if_contains("progress"))
      return said(ProgressReport{progress->to_number<double>()});
    if (const auto* open = object.if_contains("open"))
      return said(OpenRequest{open->as_array().at(0).to_number<std::size_t>(),
                              open->as_array().at(1).to_number<std::size_t>()});
    if (const auto* error = object.if_contains("error"))
      return said(Result<TaskResult>{boost::system::in_place_error, error_of(error->as_object())});
    return said(Result<TaskResult>{result_of(object.at("result").as_object())});
  });
}

Result<void> decode_answer(std::string_view text) {
  if (text.empty()) return {};
  return decoded(text,
                 [](const json::object& object) -> Result<void> { return error_of(object.at("error").as_object()); });
}

}  // namespace lazulite::encoder
