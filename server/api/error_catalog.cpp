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

}  // namespace lazulite::api
