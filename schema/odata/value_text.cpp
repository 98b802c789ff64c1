#include "schema/odata/value_text.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

#include <cmath>

namespace lazulite::odata {
namespace {

using model::EdmType;
using model::Value;

Error not_a(std::string_view what, std::string_view text) {
  return fail(ErrorCode::kInvalidArgument, "'{}' is not {}.", text.substr(0, 100), what);
}

Result<Value> parse_integer(std::string_view text, EdmType type) {
  const auto number = parse_int64(trim(text));
  if (!number || (type == EdmType::kInt32 && (*number < INT32_MIN || *number > INT32_MAX))) {
    return not_a(type == EdmType::kInt32 ? "a 32-bit whole number" : "a whole number", text);
  }
  return Value{*number};
}

Result<Value> parse_boolean(std::string_view text) {
  const auto word = trim(text);
  if (equals_ignoring_case(word, "true") || word == "1") return Value{true};
  if (equals_ignoring_case(word, "false") || word == "0") return Value{false};
  return not_a("a Boolean", text);
}

}  // namespace

Result<Value> parse_value(EdmType type, std::string_view text) {
  switch (type) {
    case EdmType::kString:
      if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
        return fail(ErrorCode::kInvalidArgument, "The text is not valid UTF-8, or holds U+0000.");
      }
      return Value{std::string{text}};
    case EdmType::kInt32:
    case EdmType::kInt64:
      return parse_integer(text, type);
    case EdmType::kDouble: {
      const auto number = parse_double(trim(text));
      if (!number || !std::isfinite(*number)) return not_a("a number", text);
      return Value{*number};
    }
    case EdmType::kBoolean:
      return parse_boolean(text);
    case EdmType::kDateTime: {
      LAZULITE_TRY(const auto time, parse_time(trim(text)));
      return Value{time};
    }
    case EdmType::kGuid: {
      LAZULITE_TRY(const auto guid, Uuid::parse(trim(text)));
      return Value{guid.text()};
    }
    case EdmType::kComplex:
      break;
  }
  return not_a("an object", text);
}

std::string double_text(double value) {
  constexpr double kExact = 1e15;  // below it, a whole number has no other text
  if (std::abs(value) < kExact && value == std::floor(value) && !std::signbit(value))
    return std::to_string(static_cast<std::int64_t>(value));
  auto text = fmt::format("{}", value);
  if (text.find('e') != std::string::npos && std::abs(value) < 1e16 && value == std::floor(value))
    text = fmt::format("{:.0f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string value_text(const model::Property& property, const Value& value) {
  if (value.is_null()) return {};
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
  if (const auto* number = value.as<std::int64_t>()) {
    if (property.type == EdmType::kBoolean) return *number != 0 ? "true" : "false";
    return std::to_string(*number);
  }
  if (const auto* number = value.as<double>()) return double_text(*number);
  if (const auto* time = value.as<Timestamp>()) return format_iso8601(*time);
  return {};
}

Value default_value(const model::Property& property) {
  if (property.collection) return Value{model::CollectionValue{}};
  if (property.nullable) return {};
  switch (property.type) {
    case EdmType::kInt32:
    case EdmType::kInt64:
      return Value{std::int64_t{0}};
    case EdmType::kDouble:
      return Value{0.0};
    case EdmType::kBoolean:
      return Value{false};
    case EdmType::kDateTime:
      return Value{dotnet_min_time()};
    case EdmType::kString:
      return Value{std::string{}};
    case EdmType::kGuid:
      return Value{Uuid{}.text()};
    case EdmType::kComplex:
      break;
  }
  model::ComplexValue out;
  for (const auto& member : property.complex->properties) out.members.push_back(default_value(member));
  return Value{std::move(out)};
}

}  // namespace lazulite::odata
