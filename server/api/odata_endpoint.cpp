#include "server/api/odata_endpoint.hpp"

#include "server/api/batch_requests.hpp"
#include "server/api/operations.hpp"
#include "server/api/read_requests.hpp"

namespace lazulite::api {
namespace {

using odata::TargetKind;

constexpr std::size_t kMaxClientRequestId = 2048;

Error no_token() { return fail(ErrorCode::kUnauthorized, "A valid token is required."); }

Result<http::Response> answer(const ApiServices& services, ApiRequest& request, const std::optional<Caller>& caller) {
  LAZULITE_CHECK(check_service_version(request.http, request.options, services.options.require_service_version));
  const auto kind = request.target.kind;
  const bool open_to_all =
      (kind == TargetKind::kServiceRoot || kind == TargetKind::kMetadata) && is_read(request.method);
  if (!caller && !open_to_all) return no_token();
  LAZULITE_CHECK(check_method(request));
  if (kind == TargetKind::kServiceRoot) return read_service_document(request);
  if (kind == TargetKind::kMetadata) return read_metadata();
  if (kind == TargetKind::kBatch) return respond_batch(services, caller->account, request);
  LAZULITE_CHECK(read_input(request));
  return run_alone(services, caller->account, request);
}

// api.md 1.3.
void add_common_headers(const http::Request& request, http::Response& response) {
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("request-id", request.id);
  response.headers.set("x-ms-request-id", request.id);
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("access-control-expose-headers", "request-id, x-ms-request-id");
  if (request.secure) response.headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  for (const std::string_view name : {"x-ms-client-request-id", "client-request-id"}) {
    const auto id = request.headers.find(name);
    if (id && id->size() <= kMaxClientRequestId) response.headers.set(name, std::string{*id});
  }
}

}  // namespace

http::Response ODataEndpoint::refuse(const http::Request& http_request, const Error& error) const {
  ApiRequest request = new_request(services_, http_request);
  (void)parse_request(services_, request);  // for the format only: what is refused need not be well-formed
  http::Response response = error_response(request, error);
  add_common_headers(http_request, response);
  return response;
}

http::Response ODataEndpoint::respond(const http::Request& http_request, const std::optional<Caller>& caller) const {
  ApiRequest request = new_request(services_, http_request);
  auto parsed = parse_request(services_, request);
  if (!parsed && !caller) parsed = no_token();  // nobody learns what exists
  auto result = parsed ? answer(services_, request, caller) : Result<http::Response>{parsed.error()};
  http::Response response = result ? std::move(*result) : error_response(request, result.error());
  if (request.method == "HEAD") {
    response.content_length = response.body.size();
    response.body = {};
  }
  add_common_headers(http_request, response);
  return response;
}

Task<http::Response> ODataEndpoint::handle(http::Request request, std::optional<Caller> caller) {
  auto work = [this, request = std::move(request), caller = std::move(caller)] { return respond(request, caller); };
  auto response = co_await run_on(db_, std::move(work));
  co_return response;
}

}  // namespace lazulite::api
