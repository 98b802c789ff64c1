#include "server/blob/error_catalog.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

struct Entry {
  std::string_view code;
  unsigned status;
  std::string_view message;
};

constexpr Entry kCatalog[] = {
    {"AuthenticationFailed", 403,
     "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
     "including the signature."},
    {"AuthorizationPermissionMismatch", 403,
     "This request is not authorized to perform this operation using this permission."},
    {"AuthorizationProtocolMismatch", 403,
     "This request is not authorized to perform this operation using this protocol."},
    {"AuthorizationSourceIPMismatch", 403,
     "This request is not authorized to perform this operation using this source IP."},
    {"AuthorizationFailure", 403, "This request is not authorized to perform this operation."},
    {"UnauthorizedBlobOverwrite", 403, "This request is not authorized to perform blob overwrites."},
    {"CorsPreflightFailure", 403, "CORS not enabled or no matching rule found for this request."},
    {"BlobAlreadyExists", 409, "The specified blob already exists."},
    {"BlobNotFound", 404, "The specified blob does not exist."},
    {"BlockCountExceedsLimit", 409, "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks."},
    {"BlockListTooLong", 400, "The block list may not contain more than 50,000 blocks."},
    {"CannotVerifyCopySource", 404, "The specified copy source cannot be read."},
    {"CannotVerifyCopySource", 403, "This request is not authorized to read the specified copy source."},
    {"ConditionNotMet", 412, "The condition specified using HTTP conditional header(s) is not met."},
    {"ContainerAlreadyExists", 409, "The specified container already exists."},
    {"ContainerNotFound", 404, "The specified container does not exist."},
    {"FeatureNotSupported", 409, "This feature is not offered by this storage service."},
    {"InsufficientStorage", 507, "The server has no room left to store the data. Nothing was stored."},
    {"InternalError", 500, "The server encountered an internal error. Please retry the request."},
    {"InvalidAuthenticationInfo", 400,
     "Authentication information is not given in the correct format. Check the value of Authorization header."},
    {"InvalidBlobOrBlock", 400, "The specified blob or block content is invalid."},
    {"InvalidBlobType", 409, "The blob type is invalid for this operation."},
    {"InvalidBlockId", 400, "The specified block ID is invalid. The block ID must be Base64-encoded."},
    {"InvalidBlockList", 400, "The specified block list is invalid."},
    {"InvalidHeaderValue", 400, "The value for one of the HTTP headers is not in the correct format."},
    {"InvalidInput", 400, "One of the request inputs is not valid."},
    {"InvalidMd5", 400,
     "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64 encoded."},
    {"InvalidMetadata", 400,
     "The metadata specified is invalid. It has characters that are not permitted, or is too large."},
    {"InvalidQueryParameterValue", 400,
     "Value for one of the query parameters specified in the request URI is invalid."},
    {"InvalidRange", 416, "The range specified is invalid for the current size of the resource."},
    {"InvalidResourceName", 400, "The specified resource name contains invalid characters."},
    {"InvalidUri", 400, "The requested URI does not represent any resource on the server."},
    {"InvalidXmlDocument", 400, "XML specified is not syntactically valid."},
    {"Md5Mismatch", 400,
     "The MD5 value specified in the request did not match with the MD5 value calculated by the server."},
    {"MissingContentLengthHeader", 411, "The content length header was not specified."},
    {"MissingRequiredHeader", 400, "An HTTP header that's mandatory for this request is not specified."},
    {"NoPendingCopyOperation", 409, "There is currently no pending copy operation."},
    {"OutOfRangeInput", 400, "One of the request inputs is out of range."},
    {"RequestBodyTooLarge", 413, "The request body is too large and exceeds the maximum permissible limit."},
    {"ResourceNotFound", 404, "The specified resource does not exist."},
    {"ServerBusy", 503, "The server is currently unable to receive requests. Please retry your request."},
    {"SourceConditionNotMet", 412, "The source condition specified using HTTP conditional header(s) is not met."},
    {"UnsupportedHttpVerb", 405, "The resource doesn't support specified Http Verb."},
    {"MessageNotFound", 404, "The specified message does not exist."},
    {"MessageTooLarge", 400, "The message exceeds the maximum allowed size."},
    {"MissingRequiredQueryParameter", 400, "A query parameter that's mandatory for this request is not specified."},
    {"OutOfRangeQueryParameterValue", 400,
     "One of the query parameters specified in the request URI is outside the permissible range."},
    {"PopReceiptMismatch", 400, "The specified pop receipt did not match the pop receipt for a dequeued message."},
    {"QueueAlreadyExists", 409, "The specified queue already exists."},
    {"QueueNotFound", 404, "The specified queue does not exist."},
};

