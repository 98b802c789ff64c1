#include "server/queue/queue_endpoint.hpp"

#include "schema/base/log.hpp"
#include "server/auth/shared_key.hpp"
#include "server/blob/blob_xml.hpp"
#include "server/blob/cors.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/queue/queue_xml.hpp"

#include <algorithm>

namespace lazulite::queue {
namespace {

constexpr std::string_view kNewestVersion = "2021-12-02";  // for requests that name none
constexpr std::size_t kClientRequestIdLimit = 1024;        // bytes (C.2)

bool is_version(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00";
  return text.size() == kPattern.size() && std::equal(text.begin(), text.end(), kPattern.begin(), [](char c, char p) {
           return p == '0' ? c >= '0' && c <= '9' : c == p;
         });
}

// x-ms-version, else api-version, else what the signature says (C.2).
Result<std::string> read_version(const Call& call) {
  if (const auto header = call.request.headers.find("x-ms-version")) {
    if (is_version(*header)) return std::string{*header};
    return Error{ErrorCode::kInvalidArgument, "x-ms-version", "InvalidHeaderValue"};
  }
  if (auto parameter = call.parameter("api-version")) {
    if (!is_version(*parameter)) return blob::bad_parameter("api-version");
    return std::move(*parameter);
  }
  return call.sas ? call.sas->version : std::string{kNewestVersion};
}

Result<std::optional<blobs::StoredAccessPolicy>> find_policy(const Call& call, const std::string& id) {
  std::optional<blobs::StoredAccessPolicy> out;
  const auto queue = call.database.read([&](rows::Session& session) { return rows::get_queue(session, call.queue()); });
  if (!queue || queue->acl.empty()) return out;  // no such queue: no such policy
  LAZULITE_TRY(const auto policies, blob::read_signed_identifiers(queue->acl));
  const auto found = std::find_if(policies.begin(), policies.end(), [&](const auto& each) { return each.id == id; });
  if (found != policies.end()) out = *found;
  return out;
}

char resource_type(Level level) {
  if (level == Level::kService) return 's';
  return level == Level::kQueue ? 'c' : 'o';
}

std::vector<blob::CorsRule> cors_rules(const Call& call) {
  const auto parts = call.database.read(
      [&](rows::Session& session) { return rows::queue_service_properties(session, call.queue().storage_account); });
  if (!parts) return blob::default_cors_rules();
  return read_cors_rules(*parts).value_or(blob::default_cors_rules());
}

}  // namespace

Task<http::Response> QueueEndpoint::handle(http::Request request) {
  auto work = [this, request = std::move(request)]() mutable { return answer(std::move(request)); };
  co_return co_await run_on(db_, std::move(work));
}

http::Response QueueEndpoint::answer(http::Request request) const {
  Call call{.database = database_, .now = clock_.now(), .request = std::move(request)};
  auto result = respond(call);
  http::Response response = result ? std::move(*result) : blob::error_response(result.error(), call.request, call.now);
  if (response.status >= 500) {
    logger("queue").error("request failed id={} status={} error={}", call.request.id, response.status,
                          result ? "" : result.error().message);
  }
  auto& headers = response.headers;
  headers.set("Server", "Windows-Azure-Queue/1.0 Microsoft-HTTPAPI/2.0");
  headers.set("x-ms-request-id", call.request.id);
  headers.set("x-ms-version", call.version.empty() ? std::string{kNewestVersion} : call.version);
  headers.set("Date", format_http_date(call.now));
  headers.set("Cache-Control", "no-cache");
  const auto client_id = call.request.headers.get("x-ms-client-request-id");
  if (!client_id.empty() && client_id.size() <= kClientRequestIdLimit)
    headers.set("x-ms-client-request-id", std::string{client_id});
  if (call.request.method != "OPTIONS" && call.request.headers.find("Origin"))
    blob::add_cors_headers(cors_rules(call), call.request, response);
  return response;
}

Result<http::Response> QueueEndpoint::respond(Call& call) const {
  LAZULITE_TRY(call.target, parse_target(call.request.host(), call.request.path));
  if (call.request.method == "OPTIONS") return blob::preflight(cors_rules(call), call.request);
  if (auth::has_sas(call.request.query) && !call.request.headers.find("Authorization")) {
    LAZULITE_TRY(call.sas, auth::parse_sas(call.request.query, 'q'));
  }
  LAZULITE_TRY(call.version, read_version(call));
  LAZULITE_TRY(const auto* operation, find_operation(call));
  LAZULITE_CHECK(authorize(call, *operation));
  return operation->handle(call);
}

Result<void> QueueEndpoint::authorize(Call& call, const Operation& operation) const {
  const bool has_key = call.request.headers.find("Authorization").has_value();
  const auto& account = call.queue().storage_account;
  if (!has_key && !call.sas) return fail_with(ErrorCode::kNotFound, "ResourceNotFound", "nothing here is public");
  LAZULITE_TRY(const auto owner, directory_.find_account(account));
  if (!owner)
    return fail_with(ErrorCode::kForbidden, "AuthenticationFailed", "The storage account is not one of this server");
  if (has_key) return auth::verify_shared_key(call.request, account, owner->keys, call.now);
  std::optional<blobs::StoredAccessPolicy> policy;
  if (call.sas->identifier) {
    LAZULITE_TRY(policy, find_policy(call, *call.sas->identifier));
  }
  auth::SasRequest request;
  request.account = account;
  request.container = call.queue().name;
  request.any_of = call.sas->is_account_sas() ? operation.account_sas : operation.sas;
  request.resource_type = resource_type(operation.level);
  request.now = call.now;
  request.client_ip = call.request.client_address;
  request.secure = call.request.secure;
  LAZULITE_CHECK(auth::verify_sas(*call.sas, request, owner->keys, policy ? &*policy : nullptr));
  return {};
}

}  // namespace lazulite::queue
