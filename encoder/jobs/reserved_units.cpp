#include "encoder/jobs/reserved_units.hpp"

#include <algorithm>

namespace lazulite::encoder {

unsigned threads_for_task(const EncodingReservedUnitType& units, unsigned cores, unsigned setting) {
  if (setting > 0) return setting;
  if (units.current_reserved_units <= 1) return std::max(1U, cores);
  switch (units.reserved_unit_type) {
    case ReservedUnitType::kBasicS1:
      return std::max(1U, cores / 4);
    case ReservedUnitType::kStandardS2:
      return std::max(1U, cores / 2);
    case ReservedUnitType::kPremiumS3:
      break;
  }
  return std::max(1U, cores);
}

}  // namespace lazulite::encoder
