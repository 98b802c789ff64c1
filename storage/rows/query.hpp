// What a list asks for: a condition compiled to bound SQL (never text from the wire), an order, a window.
#pragma once

#include "schema/model/edm.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

// A WHERE condition with one placeholder ":p1", ":p2", … per value, in order. Empty text: no condition.
struct SqlFragment {
  std::string text = {};
  std::vector<model::Value> values = {};
};

// An identifier in double quotes, as SQL wants it: "Created". For names from an EntityType only.
std::string sql_name(std::string_view identifier);

// property = value (IS NULL for null); the property must be stored (not computed). And-joins.
SqlFragment equals(const model::EntityType& type, std::string_view property, model::Value value);
// Nulls are not less.
SqlFragment less_than(const model::EntityType& type, std::string_view property, model::Value value);
SqlFragment both(SqlFragment left, SqlFragment right);

// A descending order also turns the key, the last tie-breaker. Null sorts before every value, so last when descending.
struct Order {
  const model::Property* property = nullptr;
  bool descending = false;
};

struct ListQuery {
  SqlFragment condition = {};
  std::vector<Order> order = {};
  std::int64_t skip = 0;
  std::int64_t top = -1;  // -1: all
  // Rows linked from this source by this navigation, in link order, joined to the condition (for
  // Jobs('…')/OutputMediaAssets).
  const model::EntityType* linked_from = nullptr;
  std::string linked_navigation = {}, linked_key = {};
};

}  // namespace lazulite::rows
