#include "encoder/jobs/task_body.hpp"

#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <set>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxBodyBytes = 100'000;
constexpr std::size_t kMaxNameBytes = 4000;
constexpr std::size_t kMaxElements = 100;  // of one body; the quota of a job is at most this
constexpr std::int32_t kCreationOptions[] = {0, 1, 2, 4};
constexpr std::int32_t kFormatOptions[] = {0, 1};

// "JobInputAsset(7)": the index, or nothing when the text is not `word` with one.
std::optional<std::size_t> reference_index(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return std::nullopt;
  text.remove_prefix(word.size());
  if (text.size() < 3 || text.front() != '(' || text.back() != ')') return std::nullopt;
  const auto digits = trim(text.substr(1, text.size() - 2));
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto number = parse_uint64(digits);
  if (!number || *number >= kMaxElements) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

// The text of an element that may hold nothing but text; pieces around comments and CDATA sections are joined.
Result<std::string> element_text(const pugi::xml_node& element) {
  std::string out;
  for (const auto& child : element.children()) {
    if (child.type() == pugi::node_element) {
      return fail(ErrorCode::kInvalidArgument, "TaskBody: element '{}' may not contain the element '{}'",
                  element.name(), child.name());
    }
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  }
  return std::string(trim(out));
}

Result<TaskInput> parse_input(const pugi::xml_node& element) {
  LAZULITE_TRY(const auto text, element_text(element));
  if (const auto index = reference_index(text, "JobInputAsset")) {
    return TaskInput{TaskInputKind::kJobInputAsset, *index};
  }
  if (const auto index = reference_index(text, "JobOutputAsset")) {
    return TaskInput{TaskInputKind::kJobOutputAsset, *index};
  }
  return fail(ErrorCode::kInvalidArgument,
              "TaskBody: the inputAsset '{}' is neither JobInputAsset(n) nor JobOutputAsset(n)", text.substr(0, 200));
}

Result<std::int32_t> parse_option(const pugi::xml_attribute& attribute, std::span<const std::int32_t> allowed) {
  const auto number = parse_int64(trim(attribute.value()));
  if (!number || std::ranges::find(allowed, *number) == allowed.end()) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: '{}' is not a value of the attribute {}",
                std::string_view(attribute.value()).substr(0, 200), attribute.name());
  }
  return static_cast<std::int32_t>(*number);
}

// The first letter may have either case (processing.md 2.1 "Attribute case").
bool is_attribute(std::string_view name, std::string_view wanted) {
  return name.size() == wanted.size() && equals_ignoring_case(name.substr(0, 1), wanted.substr(0, 1)) &&
         name.substr(1) == wanted.substr(1);
}

Result<void> apply_attribute(const pugi::xml_attribute& attribute, TaskOutput& output) {
  const std::string_view name = attribute.name();
  const std::string_view value = attribute.value();
  if (is_attribute(name, "assetCreationOptions")) {
    LAZULITE_TRY(output.creation_options, parse_option(attribute, kCreationOptions));
  } else if (is_attribute(name, "assetFormatOption")) {
    LAZULITE_TRY(output.format_option, parse_option(attribute, kFormatOptions));
  } else if (is_attribute(name, "assetName")) {
    if (value.size() > kMaxNameBytes) {
      return fail(ErrorCode::kInvalidArgument, "TaskBody: assetName is longer than {} bytes", kMaxNameBytes);
    }
    if (!value.empty()) output.name = std::string(value);
  } else if (is_attribute(name, "storageAccountName")) {
    if (!trim(value).empty()) output.storage_account = std::string(trim(value));
  } else if (name != "xmlns" && !name.starts_with("xmlns:")) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: the element outputAsset has no attribute '{}'",
                name.substr(0, 200));
  }
  return {};
}

Result<TaskOutput> parse_output(const pugi::xml_node& element) {
  LAZULITE_TRY(const auto text, element_text(element));
  const auto index = reference_index(text, "JobOutputAsset");
  if (!index) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: the outputAsset '{}' is not JobOutputAsset(n)",
                text.substr(0, 200));
  }
  TaskOutput out;
  out.index = *index;
  for (const auto& attribute : element.attributes()) LAZULITE_CHECK(apply_attribute(attribute, out));
  return out;
}

Result<void> parse_child(const pugi::xml_node& child, TaskBody& body) {
  if (child.type() == pugi::node_comment || child.type() == pugi::node_pi) return {};
  const std::string_view name = child.type() == pugi::node_element ? child.name() : "text";
  if (body.inputs.size() + body.outputs.size() >= kMaxElements) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: more than {} assets", kMaxElements);
  }
  if (name == "inputAsset") {
    LAZULITE_TRY(auto input, parse_input(child));
    body.inputs.push_back(input);
  } else if (name == "outputAsset") {
    LAZULITE_TRY(auto output, parse_output(child));
    body.outputs.push_back(std::move(output));
  } else {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: '{}' is not expected in the element taskBody",
                name.substr(0, 200));
  }
  return {};
}

