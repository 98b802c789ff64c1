#include "storage/rows/filter_sql.hpp"

#include "storage/rows/sql_text.hpp"

#include <fmt/format.h>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;
using odata::FilterExpression;
using odata::FilterOp;

std::string_view comparison_sign(FilterOp op) {
  switch (op) {
    case FilterOp::kGreater:
      return ">";
    case FilterOp::kGreaterOrEqual:
      return ">=";
    case FilterOp::kLess:
      return "<";
    default:
      return "<=";
  }
}

// Format of strftime for a part of an instant. With instr and the trim of spaces it is what another engine spells
// differently.
std::string_view date_format(FilterOp op) {
  switch (op) {
    case FilterOp::kYear:
      return "%Y";
    case FilterOp::kMonth:
      return "%m";
    case FilterOp::kDay:
      return "%d";
    case FilterOp::kHour:
      return "%H";
    case FilterOp::kMinute:
      return "%M";
    default:
      return "%S";
  }
}

class Writer {
 public:
  SqlFragment run(const FilterExpression& filter) {
    auto text = condition(filter);
    return {std::move(text), std::move(sql_.values)};
  }

 private:
  // SQL that is true, false or unknown; unknown counts as false.
  std::string condition(const FilterExpression& node) {
    switch (node.op) {
      case FilterOp::kLiteral:
        return *node.value.as<bool>() ? "1 = 1" : "1 = 0";
      case FilterOp::kProperty:
        return sql_name(node.property->name) + " = 1";
      case FilterOp::kAnd:
        return chain(node, " AND ");
      case FilterOp::kOr:
        return chain(node, " OR ");
      case FilterOp::kNot:
        return fmt::format("({}) IS NOT TRUE", condition(node.operands[0]));
      case FilterOp::kStartsWith: {
        const auto text = value(node.operands[0]);
        const auto length = value(node.operands[1]);
        return fmt::format("substr({}, 1, length({})) = {}", text, length, value(node.operands[1]));
      }
      case FilterOp::kEndsWith:
        return ends_with(node.operands[0], node.operands[1]);
      case FilterOp::kContains:
        return position(node) + " > 0";
      default:
        return comparison(node);
    }
  }

  std::string chain(const FilterExpression& node, std::string_view sign) {
    std::string out;
    for (const auto& each : node.operands) {
      if (!out.empty()) out += sign;
      out += fmt::format("({})", condition(each));
    }
    return out;
  }

  // Placeholders are numbered as they are made, so each part is made in the order in which it is printed.
  std::string ends_with(const FilterExpression& text, const FilterExpression& suffix) {
    std::string out = "length(" + value(text);
    out += ") >= length(" + value(suffix);
    out += ") AND substr(" + value(text);
    out += ", length(" + value(text);
    out += ") - length(" + value(suffix);
    out += ") + 1) = " + value(suffix);
    return out;
  }

  std::string position(const FilterExpression& node) { return arguments("instr(", node, ", ") + ")"; }

  std::string comparison(const FilterExpression& node) {
    const auto& left = node.operands[0];
    const auto& right = node.operands[1];
    const bool equal = node.op == FilterOp::kEqual;
    if (!equal && node.op != FilterOp::kNotEqual) {
      if (left.is_null() || right.is_null()) return "1 = 0";
      const auto first = value(left);
      return fmt::format("{} {} {}", first, comparison_sign(node.op), value(right));
    }
    if (left.is_null() && right.is_null()) return equal ? "1 = 1" : "1 = 0";
    if (left.is_null() || right.is_null()) {
      return fmt::format("{} IS {}NULL", value(left.is_null() ? right : left), equal ? "" : "NOT ");
    }
    const auto first = value(left);
    const auto second = value(right);
    if (equal)
      return fmt::format("{} {} {}", first, left.nullable() && right.nullable() ? "IS NOT DISTINCT FROM" : "=", second);
    return fmt::format("{} {} {}", first, left.nullable() || right.nullable() ? "IS DISTINCT FROM" : "<>", second);
  }

  std::string value(const FilterExpression& node) {
    switch (node.op) {
      case FilterOp::kLiteral:
        return sql_.bind(node.value);
      case FilterOp::kProperty:
        return sql_name(node.property->name);
      case FilterOp::kLength:
        return arguments("length(", node, "") + ")";
      case FilterOp::kToLower:
        return arguments("lower(", node, "") + ")";
      case FilterOp::kToUpper:
        return arguments("upper(", node, "") + ")";
      case FilterOp::kTrim:
        return arguments("trim(", node, "") + ")";
      case FilterOp::kReplace:
        return arguments("replace(", node, ", ") + ")";
      case FilterOp::kConcat:
        return arguments("(", node, " || ") + ")";
      case FilterOp::kIndexOf:
        return fmt::format("({} - 1)", position(node));
      case FilterOp::kSubstring:
        return substring(node);
      case FilterOp::kYear:
      case FilterOp::kMonth:
      case FilterOp::kDay:
      case FilterOp::kHour:
      case FilterOp::kMinute:
      case FilterOp::kSecond:
        return fmt::format("cast(strftime('{}', {} / 1000000, 'unixepoch') AS integer)", date_format(node.op),
                           value(node.operands[0]));
      default:
        return fmt::format("CASE WHEN {} THEN 1 ELSE 0 END", condition(node));
    }
  }

  std::string arguments(std::string out, const FilterExpression& node, std::string_view separator) {
    for (const auto& each : node.operands) {
      if (&each != node.operands.data()) out += separator;
      out += value(each);
    }
    return out;
  }

  std::string substring(const FilterExpression& node) {
    std::string out = "substr(" + value(node.operands[0]);
    out += ", " + value(node.operands[1]) + " + 1";
    if (node.operands.size() == 3) out += ", " + value(node.operands[2]);
    return out + ")";
  }

  SqlText sql_;
};

// One step of the order: strictly after `value`, or nothing can be.
std::string strictly_after(SqlText& sql, const Order& order, const Value& value) {
  const auto name = sql_name(order.property->name);
  if (value.is_null()) return order.descending ? "1 = 0" : name + " IS NOT NULL";
  const auto after = fmt::format("{} {} {}", name, order.descending ? "<" : ">", sql.bind(value));
  return order.descending && order.property->nullable ? fmt::format("({} OR {} IS NULL)", after, name) : after;
}

std::string same_as(SqlText& sql, const Order& order, const Value& value) {
  const auto name = sql_name(order.property->name);
  return value.is_null() ? name + " IS NULL" : fmt::format("{} = {}", name, sql.bind(value));
}

}  // namespace

Result<SqlFragment> filter_to_sql(const model::EntityType& type, const FilterExpression& filter) {
  if (filter.uses_computed()) {
    return fail(ErrorCode::kInvalidArgument, "$filter names a property of {} that is computed", type.name);
  }
  return Writer().run(filter);
}

SqlFragment is_one_of(const model::Property& property, std::span<const std::string> texts) {
  SqlText sql;
  const auto list = sql.bind_list(texts);
  return {fmt::format("{} IN {}", sql_name(property.name), list), std::move(sql.values)};
}

SqlFragment after_row(std::span<const Order> order, std::span<const Value> values) {
  SqlText sql;
  std::string text;
  for (std::size_t last = 0; last < order.size(); ++last) {
    text += last == 0 ? "(" : " OR (";
    for (std::size_t i = 0; i < last; ++i) text += same_as(sql, order[i], values[i]) + " AND ";
    text += strictly_after(sql, order[last], values[last]) + ")";
  }
  return {std::move(text), std::move(sql.values)};
}

}  // namespace lazulite::rows
