#include "server/blob/blob_endpoint.hpp"

#include "schema/base/log.hpp"
#include "server/blob/authorization.hpp"
#include "server/blob/blob_headers.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/blob/service_properties.hpp"
#include "server/blob/upload.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

constexpr std::string_view kNewestVersion = "2021-12-02";  // for requests and accounts that name none
constexpr std::size_t kClientRequestIdLimit = 1024;        // bytes (C.2)

bool is_version(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00";
  return text.size() == kPattern.size() && std::equal(text.begin(), text.end(), kPattern.begin(), [](char c, char p) {
           return p == '0' ? c >= '0' && c <= '9' : c == p;
         });
}

// x-ms-version, else api-version, else what the signature says (C.2); empty when none does.
Result<std::string> read_version(const Call& call) {
  if (const auto header = call.request.headers.find("x-ms-version")) {
    if (!is_version(*header)) return bad_header("x-ms-version");
    return std::string{*header};
  }
  if (const auto parameter = form_value(call.request.query, "api-version")) {
    if (!is_version(*parameter)) return bad_parameter("api-version");
    return *parameter;
  }
  return call.sas ? call.sas->version : std::string{};
}

Result<void> parse(Call& call) {
  const bool is_container = equals_ignoring_case(call.parameter("restype"), "container");
  LAZULITE_TRY(call.target, parse_target(call.request.host(), call.request.path, is_container));
  if (call.request.method == "OPTIONS") return {};  // needs no signature
  if (auth::has_sas(call.request.query) && !call.request.headers.find("Authorization")) {
    LAZULITE_TRY(call.sas, auth::parse_sas(call.request.query));
  }
  LAZULITE_TRY(call.version, read_version(call));
  return {};
}

// What the account has set of its service: rules for other origins, and the version of requests that name none.
// Blocks.
Result<void> apply_service_properties(Call& call) {
  const bool has_origin = call.request.headers.find("Origin").has_value();
  if (!has_origin && !call.version.empty()) return {};
  LAZULITE_TRY(const auto document, call.store.service_document(call.container().account));
  if (has_origin) {
    LAZULITE_TRY(call.cors, cors_rules(document));
  }
  if (call.version.empty()) call.version = default_service_version(document);
  return {};
}

// What "exists already" means to a client whose signature may only create.
Error without_overwrite(const Call& call, Error error) {
  if (call.may_overwrite || error.detail != "BlobAlreadyExists") return error;
  return fail_with(ErrorCode::kForbidden, "UnauthorizedBlobOverwrite", "The signature allows creating blobs only");
}

// A body needs an announced length, or to come in chunks.
Result<void> check_length(const Call& call, const Operation& operation) {
  if (operation.body == Body::kNone) return {};
  const auto& request = call.request;
  if (request.content_length.value_or(0) > operation.body_limit) {
    return fail_with(ErrorCode::kTooLarge, "RequestBodyTooLarge", "{} bytes are more than {}", *request.content_length,
                     operation.body_limit);
  }
  if (!request.content_length && !request.headers.find("Transfer-Encoding")) {
    return fail_with(ErrorCode::kInvalidArgument, "MissingContentLengthHeader", "the request has no Content-Length");
  }
  return {};
}

void add_common_headers(const Call& call, http::Response& response) {
  auto& headers = response.headers;
  headers.set("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
  headers.set("x-ms-request-id", call.request.id);
  headers.set("x-ms-version", call.version.empty() ? std::string{kNewestVersion} : call.version);
  headers.set("Date", format_http_date(call.now));
  const auto client_id = call.header("x-ms-client-request-id");
  if (!client_id.empty() && client_id.size() <= kClientRequestIdLimit)
    headers.set("x-ms-client-request-id", std::string{client_id});
  if (call.request.method != "OPTIONS" && call.request.headers.find("Origin"))
    add_cors_headers(call.cors.value_or(default_cors_rules()), call.request, response);
}

}  // namespace

Task<http::Response> BlobEndpoint::handle(http::Request request) {
  auto call = std::make_shared<Call>(Call{.store = store_,
                                          .directory = directory_,
                                          .now = clock_.now(),
                                          .request = std::move(request),
                                          .target = {},
                                          .version = {},
                                          .sas = {}});
  auto result = co_await answer(call);
  http::Response response = result ? std::move(*result) : error_response(result.error(), call->request, call->now);
  if (response.status >= 500) {
    logger("blob").error("request failed id={} status={} error={}", call->request.id, response.status,
                         result ? "" : result.error().message);
  }
  add_common_headers(*call, response);
  co_return response;
}

Task<Result<http::Response>> BlobEndpoint::answer(CallPtr call) {
  LAZULITE_CO_CHECK(parse(*call));
  auto configure = [call] { return apply_service_properties(*call); };
  LAZULITE_CO_CHECK(co_await run_on(disk_, std::move(configure)));
  if (call->request.method == "OPTIONS") co_return preflight(call->cors.value_or(default_cors_rules()), call->request);
  LAZULITE_CO_TRY(const auto* operation, find_operation(*call));
  LAZULITE_CO_CHECK(check_length(*call, *operation));
  auto check = [call, operation] { return authorize(*call, *operation); };
  LAZULITE_CO_CHECK(co_await run_on(disk_, std::move(check)));
  LAZULITE_CO_CHECK(co_await take_body(call, *operation));
  auto work = [this, call, operation] {
    auto answered = operation->handle(*call);
    if (!answered) return Result<http::Response>{without_overwrite(*call, answered.error())};
    if (operation->commits_blob && committed_) committed_(call->blob());
    return answered;
  };
  co_return co_await run_on(disk_, std::move(work));
}

Task<Result<void>> BlobEndpoint::take_body(CallPtr call, const Operation& operation) {
  if (operation.body == Body::kSmall) {
    LAZULITE_CO_TRY(call->request.body, co_await receive_small(call->request, operation.body_limit));
  }
  if (operation.body != Body::kStreamed) co_return Result<void>{};
  LAZULITE_CO_TRY(auto expected, read_md5(call->request.headers, "Content-MD5"));
  if (!expected) {
    LAZULITE_CO_TRY(expected, read_md5(call->request.headers, "x-ms-blob-content-md5"));
  }
  auto open = [call, &operation] { return operation.open(*call); };
  auto writer = co_await run_on(disk_, std::move(open));
  if (!writer) co_return without_overwrite(*call, writer.error());
  auto received = co_await receive(call->request, std::move(*writer), std::move(expected), operation.body_limit, disk_);
  if (!received) co_return without_overwrite(*call, received.error());
  call->received = std::move(*received);
  co_return Result<void>{};
}

}  // namespace lazulite::blob
