// The jobTemplate XML of a JobTemplate (processing.md 6.2): one taskBody per task template. Pure functions of text; no
// rows, no threads.
#pragma once

#include "encoder/jobs/task_body.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

struct TemplateTask {
  std::string task_template_id;  // as the body spells it
  std::string task_body;         // the taskBody element, as a Task of the job gets it
};

struct JobTemplateTasks {
  std::vector<TemplateTask> tasks;
  std::size_t input_assets = 0;  // how many a job made from it must have
};

// Reads and checks the body as a whole, like the tasks of a job: indices, producers, cycles, counts. InvalidArgument
// names the element; Forbidden when a quota is reached.
Result<JobTemplateTasks> parse_job_template(std::string_view xml, const JobLimits& limits);

}  // namespace lazulite::encoder
