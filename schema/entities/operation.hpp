// Operation, how far a long-running change of a streaming endpoint is (api.md 4.3, 5.21).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

struct Operation {
  std::string id, target_entity_id;
  std::string state = "InProgress";  // InProgress, Succeeded, Failed: text on the wire
  std::optional<std::string> error_code, error_message;
  // What the target becomes when the operation is finished; none: nothing is left to do.
  std::optional<std::string> state_after;
  std::optional<std::int32_t> scale_units_after;
  std::optional<Timestamp> ended;
};

inline constexpr model::Property kOperationProperties[] = {
    model::property<&Operation::id>("Id", model::kKey | model::kServerSet),
    model::property<&Operation::target_entity_id>("TargetEntityId", model::kServerSet),
    model::property<&Operation::state>("State", model::kServerSet | model::kIndexed),
    model::property<&Operation::error_code>("ErrorCode", model::kServerSet),
    model::property<&Operation::error_message>("ErrorMessage", model::kServerSet),
    model::property<&Operation::state_after>("state_after", model::kInternal),
    model::property<&Operation::scale_units_after>("scale_units_after", model::kInternal),
    model::property<&Operation::ended>("ended", model::kInternal),
};
inline constexpr model::EntityType kOperation{
    "Operation", "Operations", "nb:opid:UUID:", kOperationProperties, {}, model::kReadOnly};
static_assert(is_well_formed(kOperation));
constexpr const model::EntityType& entity_type(const Operation*) { return kOperation; }

}  // namespace lazulite
