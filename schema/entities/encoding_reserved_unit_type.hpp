// EncodingReservedUnitType, the one row per account that sizes its encoding (api.md 5.19, processing.md 6.1).
#pragma once

#include "schema/model/edm.hpp"

namespace lazulite {

enum class ReservedUnitType : std::int32_t { kBasicS1 = 0, kStandardS2 = 1, kPremiumS3 = 2 };

struct EncodingReservedUnitType {
  model::Guid account_id;
  ReservedUnitType reserved_unit_type = ReservedUnitType::kBasicS1;
  std::int32_t max_reservable_units = 25;
  std::int32_t current_reserved_units = 0;
};

inline constexpr model::Property kEncodingReservedUnitTypeProperties[] = {
    model::property<&EncodingReservedUnitType::account_id>("AccountId", model::kKey | model::kServerSet),
    model::property<&EncodingReservedUnitType::reserved_unit_type>("ReservedUnitType"),
    model::property<&EncodingReservedUnitType::max_reservable_units>("MaxReservableUnits", model::kServerSet),
    model::property<&EncodingReservedUnitType::current_reserved_units>("CurrentReservedUnits"),
};
inline constexpr model::EntityType kEncodingReservedUnitType{"EncodingReservedUnitType",
                                                             "EncodingReservedUnitTypes",
                                                             "",
                                                             kEncodingReservedUnitTypeProperties,
                                                             {},
                                                             model::kUpdate};
static_assert(is_well_formed(kEncodingReservedUnitType));
constexpr const model::EntityType& entity_type(const EncodingReservedUnitType*) { return kEncodingReservedUnitType; }

}  // namespace lazulite
