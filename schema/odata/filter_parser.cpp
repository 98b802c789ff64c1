#include "schema/base/text.hpp"
#include "schema/odata/filter_ast.hpp"
#include "schema/odata/filter_lexer.hpp"
#include "schema/odata/target_parser.hpp"
#include "schema/odata/value_text.hpp"

#include <algorithm>
#include <array>

namespace lazulite::odata {
namespace {

using model::EdmType;
using Kind = FilterToken::Kind;

constexpr std::size_t kMaxTextBytes = 16 * 1024;
constexpr int kMaxDepth = 50;
constexpr int kMaxComparisons = 300;

// What a function takes and gives. 'b' Boolean, 's' text, 'i' number, 'd' date and time; upper case: may be left out.
struct FunctionRow {
  std::string_view name;
  FilterOp op;
  EdmType result;
  std::string_view parameters;
};
constexpr FunctionRow kFunctionRows[] = {
    {"startswith", FilterOp::kStartsWith, EdmType::kBoolean, "ss"},
    {"endswith", FilterOp::kEndsWith, EdmType::kBoolean, "ss"},
    {"substringof", FilterOp::kContains, EdmType::kBoolean, "ss"},
    {"length", FilterOp::kLength, EdmType::kInt32, "s"},
    {"tolower", FilterOp::kToLower, EdmType::kString, "s"},
    {"toupper", FilterOp::kToUpper, EdmType::kString, "s"},
    {"trim", FilterOp::kTrim, EdmType::kString, "s"},
    {"indexof", FilterOp::kIndexOf, EdmType::kInt32, "ss"},
    {"replace", FilterOp::kReplace, EdmType::kString, "sss"},
    {"substring", FilterOp::kSubstring, EdmType::kString, "siI"},
    {"concat", FilterOp::kConcat, EdmType::kString, "ss"},
    {"year", FilterOp::kYear, EdmType::kInt32, "d"},
    {"month", FilterOp::kMonth, EdmType::kInt32, "d"},
    {"day", FilterOp::kDay, EdmType::kInt32, "d"},
    {"hour", FilterOp::kHour, EdmType::kInt32, "d"},
    {"minute", FilterOp::kMinute, EdmType::kInt32, "d"},
    {"second", FilterOp::kSecond, EdmType::kInt32, "d"},
};

struct ComparisonRow {
  std::string_view word;
  FilterOp op;
};
constexpr ComparisonRow kComparisonRows[] = {
    {"eq", FilterOp::kEqual}, {"ne", FilterOp::kNotEqual},       {"gt", FilterOp::kGreater},
    {"lt", FilterOp::kLess},  {"ge", FilterOp::kGreaterOrEqual}, {"le", FilterOp::kLessOrEqual},
};
constexpr std::array<std::string_view, 5> kArithmetic = {"add", "sub", "mul", "div", "mod"};

bool is_number(EdmType type) { return type == EdmType::kInt32 || type == EdmType::kInt64 || type == EdmType::kDouble; }
bool is_text(EdmType type) { return type == EdmType::kString || type == EdmType::kGuid; }
bool comparable(EdmType a, EdmType b) { return a == b || (is_number(a) && is_number(b)) || (is_text(a) && is_text(b)); }

class Parser {
 public:
  Parser(const model::EntityType& type, std::string_view text) : type_(type), lexer_(text) {}

  Result<FilterExpression> run() {
    LAZULITE_CHECK(advance());
    LAZULITE_TRY(auto out, chain(FilterOp::kOr));
    if (token_.kind != Kind::kEnd) return unexpected();
    if (out.type != EdmType::kBoolean || out.is_null())
      return fail(ErrorCode::kInvalidArgument, "$filter must be a condition.");
    return out;
  }

 private:
  Result<void> advance() {
    LAZULITE_TRY(token_, lexer_.next());
    return {};
  }
  Error unexpected() const {
    if (std::find(kArithmetic.begin(), kArithmetic.end(), token_.text) != kArithmetic.end() &&
        token_.kind == Kind::kName) {
      return fail(ErrorCode::kInvalidArgument, "The operator '{}' is not supported in $filter.", token_.text);
    }
    return fail(ErrorCode::kInvalidArgument, "Syntax error at position {} in $filter.", token_.position);
  }
  bool at_word(std::string_view word) const { return token_.kind == Kind::kName && token_.text == word; }

