// Filters of the rows as the packager's values, and those that a request names (delivery.md 4). Pure.
#pragma once

#include "packager/filter.hpp"
#include "schema/base/result.hpp"
#include "server/stream/delivery_rules.hpp"

#include <span>
#include <string>
#include <vector>

namespace lazulite::stream {

// Once for each row, when the rules of a locator are compiled. Its filter is Unsupported MPE_FILTER_… for a row that
// cannot be. Back-off and ForceEndTimestamp are for live streams and do nothing here (delivery.md 4.4).
DeliveryFilter compile_filter(const Filter& row);

// In the order of the names; they live as long as the rules. NotFound MPE_EGRESS_FILTER_NOT_FOUND; Unsupported
// MPE_FILTER_… of a row that cannot be.
Result<std::vector<const DeliveryFilter*>> choose_filters(const DeliveryRules& rules,
                                                          std::span<const std::string> names);

}  // namespace lazulite::stream
