// TaskTemplate, a task of a JobTemplate (api.md 5.12). Created with its template only; the client makes up its id, by
// which the JobTemplateBody names it.
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

struct TaskTemplate {
  std::string id;
  std::optional<std::string> configuration, description, name;
  Timestamp created{}, last_modified{};
  std::string media_processor_id;
  std::int32_t number_of_input_assets = 0, number_of_output_assets = 0;
  std::int32_t options = 0;  // TaskOption flags
  std::optional<std::string> encryption_key_id, encryption_scheme, encryption_version, initialization_vector;
  std::optional<std::string> task_template_body;  // always null: what clients send is ignored
  std::string job_template_id;
  std::int32_t position = 0;  // within the template, from 0
};

inline constexpr model::Property kTaskTemplateProperties[] = {
    model::property<&TaskTemplate::id>("Id", model::kKey | model::kCreateOnly | model::kRequired),
    model::property<&TaskTemplate::configuration>("Configuration", model::kCreateOnly).limited_to(100'000),
    model::property<&TaskTemplate::description>("Description", model::kCreateOnly),
    model::property<&TaskTemplate::name>("Name", model::kCreateOnly | model::kIndexed),
    model::property<&TaskTemplate::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&TaskTemplate::last_modified>("LastModified", model::kServerSet),
    model::property<&TaskTemplate::media_processor_id>("MediaProcessorId", model::kCreateOnly | model::kRequired),
    model::property<&TaskTemplate::number_of_input_assets>("NumberofInputAssets",
                                                           model::kCreateOnly | model::kRequired),
    model::property<&TaskTemplate::number_of_output_assets>("NumberofOutputAssets",
                                                            model::kCreateOnly | model::kRequired),
    model::property<&TaskTemplate::options>("Options", model::kCreateOnly),
    model::property<&TaskTemplate::encryption_key_id>("EncryptionKeyId", model::kCreateOnly),
    model::property<&TaskTemplate::encryption_scheme>("EncryptionScheme", model::kCreateOnly),
    model::property<&TaskTemplate::encryption_version>("EncryptionVersion", model::kCreateOnly),
    model::property<&TaskTemplate::initialization_vector>("InitializationVector", model::kCreateOnly),
    model::property<&TaskTemplate::task_template_body>("TaskTemplateBody", model::kServerSet),
    model::property<&TaskTemplate::job_template_id>("job_template_id", model::kInternal | model::kIndexed),
    model::property<&TaskTemplate::position>("position", model::kInternal),
};
inline constexpr model::EntityType kTaskTemplate{
    "TaskTemplate", "TaskTemplates", "nb:ttid:UUID:", kTaskTemplateProperties, {}, model::kReadOnly};
static_assert(is_well_formed(kTaskTemplate));
constexpr const model::EntityType& entity_type(const TaskTemplate*) { return kTaskTemplate; }

}  // namespace lazulite
