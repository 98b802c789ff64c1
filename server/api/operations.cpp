#include "server/api/operations.hpp"

#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/body_reader.hpp"
#include "server/api/error_catalog.hpp"
#include "server/api/read_requests.hpp"
#include "server/api/related_rows.hpp"
#include "server/api/write_requests.hpp"

namespace lazulite::api {
namespace {

using odata::TargetKind;

using Operation = Result<http::Response> (*)(HookContext& context, const ApiRequest& request);

bool is_update(std::string_view method) { return method == "MERGE" || method == "PATCH" || method == "PUT"; }

Result<http::Response> call_function(HookContext& context, const ApiRequest& request) {
  const auto& function = *request.target.function;
  const auto* hook = find_function_hook(function);
  if (hook == nullptr) return fail(ErrorCode::kUnsupported, "'{}' is not available.", function.name);
  if (request.target.kind == TargetKind::kAction) LAZULITE_CHECK(target_row(context, request.target));
  const FunctionCall call{&function, request.target.root_key, request.arguments};
  LAZULITE_TRY(const auto result, hook->invoke(context, call));
  if (!result.value) return with_operation(context, request, no_content());
  LAZULITE_TRY(const auto* codec, codec_of(request));
  LAZULITE_TRY(auto response, formatted(request, kOk, odata::Payload::kFunction, nullptr,
                                        codec->function(write_context(request), function, *result.value)));
  if (function.returns_list != nullptr) response.headers.set("DataServiceVersion", "3.0;");
  return response;
}

Operation operation_of(const ApiRequest& request) {
  if (request.target.function != nullptr) return call_function;
  if (is_read(request.method)) return read_target;
  if (is_update(request.method)) return update_entity;
  const bool links = request.target.kind == TargetKind::kLinks;
  if (request.method == "POST") return links ? add_link : create_entity;
  return links ? remove_link : delete_entity;
}

// $metadata is XML whatever else is accepted, and who sends a $batch accepts multipart/mixed and reads Atom.
const odata::Codec& error_codec(const ApiRequest& request) {
  const auto kind = request.target.kind;
  if (kind == TargetKind::kMetadata) return odata::atom_codec();
  if (request.format.codec != nullptr) return *request.format.codec;
  return kind == TargetKind::kBatch ? odata::atom_codec() : odata::json_light_codec();
}

}  // namespace

ApiRequest new_request(const ApiServices& services, const http::Request& http) {
  return {http, effective_method(http), {}, {}, {}, services.addresses.api_root(http), {}, {}, {}};
}

Result<void> parse_request(const ApiServices& services, ApiRequest& request) {
  auto options = odata::split_query(request.http.query);
  if (options) request.options = std::move(*options);
  request.format = negotiate(request.http, request.options, services.options.atom_by_default);
  LAZULITE_TRY(request.target, odata::parse_target(request.http.path));
  LAZULITE_CHECK(options);
  return {};
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool can_create(const odata::ODataTarget& target) {
  if ((target.type->verbs & model::kCreate) == 0) return false;
  if (target.navigation == nullptr) return true;
  if (target.navigation->kind == model::NavigationKind::kLinked) return target.navigation->links_writable;
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

Result<void> check_method(const ApiRequest& request) {
  const auto allowed = allowed_methods(request.target);
  for (const auto each : split(allowed, ',')) {
    if (trim(each) == request.method) return {};
  }
  return fail_with(ErrorCode::kInvalidArgument, kMethodNotAllowed, "The method {} is not allowed here.",
                   request.method);
}

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

bool writes(const ApiRequest& request) {
  if (request.target.function == nullptr) return !is_read(request.method);
  const auto* hook = find_function_hook(*request.target.function);
  return hook != nullptr && hook->writes;
}

http::Response error_response(const ApiRequest& request, const Error& error) {
  const auto status = status_of(error);
  auto& log = logger("api");
  if (status >= 500) {
    log.error("request failed: {} method={} path={} request={}", error.message, request.method, request.http.path,
              request.http.id);
  }
  const auto message = public_message(error);
  const auto& codec = error_codec(request);
  auto response = http::Response::text(status, codec.content_type(odata::Payload::kError, request.format.level),
                                       codec.error(message));
  response.headers.set("DataServiceVersion", std::string{codec.version(odata::Payload::kError, nullptr)});
  if (error.code == ErrorCode::kUnauthorized) response.headers.set("WWW-Authenticate", "Bearer");
  if (error.detail == kMethodNotAllowed) response.headers.set("Allow", allowed_methods(request.target));
  return response;
}

Result<http::Response> run_operation(rows::Session& session, const ApiServices& services, const std::string& account,
                                     const ApiRequest& request, Effects& effects) {
  HookContext context{session, account, request.http, services.clock.now(), services};
  auto result = operation_of(request)(context, request);
  Effects::append(effects.after_commit, context.after_commit);
  Effects::append(effects.after_rollback, context.after_rollback);
  return result;
}

Result<void> run_before_transaction(const ApiServices& services, const std::string& account, ApiRequest& request,
                                    Effects::Actions& undo) {
  if (request.method != "POST" || request.target.kind != TargetKind::kCollection) return {};
  auto& input = request.input;
  const auto* hooks = find_entity_hooks(input.type().set_name);
  if (hooks == nullptr || hooks->before_transaction == nullptr) return {};
  LAZULITE_TRY(const auto record, new_record(input, services.clock.now()));
  input.give(record.type->key().name, model::Value{record.key()});
  LAZULITE_TRY(auto take_back, hooks->before_transaction(services, account, record, input));
  undo.push_back(std::move(take_back));
  return {};
}

namespace {

Result<http::Response> write_alone(const ApiServices& services, const std::string& account, ApiRequest& request) {
  Effects::Actions undo;
  LAZULITE_CHECK(run_before_transaction(services, account, request, undo));
  auto result = run_write(services, account, [&](rows::Session& session, Effects& effects) {
    return run_operation(session, services, account, request, effects);
  });
  if (!result) Effects::run(undo);
  return result;
}

}  // namespace

Result<http::Response> run_alone(const ApiServices& services, const std::string& account, ApiRequest& request) {
  if (writes(request)) return write_alone(services, account, request);
  return services.database.read([&](rows::Session& session) {
    Effects none;
    return run_operation(session, services, account, request, none);
  });
}

}  // namespace lazulite::api