std::string_view code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kConflict:
      return "InvalidInput";
    case ErrorCode::kNotFound:
      return "ResourceNotFound";
    case ErrorCode::kPreconditionFailed:
      return "ConditionNotMet";
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
      return "AuthenticationFailed";
    case ErrorCode::kUnsupported:
      return "FeatureNotSupported";
    case ErrorCode::kTooLarge:
      return "RequestBodyTooLarge";
    case ErrorCode::kCancelled:
      return "ServerBusy";
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return "InternalError";
  }
  return "InternalError";
}

const Entry& entry_of(const Error& error) {
  const auto find = [](std::string_view code) {
    return std::find_if(std::begin(kCatalog), std::end(kCatalog),
                        [&](const Entry& entry) { return entry.code == code; });
  };
  auto named = find(error.detail);
  const bool has_next = named != std::end(kCatalog) && std::next(named) != std::end(kCatalog);
  if (has_next && error.code == ErrorCode::kForbidden && std::next(named)->code == named->code)
    ++named;  // the row for 403 follows the other of the same code
  return named != std::end(kCatalog) ? *named : *find(code_of(error.code));
}

std::string element(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, xml_escape(text));
}

// The parts that only some codes have.
std::string details(const Entry& entry, const Error& error, const http::Request& request) {
  if (entry.status == 403 && !error.message.empty()) return element("AuthenticationErrorDetail", error.message);
  if (entry.code == "InvalidHeaderValue") {
    return element("HeaderName", error.message) + element("HeaderValue", request.headers.get(error.message));
  }
  if (entry.code == "MissingRequiredHeader") return element("HeaderName", error.message);
  if (entry.code.ends_with("QueryParameterValue") || entry.code == "MissingRequiredQueryParameter") {
    return element("QueryParameterName", error.message) +
           element("QueryParameterValue", form_value(request.query, error.message).value_or("")) +
           element("Reason", "Invalid value.");
  }
  return {};
}

}  // namespace

http::Response error_response(const Error& error, const http::Request& request, Timestamp now) {
  const auto& entry = entry_of(error);
  const auto message = fmt::format("{}\nRequestId:{}\nTime:{}", entry.message, request.id, format_iso8601(now));
  http::Response response;
  response.status = entry.status;
  response.headers.set("x-ms-error-code", std::string{entry.code});
  if (request.method == "HEAD") return response;
  response.headers.set("Content-Type", "application/xml");
  response.body.append("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error>" + element("Code", entry.code) +
                       element("Message", message) + details(entry, error, request) + "</Error>");
  return response;
}

Error bad_header(std::string_view name) {
  return {ErrorCode::kInvalidArgument, std::string{name}, "InvalidHeaderValue"};
}
Error missing_header(std::string_view name) {
  return {ErrorCode::kInvalidArgument, std::string{name}, "MissingRequiredHeader"};
}
Error bad_parameter(std::string_view name) {
  return {ErrorCode::kInvalidArgument, std::string{name}, "InvalidQueryParameterValue"};
}
Error parameter_out_of_range(std::string_view name) {
  return {ErrorCode::kInvalidArgument, std::string{name}, "OutOfRangeQueryParameterValue"};
}
Error missing_parameter(std::string_view name) {
  return {ErrorCode::kInvalidArgument, std::string{name}, "MissingRequiredQueryParameter"};
}

}  // namespace lazulite::blob
