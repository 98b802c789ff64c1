// Every error answer of the token endpoints, status, code and text together: the Access Control Service's
// (accounts-storage.md B.1) and Azure Active Directory's (B.2). `request` is only read for its ids.
#pragma once

#include "schema/base/time.hpp"
#include "server/http/message.hpp"

#include <string_view>

namespace lazulite::auth {

enum class AcsError {
  kInvalidRequest,  // a field is missing or the body is no form
  kUnsupportedGrantType,
  kInvalidScope,
  kInvalidClient,  // unknown account or wrong key: the same answer, so that names cannot be tried out
  kUnavailable,
};

enum class AadError {
  kMissingField,
  kUnreadableBody,
  kUnsupportedGrantType,
  kUnknownApplication,
  kWrongSecret,
  kUnknownResource,
  kUnavailable,
};

// `what` completes the catalogue's text: a field's name, a grant type.
http::Response acs_error(AcsError error, std::string_view what, const http::Request& request);
http::Response aad_error(AadError error, std::string_view what, const http::Request& request, Timestamp now);

// JSON that no cache keeps, with the ids of the request.
http::Response token_json(unsigned status, std::string body, const http::Request& request);

// 404 and 405 of paths that are no token endpoint.
http::Response not_found(const http::Request& request);
http::Response method_not_allowed(std::string_view allowed, const http::Request& request);

}  // namespace lazulite::auth
