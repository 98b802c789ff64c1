// $filter as a typed tree (api.md 3 "$filter grammar actually produced"): parsed against an EntityType, then compiled
// to SQL (storage/rows/filter_sql) or evaluated over Records (filter_evaluate). Plain data.
//
// Hostile input is bounded: 16 KiB of text, 50 levels, 300 comparisons. Chains of `and` and `or` are flat nodes, not
// deep trees.
#pragma once

#include "schema/base/result.hpp"
#include "schema/model/edm.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace lazulite::odata {

enum class FilterOp : std::uint8_t {
  kLiteral,   // value; null when it is monostate
  kProperty,  // property
  kAnd,
  kOr,
  kNot,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterOrEqual,
  kLess,
  kLessOrEqual,
  kStartsWith,
  kEndsWith,
  kContains,  // operands: the text searched in, the text searched for (substringof has them the other way round)
  kLength,
  kToLower,
  kToUpper,
  kTrim,
  kIndexOf,
  kReplace,
  kSubstring,
  kConcat,
  kYear,
  kMonth,
  kDay,
  kHour,
  kMinute,
  kSecond,
};

struct FilterExpression {
  FilterOp op = FilterOp::kLiteral;
  model::EdmType type = model::EdmType::kBoolean;  // of its value; of a null literal it means nothing
  const model::Property* property = nullptr;
  model::Value value;
  std::vector<FilterExpression> operands;

  [[nodiscard]] bool is_null() const { return op == FilterOp::kLiteral && value.is_null(); }
  // May be null for some row.
  [[nodiscard]] bool nullable() const;
  // Names a property that no table stores.
  [[nodiscard]] bool uses_computed() const;
};

// text: decoded. The result is of type Boolean, operand types agree: literals have been brought to the type of what
// they are compared with (ids to their stored form, numbers in quotes to numbers). InvalidArgument with the place and
// the reason otherwise; a malformed id compared with the key is one of them (api.md 2.7).
Result<FilterExpression> parse_filter(const model::EntityType& type, std::string_view text);

}  // namespace lazulite::odata
