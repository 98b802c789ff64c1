#include "server/api/odata_endpoint.hpp"

#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/body_reader.hpp"
#include "server/api/error_catalog.hpp"
#include "server/api/read_requests.hpp"
#include "server/api/related_rows.hpp"
#include "server/api/write_requests.hpp"

namespace lazulite::api {
namespace {

using model::EntityType;
using odata::TargetKind;

constexpr std::size_t kMaxClientRequestId = 2048;

using Operation = Result<http::Response> (*)(HookContext& context, const ApiRequest& request);

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }
bool is_update(std::string_view method) { return method == "MERGE" || method == "PATCH" || method == "PUT"; }

// A row may be created under this navigation: the property that binds it is one the API knows (Tasks come with their
// Job only).
bool can_create(const odata::ODataTarget& target) {
  if ((target.type->verbs & model::kCreate) == 0) return false;
  if (target.navigation == nullptr || target.navigation->kind == model::NavigationKind::kLinked) return true;
  return !target.type->find_property(target.navigation->property)->has(model::kInternal);
}

std::string allowed_methods(const odata::ODataTarget& target) {
  switch (target.kind) {
    case TargetKind::kCollection:
      return !target.count && can_create(target) ? "GET, HEAD, POST" : "GET, HEAD";
    case TargetKind::kEntity: {
      std::string out = "GET, HEAD";
      if ((target.type->verbs & model::kUpdate) != 0) out += ", MERGE, PATCH, PUT";
      if ((target.type->verbs & model::kDelete) != 0) out += ", DELETE";
      return out;
    }
    case TargetKind::kLinks:
      return target.navigation_key.empty() ? "GET, HEAD, POST" : "GET, HEAD, DELETE";
    case TargetKind::kFunction:
      return "GET";
    case TargetKind::kAction:
    case TargetKind::kBatch:
      return "POST";
    default:
      return "GET, HEAD";
  }
}

bool is_allowed(std::string_view allowed, std::string_view method) {
  for (const auto each : split(allowed, ',')) {
    if (trim(each) == method) return true;
  }
  return false;
}

Result<http::Response> call_function(HookContext& context, const ApiRequest& request) {
  const auto& function = *request.target.function;
  const auto* hook = find_function_hook(function.name);
  if (hook == nullptr) return fail(ErrorCode::kUnsupported, "'{}' is not available.", function.name);
  if (request.target.kind == TargetKind::kAction) LAZULITE_CHECK(target_row(context, request.target));
  const FunctionCall call{&function, request.target.root_key, request.arguments};
  LAZULITE_TRY(const auto result, hook->invoke(context, call));
  if (!result.value) return no_content();
  LAZULITE_TRY(const auto* codec, codec_of(request));
  return formatted(request, kOk, odata::Payload::kFunction, nullptr,
                   codec->function(write_context(request), function, *result.value));
}

bool writes(const ApiRequest& request) {
  if (request.target.function == nullptr) return !is_read(request.method);
  const auto* hook = find_function_hook(request.target.function->name);
  return hook != nullptr && hook->writes;
}

Operation operation_of(const ApiRequest& request) {
  if (request.target.function != nullptr) return call_function;
  if (is_read(request.method)) return read_target;
  if (is_update(request.method)) return update_entity;
  const bool links = request.target.kind == TargetKind::kLinks;
  if (request.method == "POST") return links ? add_link : create_entity;
  return links ? remove_link : delete_entity;
}

// Reads the body (or the arguments) before any transaction begins.
Result<void> read_input(ApiRequest& request) {
  const auto& target = request.target;
  if (target.kind == TargetKind::kFunction) {
    LAZULITE_TRY(request.arguments, odata::parse_function_arguments(*target.function, request.options));
  } else if (target.kind == TargetKind::kAction) {
    LAZULITE_TRY(request.arguments, odata::read_action_parameters(*target.function, request.http.body));
  } else if (target.kind == TargetKind::kLinks && request.method == "POST") {
    LAZULITE_TRY(const auto uri, odata::read_link(request.http.body));
    LAZULITE_TRY(request.link, odata::parse_reference(uri));
  } else if (request.method == "POST" || is_update(request.method)) {
    LAZULITE_TRY(request.input, odata::read_entity(*target.type, request.http.body));
  }
  return {};
}

using Actions = std::vector<std::function<void()>>;

void run_all(Actions& actions) {
  for (const auto& each : actions) each();
  actions.clear();
}

// One transaction; what hooks did outside of it is taken back when it fails, or before it runs again.
Result<http::Response> run_write(const ApiServices& services, const std::string& account, const ApiRequest& request) {
  Actions after_commit;
  Actions after_rollback;
  const auto operation = operation_of(request);
  auto response = services.database.write([&](rows::Session& session) -> Result<http::Response> {
    run_all(after_rollback);
    HookContext context{session, account, request.http, services.clock.now(), services};
    auto result = operation(context, request);
    after_commit = std::move(context.after_commit);
    after_rollback = std::move(context.after_rollback);
    return result;
  });
  run_all(response ? after_commit : after_rollback);
  if (response && services.account_changed) services.account_changed(account);
  return response;
}

Result<http::Response> run_read(const ApiServices& services, const std::string& account, const ApiRequest& request) {
  const auto operation = operation_of(request);
  return services.database.read([&](rows::Session& session) -> Result<http::Response> {
    HookContext context{session, account, request.http, services.clock.now(), services};
    return operation(context, request);
  });
}

Error no_token() { return fail(ErrorCode::kUnauthorized, "A valid token is required."); }

Error method_not_allowed(const ApiRequest& request) {
  return fail_with(ErrorCode::kInvalidArgument, kMethodNotAllowed, "The method {} is not allowed here.",
                   request.method);
}

Result<http::Response> answer(const ApiServices& services, ApiRequest& request, const std::optional<Caller>& caller) {
  LAZULITE_CHECK(check_service_version(request.http, request.options, services.options.require_service_version));
  const auto kind = request.target.kind;
  const bool open_to_all =
      (kind == TargetKind::kServiceRoot || kind == TargetKind::kMetadata) && is_read(request.method);
  if (!caller && !open_to_all) return no_token();
  if (!is_allowed(allowed_methods(request.target), request.method)) return method_not_allowed(request);
  if (kind == TargetKind::kServiceRoot) return read_service_document(request);
  if (kind == TargetKind::kMetadata) return read_metadata();
  if (kind == TargetKind::kBatch) return fail(ErrorCode::kUnsupported, "$batch is not available.");
  LAZULITE_CHECK(read_input(request));
  return writes(request) ? run_write(services, caller->account, request) : run_read(services, caller->account, request);
}

http::Response error_response(const ApiRequest& request, const Error& error) {
  const auto status = status_of(error);
  auto& log = logger("api");
  if (status >= 500) {
    log.error("request failed: {} method={} path={} request={}", error.message, request.method, request.http.path,
              request.http.id);
  }
  const auto message = public_message(error);
  const bool xml = request.format.xml || request.target.kind == TargetKind::kMetadata;
  const auto* codec = request.format.codec != nullptr ? request.format.codec : &odata::json_light_codec();
  auto response = xml ? http::Response::text(status, "application/xml;charset=utf-8", odata::error_xml(message))
                      : http::Response::text(status, codec->content_type(odata::Payload::kError, request.format.level),
                                             codec->error(message));
  response.headers.set("DataServiceVersion", xml || codec == &odata::json_verbose_codec() ? "1.0;" : "3.0;");
  if (error.code == ErrorCode::kUnauthorized) response.headers.set("WWW-Authenticate", "Bearer");
  if (error.detail == kMethodNotAllowed) response.headers.set("Allow", allowed_methods(request.target));
  return response;
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

Result<void> parse(ApiRequest& request) {
  auto options = odata::split_query(request.http.query);
  if (options) request.options = std::move(*options);
  request.format = negotiate(request.http, request.options);
  LAZULITE_TRY(request.target, odata::parse_target(request.http.path));
  LAZULITE_CHECK(options);
  return {};
}

}  // namespace

http::Response ODataEndpoint::refuse(const http::Request& http_request, const Error& error) const {
  ApiRequest request{
      http_request, effective_method(http_request), {}, {}, {}, services_.addresses.api_root(http_request), {}, {}, {}};
  (void)parse(request);  // for the format only: what is refused need not be well-formed
  http::Response response = error_response(request, error);
  add_common_headers(http_request, response);
  return response;
}

http::Response ODataEndpoint::respond(const http::Request& http_request, const std::optional<Caller>& caller) const {
  ApiRequest request{
      http_request, effective_method(http_request), {}, {}, {}, services_.addresses.api_root(http_request), {}, {}, {}};
  auto parsed = parse(request);
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
