#include "server/auth/error_catalog.hpp"

#include "schema/base/ids.hpp"

#include <boost/json.hpp>

namespace lazulite::auth {
namespace {

namespace json = boost::json;

struct Row {
  unsigned status;
  const char* error;
  int number;        // of the ACS or AADSTS code
  const char* text;  // {} is what the caller adds
};

Row row_of(AcsError error) {
  switch (error) {
    case AcsError::kInvalidRequest:
      return {400, "invalid_request", 90002, "The request is not valid: {}."};
    case AcsError::kUnsupportedGrantType:
      return {400, "unsupported_grant_type", 90003, "The grant type '{}' is not offered."};
    case AcsError::kInvalidScope:
      return {400, "invalid_scope", 50001, "The scope '{}' is not known."};
    case AcsError::kInvalidClient:
      return {401, "invalid_client", 50012, "Authentication failed.{}"};
    case AcsError::kUnavailable:
      break;
  }
  return {503, "temporarily_unavailable", 90046, "The service is not available, try again.{}"};
}

Row row_of(AadError error) {
  switch (error) {
    case AadError::kMissingField:
      return {400, "invalid_request", 900144, "The request body must contain the following parameter: '{}'."};
    case AadError::kUnreadableBody:
      return {400, "invalid_request", 90013, "Invalid input received from the user: {}."};
    case AadError::kUnsupportedGrantType:
      return {400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type: {}."};
    case AadError::kUnknownApplication:
      return {400, "unauthorized_client", 700016, "Application with identifier '{}' was not found in the directory."};
    case AadError::kWrongSecret:
      return {401, "invalid_client", 70002,
              "Error validating credentials. AADSTS50012: Invalid client secret is provided.{}"};
    case AadError::kUnknownResource:
      return {400, "invalid_resource", 50001, "The resource principal named {} was not found in the tenant."};
    case AadError::kUnavailable:
      break;
  }
  return {503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.{}"};
}

}  // namespace

http::Response token_json(unsigned status, std::string body, const http::Request& request) {
  auto response = http::Response::text(status, "application/json; charset=utf-8", std::move(body));
  response.headers.set("Cache-Control", "no-cache, no-store");
  response.headers.set("Pragma", "no-cache");
  response.headers.set("Expires", "-1");
  response.headers.set("request-id", request.id);
  response.headers.set("x-ms-request-id", request.id);
  response.headers.set("X-Content-Type-Options", "nosniff");
  // ADAL compares the id it sent with the one that comes back.
  if (const auto id = request.headers.find("client-request-id"))
    response.headers.set("client-request-id", std::string{*id});
  return response;
}

http::Response acs_error(AcsError error, std::string_view what, const http::Request& request) {
  const Row row = row_of(error);
  const std::string text = fmt::format("ACS{}: {}", row.number, fmt::format(fmt::runtime(row.text), what));
  const json::object body{{"error", row.error}, {"error_description", text}};
  return token_json(row.status, json::serialize(body), request);
}

http::Response aad_error(AadError error, std::string_view what, const http::Request& request, Timestamp now) {
  const Row row = row_of(error);
  const auto client_id = Uuid::parse(request.headers.get("client-request-id"));
  const std::string correlation_id = client_id ? client_id->text() : request.id;
  std::string timestamp = format_iso8601_seconds(now);
  timestamp[10] = ' ';  // "2024-05-01 10:00:00Z"
  const std::string text =
      fmt::format("AADSTS{}: {}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}", row.number,
                  fmt::format(fmt::runtime(row.text), what), request.id, correlation_id, timestamp);
  const json::object body{
      {"error", row.error},     {"error_description", text}, {"error_codes", json::array{row.number}},
      {"timestamp", timestamp}, {"trace_id", request.id},    {"correlation_id", correlation_id}};
  auto response = token_json(row.status, json::serialize(body), request);
  // RFC 6749 §5.2: a client that tried HTTP authentication is told the scheme.
  if (row.status == 401 && request.headers.find("Authorization")) response.headers.set("WWW-Authenticate", "Basic");
  return response;
}

http::Response not_found(const http::Request& request) {
  return token_json(404, R"({"error":"not_found","error_description":"This is no token endpoint."})", request);
}

http::Response method_not_allowed(std::string_view allowed, const http::Request& request) {
  auto response =
      token_json(405, R"({"error":"invalid_request","error_description":"The method is not allowed here."})", request);
  response.headers.set("Allow", std::string{allowed});
  return response;
}

}  // namespace lazulite::auth