  // or-chains of and-chains of comparisons, each one flat node.
  Result<FilterExpression> chain(FilterOp op) {
    const std::string_view word = op == FilterOp::kOr ? "or" : "and";
    LAZULITE_TRY(auto first, op == FilterOp::kOr ? chain(FilterOp::kAnd) : comparison());
    if (!at_word(word)) return first;
    FilterExpression out{op, EdmType::kBoolean, nullptr, {}, {}};
    LAZULITE_CHECK(add_condition(out, std::move(first)));
    while (at_word(word)) {
      LAZULITE_CHECK(advance());
      LAZULITE_TRY(auto next, op == FilterOp::kOr ? chain(FilterOp::kAnd) : comparison());
      LAZULITE_CHECK(add_condition(out, std::move(next)));
    }
    return out;
  }
  static Result<void> add_condition(FilterExpression& parent, FilterExpression child) {
    if (child.type != EdmType::kBoolean || child.is_null()) {
      return fail(ErrorCode::kInvalidArgument, "'and', 'or' and 'not' need conditions in $filter.");
    }
    parent.operands.push_back(std::move(child));
    return {};
  }

  Result<FilterExpression> comparison() {
    LAZULITE_TRY(auto left, unary());
    while (token_.kind == Kind::kName) {  // eq chains: (startswith(a,b) eq true) ne false
      const auto* row = std::find_if(std::begin(kComparisonRows), std::end(kComparisonRows),
                                     [this](const ComparisonRow& each) { return each.word == token_.text; });
      if (row == std::end(kComparisonRows)) break;
      if (++comparisons_ > kMaxComparisons)
        return fail(ErrorCode::kInvalidArgument, "$filter has more than {} comparisons.", kMaxComparisons);
      LAZULITE_CHECK(advance());
      LAZULITE_TRY(auto right, unary());
      LAZULITE_TRY(left, compare(row->op, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<FilterExpression> compare(FilterOp op, FilterExpression left, FilterExpression right) const {
    LAZULITE_CHECK(adapt_literal(left, right));
    LAZULITE_CHECK(adapt_literal(right, left));
    if (!left.is_null() && !right.is_null() && !comparable(left.type, right.type)) {
      return fail(ErrorCode::kInvalidArgument, "$filter compares {} with {}.", model::edm_name(left.type),
                  model::edm_name(right.type));
    }
    FilterExpression out{op, EdmType::kBoolean, nullptr, {}, {}};
    out.operands.push_back(std::move(left));
    out.operands.push_back(std::move(right));
    return out;
  }

  // Brings a literal to the type of the expression it is compared with.
  Result<void> adapt_literal(FilterExpression& literal, const FilterExpression& other) const {
    if (literal.op != FilterOp::kLiteral || literal.is_null() || other.is_null() || other.op == FilterOp::kLiteral)
      return {};
    if (const auto* text = literal.value.as<std::string>()) {
      if (!is_text(other.type)) {
        LAZULITE_TRY(literal.value, parse_value(other.type, *text));
        literal.type = other.type;
      } else if (other.op == FilterOp::kProperty) {
        LAZULITE_TRY(auto id, stored_id(*other.property, *text));
        literal.value = model::Value{std::move(id)};
      }
      return {};
    }
    if (const auto* number = literal.value.as<std::int64_t>(); number != nullptr && other.type == EdmType::kBoolean) {
      literal.value = model::Value{*number != 0};
      literal.type = EdmType::kBoolean;
    }
    return {};
  }

  // Ids compare by their stored form; one that can be no key is 400 (api.md 2.7: NET's `Id eq ''`).
  Result<std::string> stored_id(const model::Property& property, const std::string& text) const {
    if (property.has(model::kKey) || property.type == EdmType::kGuid) return normalize_key(type_, text);
    return property.name.ends_with("Id") ? normalize_any_id(text) : text;
  }

  Result<FilterExpression> unary() {
    if (++depth_ > kMaxDepth)
      return fail(ErrorCode::kInvalidArgument, "$filter is nested deeper than {} levels.", kMaxDepth);
    auto out = at_word("not") ? negation() : primary();
    --depth_;
    return out;
  }
  Result<FilterExpression> negation() {
    LAZULITE_CHECK(advance());
    LAZULITE_TRY(auto operand, unary());
    FilterExpression out{FilterOp::kNot, EdmType::kBoolean, nullptr, {}, {}};
    LAZULITE_CHECK(add_condition(out, std::move(operand)));
    return out;
  }

  Result<FilterExpression> primary() {
    if (token_.kind == Kind::kLiteral) {
      FilterExpression out{FilterOp::kLiteral, token_.type, nullptr, std::move(token_.value), {}};
      LAZULITE_CHECK(advance());
      return out;
    }
    if (token_.kind == Kind::kOpen) {
      LAZULITE_CHECK(advance());
      LAZULITE_TRY(auto out, chain(FilterOp::kOr));
      LAZULITE_CHECK(expect(Kind::kClose));
      return out;
    }
    if (token_.kind != Kind::kName) return unexpected();
    const auto name = token_.text;
    LAZULITE_CHECK(advance());
    return token_.kind == Kind::kOpen ? call(name) : named(name);
  }
  Result<void> expect(Kind kind) {
    if (token_.kind != kind) return unexpected();
    return advance();
  }

  Result<FilterExpression> named(std::string_view name) const {
    const auto* property = type_.find_property(name);
    if (property == nullptr || property->has(model::kInternal)) {
      return fail(ErrorCode::kInvalidArgument, "No property '{}' exists in type '{}.{}'.", name, model::kModelNamespace,
                  type_.name);
    }
    if (property->collection || property->type == EdmType::kComplex) {
      return fail(ErrorCode::kInvalidArgument, "The property '{}' cannot be used in $filter.", name);
    }
    return FilterExpression{FilterOp::kProperty, property->type, property, {}, {}};
  }

  Result<FilterExpression> call(std::string_view name) {
    LAZULITE_TRY(auto arguments, argument_list());
    if (name == "cast") return cast(std::move(arguments));
    const auto* row = std::find_if(std::begin(kFunctionRows), std::end(kFunctionRows),
                                   [name](const FunctionRow& each) { return each.name == name; });
    if (row == std::end(kFunctionRows))
      return fail(ErrorCode::kInvalidArgument, "Unknown function '{}' in $filter.", name);
    LAZULITE_CHECK(check_arguments(*row, arguments));
    if (row->op == FilterOp::kContains) std::swap(arguments[0], arguments[1]);
    return FilterExpression{row->op, row->result, nullptr, {}, std::move(arguments)};
  }

  Result<std::vector<FilterExpression>> argument_list() {
    std::vector<FilterExpression> out;
    LAZULITE_CHECK(advance());  // (
    while (true) {
      LAZULITE_TRY(auto argument, chain(FilterOp::kOr));
      out.push_back(std::move(argument));
      if (out.size() > 3) return unexpected();
      if (token_.kind != Kind::kComma) break;
      LAZULITE_CHECK(advance());
    }
    LAZULITE_CHECK(expect(Kind::kClose));
    return out;
  }

  static Result<void> check_arguments(const FunctionRow& row, const std::vector<FilterExpression>& arguments) {
    const auto optional = std::count(row.parameters.begin(), row.parameters.end(), 'I');
    const auto most = row.parameters.size();
    if (arguments.size() > most || arguments.size() + static_cast<std::size_t>(optional) < most) {
      return fail(ErrorCode::kInvalidArgument, "The function '{}' in $filter takes {} arguments.", row.name, most);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto type = arguments[i].type;
      const char wanted = row.parameters[i];
      const bool whole = type == EdmType::kInt32 || type == EdmType::kInt64;
      const bool fits = arguments[i].is_null() || (wanted == 's'   ? is_text(type)
                                                   : wanted == 'd' ? type == EdmType::kDateTime
                                                                   : whole);
      const auto* number = arguments[i].value.as<std::int64_t>();
      if (!fits || (number != nullptr && (*number < 0 || *number > INT32_MAX))) {
        return fail(ErrorCode::kInvalidArgument, "Argument {} of '{}' in $filter does not fit.", i + 1, row.name);
      }
    }
    return {};
  }

  // cast(Prop,'Edm.X'): our rows hold enums as the numbers they are cast to, so it is the value itself (api.md 3).
  static Result<FilterExpression> cast(std::vector<FilterExpression> arguments) {
    if (arguments.size() != 2 || arguments[1].op != FilterOp::kLiteral ||
        arguments[1].value.as<std::string>() == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "cast in $filter takes a value and the name of a type in quotes.");
    }
    return std::move(arguments[0]);
  }

  const model::EntityType& type_;
  FilterLexer lexer_;
  FilterToken token_;
  int depth_ = 0;
  int comparisons_ = 0;
};

}  // namespace

bool FilterExpression::nullable() const {
  switch (op) {
    case FilterOp::kLiteral:
      return value.is_null();
    case FilterOp::kProperty:
      return property->nullable;
    default:
      return std::any_of(operands.begin(), operands.end(),
                         [](const FilterExpression& each) { return each.nullable(); });
  }
}

bool FilterExpression::uses_computed() const {
  if (op == FilterOp::kProperty) return property->has(model::kComputed);
  return std::any_of(operands.begin(), operands.end(),
                     [](const FilterExpression& each) { return each.uses_computed(); });
}

Result<FilterExpression> parse_filter(const model::EntityType& type, std::string_view text) {
  if (text.size() > kMaxTextBytes)
    return fail(ErrorCode::kInvalidArgument, "$filter is longer than {} bytes.", kMaxTextBytes);
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "$filter is not valid UTF-8 text.");
  }
  return Parser(type, text).run();
}

}  // namespace lazulite::odata
