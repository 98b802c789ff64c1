// JobTemplates with their TaskTemplates, and the tasks of jobs made from them (api.md 5.11, 5.12, processing.md 6.2).
#pragma once

#include "schema/entities/task.hpp"
#include "server/api/entity_hooks.hpp"

#include <string>
#include <vector>

namespace lazulite::api {

extern const EntityHooks kJobTemplateHooks;
extern const EntityHooks kTaskTemplateHooks;

// The tasks of a job with these many inputs, made from a template. NotFound when there is no such template,
// InvalidArgument when it wants another number of inputs.
Result<std::vector<JobTask>> tasks_from_template(HookContext& context, const std::string& template_id,
                                                 std::size_t inputs);

}  // namespace lazulite::api
