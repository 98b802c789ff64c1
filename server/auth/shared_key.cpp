#include "server/auth/shared_key.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace lazulite::auth {
namespace {

constexpr auto kClockSkew = std::chrono::minutes{15};

// Standard headers in the order in which SharedKey signs their values.
constexpr std::string_view kSignedHeaders[] = {
    "Content-Encoding",  "Content-Language", "Content-Length", "Content-MD5",         "Content-Type", "Date",
    "If-Modified-Since", "If-Match",         "If-None-Match",  "If-Unmodified-Since", "Range"};

Error denied(std::string message) { return {ErrorCode::kForbidden, std::move(message), "AuthenticationFailed"}; }

// Runs of white space count as one space.
std::string fold(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    const bool is_space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_space) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string canonical_headers(const http::Headers& headers) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : headers) {
    auto lower = to_lower(name);
    if (lower.starts_with("x-ms-")) sorted[std::move(lower)] = fold(value);
  }
  std::string out;
  for (const auto& [name, value] : sorted) out += name + ":" + value + "\n";
  return out;
}

std::string canonical_resource(const http::Request& request, std::string_view account) {
  std::map<std::string, std::vector<std::string>> parameters;
  for (const auto parameter : split(request.query, '&')) {
    if (parameter.empty()) continue;
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto decode = [](std::string_view text) {
      auto decoded = percent_decode(text);
      return decoded ? std::move(*decoded) : std::string{text};
    };
    parameters[to_lower(decode(parameter.substr(0, equals)))].push_back(
        decode(parameter.substr(std::min(equals + 1, parameter.size()))));
  }
  std::string out = fmt::format("/{}{}", account, request.path);
  for (auto& [name, values] : parameters) {
    std::sort(values.begin(), values.end());
    out += fmt::format("\n{}:{}", name, fmt::join(values, ","));
  }
  return out;
}

Result<void> check_date(const http::Request& request, Timestamp now) {
  auto text = request.headers.get("x-ms-date");
  if (text.empty()) text = request.headers.get("Date");
  const auto date = parse_http_date(text);
  if (date && *date >= now - kClockSkew && *date <= now + kClockSkew) return {};
  return denied(fmt::format("The Date header '{}' is missing, malformed or more than 15 minutes off", text));
}

}  // namespace

std::string shared_key_string(const http::Request& request, std::string_view account, std::string_view zero_length) {
  const bool has_ms_date = request.headers.find("x-ms-date").has_value();
  std::string out = request.method + "\n";
  for (const auto name : kSignedHeaders) {
    auto value = request.headers.get(name);
    if (name == "Date" && has_ms_date) value = {};
    if (name == "Content-Length" && (value == "0" || value.empty())) value = zero_length;
    (out += value) += '\n';
  }
  return out + canonical_headers(request.headers) + canonical_resource(request, account);
}

std::string shared_key_lite_string(const http::Request& request, std::string_view account) {
  const auto& headers = request.headers;
  const auto date = headers.find("x-ms-date") ? std::string_view{} : headers.get("Date");
  auto out = fmt::format("{}\n{}\n{}\n{}\n{}/{}{}", request.method, headers.get("Content-MD5"),
                         headers.get("Content-Type"), date, canonical_headers(headers), account, request.path);
  if (const auto comp = form_value(request.query, "comp")) out += "?comp=" + *comp;
  return out;
}

Result<void> verify_shared_key(const http::Request& request, std::string_view account, std::span<const AccountKey> keys,
                               Timestamp now) {
  const auto header = trim(request.headers.get("Authorization"));
  const auto space = header.find(' '), colon = header.rfind(':');
  const auto scheme = header.substr(0, space);
  const bool is_lite = equals_ignoring_case(scheme, "SharedKeyLite");
  if ((!is_lite && !equals_ignoring_case(scheme, "SharedKey")) || colon == std::string_view::npos || colon < space) {
    return fail_with(ErrorCode::kInvalidArgument, "InvalidAuthenticationInfo",
                     "the Authorization header is not SharedKey account:signature");
  }
  if (trim(header.substr(space, colon - space)) != account)
    return denied("The Authorization header names another account");
  LAZULITE_CHECK(check_date(request, now));
  const auto signature = trim(header.substr(colon + 1));
  std::vector<std::string> texts;  // a length of zero is signed in two ways, whatever the version says
  if (is_lite) {
    texts = {shared_key_lite_string(request, account)};
  } else {
    texts = {shared_key_string(request, account, ""), shared_key_string(request, account, "0")};
  }
  for (const auto& key : keys) {
    for (const auto& text : texts) {
      if (!key.empty() && equal_in_constant_time(sign(key, text), signature)) return {};
    }
  }
  return denied(
      "The MAC signature found in the HTTP request is not the same as any computed signature. Server used following "
      "string to sign: '" +
      texts.front() + "'.");
}

}  // namespace lazulite::auth
