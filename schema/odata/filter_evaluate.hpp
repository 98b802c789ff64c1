// $filter and $orderby over Records in memory: for sets without a table (MediaProcessors), for linked rows with
// tombstones, and for conditions on computed properties. The same meaning as storage/rows/filter_sql; a test runs both
// on the same rows.
#pragma once

#include "schema/model/record.hpp"
#include "schema/odata/filter_ast.hpp"

#include <compare>

namespace lazulite::odata {

// The expression must have been parsed against record.type.
bool matches(const FilterExpression& filter, const model::Record& record);

// Order of two values of one primitive type: null first, text by bytes.
std::weak_ordering compare_values(const model::Value& a, const model::Value& b);

}  // namespace lazulite::odata
