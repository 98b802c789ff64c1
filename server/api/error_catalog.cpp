#include "server/api/error_catalog.hpp"

namespace lazulite::api {

unsigned status_of(const Error& error) {
  if (error.detail == kMethodNotAllowed) return 405;
  if (error.detail == kUnsupportedMediaType) return 415;
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kPreconditionFailed:
      return 412;
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

std::string public_message(const Error& error) {
  switch (status_of(error)) {
    case 500:
      return "An error occurred while processing this request.";
    case 503:
      return "Server is busy.";
    default:
      return error.message;
  }
}

std::string_view reason_of(unsigned status) {
  struct Reason {
    unsigned status;
    std::string_view text;
  };
  static constexpr Reason kReasons[] = {
      {kOk, "OK"},
      {kCreated, "Created"},
      {kAccepted, "Accepted"},
      {kNoContent, "No Content"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Payload Too Large"},
      {415, "Unsupported Media Type"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
  };
  for (const auto& each : kReasons) {
    if (each.status == status) return each.text;
  }
  return "Internal Server Error";
}

}  // namespace lazulite::api
