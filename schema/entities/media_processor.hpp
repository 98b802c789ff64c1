// MediaProcessor, what a task runs (api.md 5.13). The rows come from encoder/processors' registry, not from the
// database.
#pragma once

#include "schema/model/edm.hpp"

#include <string>

namespace lazulite {

struct MediaProcessorRow {
  std::string id, description, name, sku, vendor, version;
};

inline constexpr model::Property kMediaProcessorProperties[] = {
    model::property<&MediaProcessorRow::id>("Id", model::kKey | model::kServerSet),
    model::property<&MediaProcessorRow::description>("Description", model::kServerSet),
    model::property<&MediaProcessorRow::name>("Name", model::kServerSet),
    model::property<&MediaProcessorRow::sku>("Sku", model::kServerSet),
    model::property<&MediaProcessorRow::vendor>("Vendor", model::kServerSet),
    model::property<&MediaProcessorRow::version>("Version", model::kServerSet),
};
inline constexpr model::EntityType kMediaProcessor{
    "MediaProcessor", "MediaProcessors", "nb:mpid:UUID:", kMediaProcessorProperties, {}, model::kReadOnly};
static_assert(is_well_formed(kMediaProcessor));
constexpr const model::EntityType& entity_type(const MediaProcessorRow*) { return kMediaProcessor; }

}  // namespace lazulite
