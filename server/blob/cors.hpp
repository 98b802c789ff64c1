// Cross-origin rules of the blob service (accounts-storage.md C.3, CORS). Pure functions.
#pragma once

#include "server/http/message.hpp"

#include <string>
#include <vector>

namespace lazulite::blob {

struct CorsRule {
  std::vector<std::string> origins, methods, allowed_headers,
      exposed_headers;  // "*" allows all; a header may end in '*'
  std::int64_t max_age_seconds = 0;
};

// Until an account sets its own: one rule that allows everything. A portal and browser uploads need it, and signatures
// guard the data.
std::vector<CorsRule> default_cors_rules();

// The answer to OPTIONS: InvalidArgument "InvalidHeaderValue" without Origin or Access-Control-Request-Method,
// Forbidden "CorsPreflightFailure" when no rule matches.
Result<http::Response> preflight(const std::vector<CorsRule>& rules, const http::Request& request);

// Adds what the first matching rule grants to the answer of an ordinary request; nothing without Origin or match.
void add_cors_headers(const std::vector<CorsRule>& rules, const http::Request& request, http::Response& response);

}  // namespace lazulite::blob
