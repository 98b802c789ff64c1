#include "server/auth/form.hpp"

#include "schema/base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace lazulite::auth {
namespace {

// `request` with json:true sends the form as one JSON string.
std::string unwrap_json_string(std::string_view body) {
  body = trim(body);
  if (!body.starts_with('"')) return std::string{body};
  boost::json::error_code error;
  const auto value = boost::json::parse(body, error);
  return !error && value.is_string() ? std::string{value.get_string()} : std::string{body};
}

Result<std::string> decode(std::string_view text) {
  LAZULITE_TRY(auto decoded, percent_decode(trim(text), true));
  if (decoded.find('\0') != std::string::npos || !is_valid_utf8(decoded)) {
    return fail(ErrorCode::kInvalidArgument, "the request body holds U+0000 or is not UTF-8");
  }
  return decoded;
}

}  // namespace

Result<Form> Form::parse(std::string_view body) {
  if (body.size() > kMaxBytes) return fail(ErrorCode::kTooLarge, "the request body has more than {} bytes", kMaxBytes);
  const std::string text = unwrap_json_string(body);
  const auto pairs = split(text, '&');
  if (pairs.size() > kMaxFields)
    return fail(ErrorCode::kTooLarge, "the request body has more than {} fields", kMaxFields);
  Form form;
  for (const auto pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    LAZULITE_TRY(auto name, decode(pair.substr(0, equals)));
    LAZULITE_TRY(auto value, decode(pair.substr(equals + 1)));
    form.fields_.emplace_back(std::move(name), std::move(value));
  }
  return form;
}

std::string_view Form::value_of(std::string_view name) const {
  const auto at = std::ranges::find_if(fields_, [&](const auto& field) {
    return equals_ignoring_case(field.first, name) && !trim(field.second).empty();
  });
  return at == fields_.end() ? std::string_view{} : std::string_view{at->second};
}

std::optional<std::string> Form::find(std::string_view name) const {
  const auto value = trim(value_of(name));
  return value.empty() ? std::nullopt : std::optional{std::string{value}};
}

std::vector<std::string> Form::find_secret(std::string_view name) const {
  const auto value = value_of(name);
  return value.empty() ? std::vector<std::string>{} : secret_readings(value);
}

std::vector<std::string> secret_readings(std::string_view decoded) {
  std::string with_plus{decoded};
  std::ranges::replace(with_plus, ' ', '+');
  return {std::string{trim(decoded)}, std::move(with_plus)};
}

}  // namespace lazulite::auth
