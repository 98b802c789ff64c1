#include "server/blob/cors.hpp"

#include "schema/base/text.hpp"
#include "server/blob/error_catalog.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

// "*", the same text, or "https://*.example.org" for any label in the star's place.
bool origin_matches(std::string_view pattern, std::string_view origin) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == origin;
  return origin.size() + 1 >= pattern.size() && origin.starts_with(pattern.substr(0, star)) &&
         origin.ends_with(pattern.substr(star + 1));
}

bool header_matches(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? starts_with_ignoring_case(name, pattern.substr(0, pattern.size() - 1))
                                : equals_ignoring_case(pattern, name);
}

template <class F>
bool any(const std::vector<std::string>& values, F&& matches) {
  return std::any_of(values.begin(), values.end(), matches);
}

bool matches(const CorsRule& rule, std::string_view origin, std::string_view method) {
  return any(rule.origins, [&](const auto& pattern) { return origin_matches(pattern, origin); }) &&
         any(rule.methods, [&](const auto& allowed) { return equals_ignoring_case(allowed, method); });
}

bool allows_headers(const CorsRule& rule, std::string_view requested) {
  for (const auto part : split(requested, ',')) {
    const auto name = trim(part);
    if (!name.empty() && !any(rule.allowed_headers, [&](const auto& pattern) { return header_matches(pattern, name); }))
      return false;
  }
  return true;
}

// Names of the answer's headers that the rule exposes; listed one by one, as old browsers know no "*".
std::string exposed(const CorsRule& rule, const http::Headers& headers) {
  std::string out = "Content-Length";
  for (const auto& [name, value] : headers) {
    if (!any(rule.exposed_headers,
             [&, header = std::string_view{name}](const auto& pattern) { return header_matches(pattern, header); }))
      continue;
    out += "," + name;
  }
  return out;
}

}  // namespace

std::vector<CorsRule> default_cors_rules() {
  return {{{"*"}, {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "MERGE"}, {"*"}, {"*"}, 86'400}};
}

Result<http::Response> preflight(const std::vector<CorsRule>& rules, const http::Request& request) {
  const auto origin = request.headers.get("Origin"), method = request.headers.get("Access-Control-Request-Method");
  if (origin.empty()) return bad_header("Origin");
  if (method.empty()) return bad_header("Access-Control-Request-Method");
  const auto requested = request.headers.get("Access-Control-Request-Headers");
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const CorsRule& candidate) {
    return matches(candidate, origin, method) && allows_headers(candidate, requested);
  });
  if (rule == rules.end())
    return fail_with(ErrorCode::kForbidden, "CorsPreflightFailure", "no CORS rule matches this request");
  http::Response response;
  response.headers.set("Access-Control-Allow-Origin", std::string{origin});
  response.headers.set("Access-Control-Allow-Methods", std::string{method});
  if (!requested.empty()) response.headers.set("Access-Control-Allow-Headers", std::string{requested});
  response.headers.set("Access-Control-Max-Age", std::to_string(rule->max_age_seconds));
  response.headers.set("Access-Control-Allow-Credentials", "true");
  response.headers.set("Vary", "Origin");
  return response;
}

void add_cors_headers(const std::vector<CorsRule>& rules, const http::Request& request, http::Response& response) {
  const auto origin = request.headers.get("Origin");
  if (origin.empty()) return;
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const CorsRule& candidate) { return matches(candidate, origin, request.method); });
  if (rule == rules.end()) return;
  const auto names = exposed(*rule, response.headers);
  if (any(rule->origins, [](const auto& pattern) { return pattern == "*"; })) {
    response.headers.set("Access-Control-Allow-Origin", "*");
  } else {
    response.headers.set("Access-Control-Allow-Origin", std::string{origin});
    response.headers.set("Access-Control-Allow-Credentials", "true");
    response.headers.set("Vary", "Origin");
  }
  response.headers.set("Access-Control-Expose-Headers", names);
}

}  // namespace lazulite::blob
