#include "server/manage/error_catalog.hpp"

#include "schema/base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace lazulite::manage {
namespace {

namespace json = boost::json;

struct Entry {
  ErrorCode error;
  unsigned status;
  std::string_view classic, arm;
};

constexpr Entry kCatalog[] = {
    {ErrorCode::kInvalidArgument, 400, "BadRequest", "InvalidParameter"},
    {ErrorCode::kUnauthorized, 401, "AuthenticationFailed", "AuthenticationFailed"},
    {ErrorCode::kForbidden, 403, "ForbiddenError", "Forbidden"},
    {ErrorCode::kNotFound, 404, "NotFound", "ResourceNotFound"},
    {ErrorCode::kUnsupported, 405, "MethodNotAllowed", "MethodNotAllowed"},
    {ErrorCode::kConflict, 409, "Conflict", "Conflict"},
    {ErrorCode::kPreconditionFailed, 412, "PreconditionFailed", "PreconditionFailed"},
    {ErrorCode::kTooLarge, 413, "RequestBodyTooLarge", "RequestTooLarge"},
    {ErrorCode::kInternal, 500, "InternalServerError", "InternalServerError"},
};

const Entry& entry_of(const Error& error) {
  const auto found = std::find_if(std::begin(kCatalog), std::end(kCatalog),
                                  [&error](const Entry& each) { return each.error == error.code; });
  return found == std::end(kCatalog) ? kCatalog[std::size(kCatalog) - 1] : *found;
}

std::string message_of(const Error& error, const Entry& entry) {
  if (entry.status >= 500) return "The server encountered an internal error. Please retry the request.";
  return error.message;
}

// One line, so that it can stand in the status line.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

void ask_for_token(const Entry& entry, http::Response& response) {
  if (entry.status == 401) response.headers.set("WWW-Authenticate", "Bearer");
}

}  // namespace

http::Response classic_error(const Error& error, bool as_xml) {
  const auto& entry = entry_of(error);
  const auto message = message_of(error, entry);
  std::string body;
  if (as_xml) {
    body = fmt::format(
        "<Error xmlns=\"http://schemas.microsoft.com/windowsazure\"><Code>{}</Code><Message>{}</Message></Error>",
        entry.classic, xml_escape(message));
  } else {
    body = json::serialize(json::object{{"Code", entry.classic}, {"Message", message}});
  }
  auto response = http::Response::text(
      entry.status, as_xml ? "application/xml; charset=utf-8" : "application/json; charset=utf-8", std::move(body));
  response.reason = one_line(message);
  ask_for_token(entry, response);
  return response;
}

http::Response arm_error(const Error& error) {
  const auto& entry = entry_of(error);
  const json::object body{
      {"error", json::object{{"code", error.detail.empty() ? entry.arm : std::string_view{error.detail}},
                             {"message", message_of(error, entry)}}}};
  auto response = http::Response::text(entry.status, "application/json; charset=utf-8", json::serialize(body));
  ask_for_token(entry, response);
  return response;
}

}  // namespace lazulite::manage
