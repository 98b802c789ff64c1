// $filter and paging positions as bound SQL (api.md 3, rows.md). Values are bound, never printed; identifiers come from
// the EntityType. Pure functions.
//
// Null as in OData: `eq null` is IS NULL, `ne` takes null for different, an order comparison with null is false, and
// `not` of such a comparison is true. Text functions count letter case (they use substr and instr, not LIKE).
#pragma once

#include "schema/base/result.hpp"
#include "schema/odata/filter_ast.hpp"
#include "storage/rows/query.hpp"

#include <span>

namespace lazulite::rows {

// The filter must have been parsed against `type`. InvalidArgument for a computed property: no column holds it.
Result<SqlFragment> filter_to_sql(const model::EntityType& type, const odata::FilterExpression& filter);

// The property, a text, is one of these; none: no row. One parameter, however many they are.
SqlFragment is_one_of(const model::Property& property, std::span<const std::string> texts);

// Rows that come after one with these values, in an order that ends with the key; as many values as orders.
SqlFragment after_row(std::span<const Order> order, std::span<const model::Value> values);

}  // namespace lazulite::rows
