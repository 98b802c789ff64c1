// JobTemplate, a job without its inputs (api.md 5.11, processing.md 6.2).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

enum class JobTemplateType : std::int32_t { kSystemLevel = 0, kAccountLevel = 1 };

struct JobTemplate {
  std::string id;
  std::optional<std::string> name;
  Timestamp created{}, last_modified{};
  std::string job_template_body;
  std::int32_t number_of_input_assets = 0;
  JobTemplateType template_type = JobTemplateType::kAccountLevel;
};

inline constexpr model::Property kJobTemplateProperties[] = {
    model::property<&JobTemplate::id>("Id", model::kKey | model::kServerSet),
    model::property<&JobTemplate::name>("Name", model::kCreateOnly | model::kIndexed),
    model::property<&JobTemplate::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&JobTemplate::last_modified>("LastModified", model::kServerSet),
    model::property<&JobTemplate::job_template_body>("JobTemplateBody", model::kCreateOnly | model::kRequired)
        .limited_to(100'000),
    model::property<&JobTemplate::number_of_input_assets>("NumberofInputAssets", model::kServerSet),
    model::property<&JobTemplate::template_type>("TemplateType", model::kCreateOnly),
};
inline constexpr model::Navigation kJobTemplateNavigations[] = {
    model::to_many("TaskTemplates", "TaskTemplates", "job_template_id")};
inline constexpr model::EntityType kJobTemplate{"JobTemplate",           "JobTemplates",
                                                "nb:jtid:UUID:",         kJobTemplateProperties,
                                                kJobTemplateNavigations, model::kCreate | model::kDelete};
static_assert(is_well_formed(kJobTemplate));
constexpr const model::EntityType& entity_type(const JobTemplate*) { return kJobTemplate; }

}  // namespace lazulite
