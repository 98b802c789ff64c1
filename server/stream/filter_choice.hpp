// The filters that a request names, from the rows to the packager's values (delivery.md 4). Pure.
#pragma once

#include "packager/filter.hpp"
#include "schema/base/result.hpp"
#include "server/stream/delivery_rules.hpp"

#include <span>
#include <string>
#include <vector>

namespace lazulite::stream {

// In the order of the names. NotFound MPE_EGRESS_FILTER_NOT_FOUND; Unsupported MPE_FILTER_… for a row that cannot be.
// Back-off and ForceEndTimestamp are for live streams and do nothing here (delivery.md 4.4).
Result<std::vector<packager::Filter>> choose_filters(const DeliveryRules& rules, std::span<const std::string> names);

// All that they say, as text: part of the key of what was rendered under them.
std::string describe(std::span<const packager::Filter> filters);

}  // namespace lazulite::stream
