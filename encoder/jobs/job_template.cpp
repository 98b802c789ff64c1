#include "encoder/jobs/job_template.hpp"

#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <sstream>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxBodyBytes = 100'000;
constexpr std::size_t kMaxTasks = 100;  // of one body; the quota of a job is at most this

Error wrong(std::string_view why) { return fail(ErrorCode::kInvalidArgument, "JobTemplateBody: {}", why); }

// The first letter may have either case (api.md 5.11).
std::string template_id_of(const pugi::xml_node& body) {
  for (const auto& attribute : body.attributes()) {
    if (equals_ignoring_case(attribute.name(), "taskTemplateId")) return std::string(trim(attribute.value()));
  }
  return {};
}

std::string element_xml(const pugi::xml_node& element) {
  std::ostringstream out;
  element.print(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return out.str();
}

Result<TemplateTask> read_task(const pugi::xml_node& element) {
  if (std::string_view(element.name()) != "taskBody")
    return wrong(fmt::format("'{}' is not expected in the element jobTemplate",
                             std::string_view(element.name()).substr(0, 200)));
  TemplateTask task{template_id_of(element), element_xml(element)};
  if (task.task_template_id.empty()) return wrong("a taskBody has no attribute taskTemplateId");
  return task;
}

Result<std::vector<TemplateTask>> read_tasks(std::string_view xml) {
  if (xml.starts_with("\xEF\xBB\xBF")) xml.remove_prefix(3);
  if (xml.size() > kMaxBodyBytes) return wrong(fmt::format("it is longer than {} bytes", kMaxBodyBytes));
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return wrong(fmt::format("not well-formed XML at byte {}: {}", parsed.offset, parsed.description()));
  const auto root = document.document_element();
  if (std::string_view(root.name()) != "jobTemplate" || root.next_sibling())
    return wrong("the one root element must be jobTemplate");
  std::vector<TemplateTask> out;
  for (const auto& child : root.children()) {
    if (child.type() == pugi::node_comment || child.type() == pugi::node_pi) continue;
    if (out.size() == kMaxTasks) return wrong(fmt::format("more than {} tasks", kMaxTasks));
    LAZULITE_TRY(auto task, read_task(child));
    out.push_back(std::move(task));
  }
  return out;
}

}  // namespace

Result<JobTemplateTasks> parse_job_template(std::string_view xml, const JobLimits& limits) {
  JobTemplateTasks out;
  LAZULITE_TRY(out.tasks, read_tasks(xml));
  std::vector<TaskBody> bodies;
  for (const auto& task : out.tasks) {
    LAZULITE_TRY(auto body, parse_task_body(task.task_body));
    for (const auto& input : body.inputs) {
      if (input.kind == TaskInputKind::kJobInputAsset) out.input_assets = std::max(out.input_assets, input.index + 1);
    }
    bodies.push_back(std::move(body));
  }
  LAZULITE_CHECK(validate_job(bodies, out.input_assets, limits));
  return out;
}

}  // namespace lazulite::encoder