// Task positions in an order in which each follows its producers; shorter than the job when there is a cycle.
std::size_t count_sortable(const std::vector<std::vector<std::size_t>>& producers) {
  std::vector<bool> placed(producers.size(), false);
  std::size_t count = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < producers.size(); ++i) {
      if (placed[i] || !std::ranges::all_of(producers[i], [&](std::size_t p) { return placed[p]; })) continue;
      placed[i] = moved = true;
      ++count;
    }
  }
  return count;
}

Result<void> check_counts(std::span<const TaskBody> tasks, std::size_t input_assets, const JobLimits& limits) {
  if (tasks.empty()) return fail(ErrorCode::kInvalidArgument, "a Job needs at least one Task");
  if (input_assets == 0) return fail(ErrorCode::kInvalidArgument, "a Job needs at least one input asset");
  if (tasks.size() > limits.tasks_per_job) {
    return fail(ErrorCode::kForbidden, "a Job may have {} tasks, not {}", limits.tasks_per_job, tasks.size());
  }
  for (const auto& task : tasks) {
    if (task.inputs.size() + task.outputs.size() > limits.assets_per_task) {
      return fail(ErrorCode::kForbidden, "a Task may name {} assets, not {}", limits.assets_per_task,
                  task.inputs.size() + task.outputs.size());
    }
  }
  return {};
}

// Fills graph.outputs: every index once or more, none left out.
Result<void> collect_outputs(std::span<const TaskBody> tasks, JobGraph& graph) {
  std::size_t count = 0;
  for (const auto& task : tasks) {
    for (const auto& output : task.outputs) count = std::max(count, output.index + 1);
  }
  graph.outputs.resize(count);
  for (std::size_t position = 0; position < tasks.size(); ++position) {
    for (const auto& output : tasks[position].outputs) {
      auto& target = graph.outputs[output.index];
      if (target.producers.empty()) target.spec = output;
      if (!target.producers.empty() && target.producers.back() == position) {
        return fail(ErrorCode::kInvalidArgument, "TaskBody: JobOutputAsset({}) is an output twice of one task",
                    output.index);
      }
      target.producers.push_back(position);
    }
  }
  for (std::size_t index = 0; index < count; ++index) {
    if (graph.outputs[index].producers.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "TaskBody: no task has the output JobOutputAsset({}), though JobOutputAsset({}) exists", index,
                  count - 1);
    }
  }
  return {};
}

Result<std::vector<std::size_t>> producers_of(const TaskBody& task, std::size_t input_assets, const JobGraph& graph) {
  std::set<std::size_t> producers;
  for (const auto& input : task.inputs) {
    const bool from_job = input.kind == TaskInputKind::kJobInputAsset;
    if (input.index >= (from_job ? input_assets : graph.outputs.size())) {
      return fail(ErrorCode::kInvalidArgument, "TaskBody: {}({}) does not exist: the job has {} of them",
                  from_job ? "JobInputAsset" : "JobOutputAsset", input.index,
                  from_job ? input_assets : graph.outputs.size());
    }
    if (!from_job)
      producers.insert(graph.outputs[input.index].producers.begin(), graph.outputs[input.index].producers.end());
  }
  return std::vector<std::size_t>(producers.begin(), producers.end());
}

}  // namespace

Result<TaskBody> parse_task_body(std::string_view xml) {
  if (xml.starts_with("\xEF\xBB\xBF")) xml.remove_prefix(3);
  if (xml.size() > kMaxBodyBytes) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody is longer than {} bytes", kMaxBodyBytes);
  }
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody is not well-formed XML at byte {}: {}", parsed.offset,
                parsed.description());
  }
  const auto root = document.document_element();
  if (std::string_view(root.name()) != "taskBody" || root.next_sibling()) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: the one root element must be taskBody");
  }
  TaskBody body;
  for (const auto& child : root.children()) LAZULITE_CHECK(parse_child(child, body));
  if (body.inputs.empty() || body.outputs.empty()) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody needs at least one inputAsset and one outputAsset");
  }
  return body;
}

Result<JobGraph> validate_job(std::span<const TaskBody> tasks, std::size_t input_assets, const JobLimits& limits) {
  LAZULITE_CHECK(check_counts(tasks, input_assets, limits));
  JobGraph graph;
  LAZULITE_CHECK(collect_outputs(tasks, graph));
  if (input_assets + graph.outputs.size() > limits.assets_per_job) {
    return fail(ErrorCode::kForbidden, "a Job may have {} assets, not {}", limits.assets_per_job,
                input_assets + graph.outputs.size());
  }
  for (const auto& task : tasks) {
    LAZULITE_TRY(auto producers, producers_of(task, input_assets, graph));
    graph.producers.push_back(std::move(producers));
  }
  if (count_sortable(graph.producers) != tasks.size()) {
    return fail(ErrorCode::kInvalidArgument, "TaskBody: the tasks of the job wait for each other in a circle");
  }
  return graph;
}

}  // namespace lazulite::encoder
