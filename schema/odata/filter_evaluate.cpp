#include "schema/odata/filter_evaluate.hpp"

#include "schema/base/text.hpp"

#include <algorithm>
#include <chrono>

namespace lazulite::odata {
namespace {

using model::Value;

double as_double(const Value& value) {
  if (const auto* whole = value.as<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* flag = value.as<bool>()) return *flag ? 1 : 0;
  return *value.as<double>();
}
bool is_numeric(const Value& value) {
  return value.as<std::int64_t>() != nullptr || value.as<double>() != nullptr || value.as<bool>() != nullptr;
}
bool is_true(const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  const auto* number = value.as<std::int64_t>();
  return number != nullptr && *number != 0;
}

// Characters, not bytes: what SQL's length and substr count.
std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}
std::size_t byte_of_character(std::string_view text, std::int64_t character) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((text[at] & 0xC0) == 0x80) continue;
    if (character-- <= 0) break;
  }
  return at;
}

// As SQL's trim: spaces only.
std::string trim_spaces(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string{text.substr(begin, text.find_last_not_of(' ') + 1 - begin)};
}

Value evaluate(const FilterExpression& node, const model::Record& record);

bool compare(FilterOp op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) {
    const bool same = a.is_null() == b.is_null();
    return op == FilterOp::kEqual ? same : op == FilterOp::kNotEqual && !same;
  }
  const auto order = compare_values(a, b);
  switch (op) {
    case FilterOp::kEqual:
      return order == 0;
    case FilterOp::kNotEqual:
      return order != 0;
    case FilterOp::kGreater:
      return order > 0;
    case FilterOp::kGreaterOrEqual:
      return order >= 0;
    case FilterOp::kLess:
      return order < 0;
    default:
      return order <= 0;
  }
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::string{text};
  std::string out;
  for (std::size_t at = 0;;) {
    const auto hit = text.find(from, at);
    out += text.substr(at, hit - at);
    if (hit == std::string_view::npos) return out;
    out += to;
    at = hit + from.size();
  }
}

std::string substring(std::string_view text, const std::vector<Value>& arguments) {
  auto rest = text.substr(byte_of_character(text, *arguments[1].as<std::int64_t>()));
  if (arguments.size() == 3) rest = rest.substr(0, byte_of_character(rest, *arguments[2].as<std::int64_t>()));
  return std::string{rest};
}

Value date_part(FilterOp op, Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  switch (op) {
    case FilterOp::kYear:
      return Value{static_cast<std::int64_t>(static_cast<int>(date.year()))};
    case FilterOp::kMonth:
      return Value{static_cast<std::int64_t>(static_cast<unsigned>(date.month()))};
    case FilterOp::kDay:
      return Value{static_cast<std::int64_t>(static_cast<unsigned>(date.day()))};
    case FilterOp::kHour:
      return Value{static_cast<std::int64_t>(clock.hours().count())};
    case FilterOp::kMinute:
      return Value{static_cast<std::int64_t>(clock.minutes().count())};
    default:
      return Value{static_cast<std::int64_t>(clock.seconds().count())};
  }
}

Value call_text(FilterOp op, const std::vector<Value>& arguments) {
  const std::string& text = *arguments[0].as<std::string>();
  const auto* second = arguments.size() > 1 ? arguments[1].as<std::string>() : nullptr;
  switch (op) {
    case FilterOp::kStartsWith:
      return Value{text.starts_with(*second)};
    case FilterOp::kEndsWith:
      return Value{text.ends_with(*second)};
    case FilterOp::kContains:
      return Value{text.find(*second) != std::string::npos};
    case FilterOp::kLength:
      return Value{static_cast<std::int64_t>(character_count(text))};
    case FilterOp::kToLower:
      return Value{to_lower(text)};
    case FilterOp::kToUpper:
      return Value{to_upper(text)};
    case FilterOp::kTrim:
      return Value{trim_spaces(text)};
    case FilterOp::kIndexOf: {
      const auto hit = text.find(*second);
      if (hit == std::string::npos) return Value{std::int64_t{-1}};
      return Value{static_cast<std::int64_t>(character_count(std::string_view{text}.substr(0, hit)))};
    }
    case FilterOp::kReplace:
      return Value{replace_all(text, *second, *arguments[2].as<std::string>())};
    case FilterOp::kSubstring:
      return Value{substring(text, arguments)};
    default:
      return Value{text + *second};
  }
}

Value call(const FilterExpression& node, const model::Record& record) {
  std::vector<Value> arguments;
  for (const auto& operand : node.operands) {
    arguments.push_back(evaluate(operand, record));
    if (arguments.back().is_null()) return node.type == model::EdmType::kBoolean ? Value{false} : Value{};
  }
  if (const auto* time = arguments[0].as<Timestamp>()) return date_part(node.op, *time);
  return call_text(node.op, arguments);
}

Value evaluate(const FilterExpression& node, const model::Record& record) {
  const auto holds = [&record](const FilterExpression& each) { return is_true(evaluate(each, record)); };
  switch (node.op) {
    case FilterOp::kLiteral:
      return node.value;
    case FilterOp::kProperty:
      return record.values[record.type->index_of(*node.property)];
    case FilterOp::kAnd:
      return Value{std::all_of(node.operands.begin(), node.operands.end(), holds)};
    case FilterOp::kOr:
      return Value{std::any_of(node.operands.begin(), node.operands.end(), holds)};
    case FilterOp::kNot:
      return Value{!holds(node.operands[0])};
    case FilterOp::kEqual:
    case FilterOp::kNotEqual:
    case FilterOp::kGreater:
    case FilterOp::kGreaterOrEqual:
    case FilterOp::kLess:
    case FilterOp::kLessOrEqual:
      return Value{compare(node.op, evaluate(node.operands[0], record), evaluate(node.operands[1], record))};
    default:
      return call(node, record);
  }
}

}  // namespace

std::weak_ordering compare_values(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return !a.is_null() <=> !b.is_null();
  if (const auto* left = a.as<std::string>()) {
    const auto* right = b.as<std::string>();
    return right == nullptr ? std::weak_ordering::greater : *left <=> *right;
  }
  if (const auto* left = a.as<Timestamp>()) {
    const auto* right = b.as<Timestamp>();
    return right == nullptr
               ? std::weak_ordering::greater
               : std::weak_ordering{left->time_since_epoch().count() <=> right->time_since_epoch().count()};
  }
  const auto* left = a.as<std::int64_t>();
  const auto* right = b.as<std::int64_t>();
  if (left != nullptr && right != nullptr) return *left <=> *right;
  if (!is_numeric(a) || !is_numeric(b)) return std::weak_ordering::equivalent;
  return std::weak_order(as_double(a), as_double(b));
}

bool matches(const FilterExpression& filter, const model::Record& record) { return is_true(evaluate(filter, record)); }

}  // namespace lazulite::odata
