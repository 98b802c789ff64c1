#include "server/api/skip_token.hpp"

#include "schema/base/text.hpp"

#include <charconv>
#include <cmath>

namespace lazulite::api {
namespace {

using model::EdmType;
using model::Value;

Error bad_token() { return fail(ErrorCode::kInvalidArgument, "The value of $skiptoken is not valid."); }

std::string_view unquoted(std::string_view token) {
  token = trim(token);
  if (token.size() >= 2 && token.front() == '\'' && token.back() == '\'') token = token.substr(1, token.size() - 2);
  return token;
}

// One letter for the kind, then the value: n, i5, d0x1.8p+1, tText (percent-encoded), m1714557600123456 (microseconds).
std::string encode(const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag ? "i1" : "i0";
  if (const auto* number = value.as<std::int64_t>()) return fmt::format("i{}", *number);
  if (const auto* number = value.as<double>()) return fmt::format("d{:a}", *number);
  if (const auto* text = value.as<std::string>()) return "t" + percent_encode(*text);
  if (const auto* time = value.as<Timestamp>()) return fmt::format("m{}", time->time_since_epoch().count());
  return "n";
}

char kind_of(EdmType type) {
  switch (type) {
    case EdmType::kInt32:
    case EdmType::kInt64:
    case EdmType::kBoolean:
      return 'i';
    case EdmType::kDouble:
      return 'd';
    case EdmType::kDateTime:
      return 'm';
    default:
      return 't';
  }
}

// "0x1.8p+1" without its 0x, with a sign.
Result<Value> decode_double(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!text.starts_with("0x")) return bad_token();
  text.remove_prefix(2);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::hex);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return bad_token();
  return Value{negative ? -number : number};
}

Result<Value> decode(const model::Property& property, std::string_view text) {
  if (text == "n" && property.nullable) return Value{};
  if (text.empty() || text.front() != kind_of(property.type)) return bad_token();
  const auto rest = text.substr(1);
  if (text.front() == 'd') return decode_double(rest);
  if (text.front() == 't') {
    const auto decoded = percent_decode(rest);
    if (!decoded || !is_valid_utf8(*decoded) || decoded->find('\0') != std::string::npos) return bad_token();
    return Value{*decoded};
  }
  const auto number = parse_int64(rest);
  if (!number) return bad_token();
  if (text.front() == 'm') return Value{Timestamp{std::chrono::microseconds{*number}}};
  if (property.type == EdmType::kBoolean) return Value{*number != 0};
  return Value{*number};
}

}  // namespace

std::string make_skip_token(std::span<const rows::Order> order, const model::Record& last) {
  std::string out = "'";
  for (const auto& each : order) {
    if (&each != order.data()) out += ',';
    out += encode(last.values[last.type->index_of(*each.property)]);
  }
  return out + "'";
}

Result<std::vector<Value>> parse_skip_token(std::span<const rows::Order> order, std::string_view token) {
  const auto parts = split(unquoted(token), ',');
  if (parts.size() != order.size()) return bad_token();
  std::vector<Value> out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    LAZULITE_TRY(auto value, decode(*order[i].property, parts[i]));
    out.push_back(std::move(value));
  }
  return out;
}

std::string make_offset_token(std::int64_t offset) { return fmt::format("'o{}'", offset); }

Result<std::int64_t> parse_offset_token(std::string_view token) {
  const auto text = unquoted(token);
  const auto number = text.starts_with('o') ? parse_int64(text.substr(1)) : std::nullopt;
  if (!number || *number < 0) return bad_token();
  return *number;
}

}  // namespace lazulite::api
