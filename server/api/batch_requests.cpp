#include "server/api/batch_requests.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/batch_reader.hpp"
#include "schema/odata/batch_writer.hpp"
#include "server/api/error_catalog.hpp"
#include "server/api/operations.hpp"
#include "server/api/read_requests.hpp"
#include "server/api/related_rows.hpp"

#include <deque>
#include <optional>

namespace lazulite::api {
namespace {

using odata::TargetKind;

struct BatchOperation {
  BatchOperation(const ApiServices& services, http::Request inner, std::string id)
      : http(std::move(inner)), request(new_request(services, http)), content_id(std::move(id)) {}
  BatchOperation(const BatchOperation&) = delete;  // request refers to http
  BatchOperation& operator=(const BatchOperation&) = delete;

  http::Request http;
  ApiRequest request;
  std::string content_id;
  std::optional<std::size_t> root;   // the operation whose entity `$n` stands for
  std::optional<std::size_t> child;  // made with the root, as this one of its children
};
using Operations = std::deque<BatchOperation>;  // elements stay where they are

// The inner request with what it takes over from the outer one; Host is not its own to choose.
http::Request inner_http(const http::Request& outer, const odata::BatchRequest& inner, std::string_view path) {
  http::Request out;
  out.id = outer.id;
  out.method = inner.method;
  out.target = fmt::format("/api/{}", path);
  const auto question = std::min(out.target.find('?'), out.target.size());
  out.path = out.target.substr(0, question);
  if (question < out.target.size()) out.query = out.target.substr(question + 1);
  for (const std::string_view name : {"x-ms-version", "MaxDataServiceVersion"}) {
    if (const auto value = outer.headers.find(name)) out.headers.set(name, std::string{*value});
  }
  for (const auto& [name, value] : inner.headers) out.headers.set(name, value);
  out.headers.set("Host", std::string{outer.host()});
  out.body = inner.body;
  out.client_address = outer.client_address;
  out.local_address = outer.local_address;
  out.secure = outer.secure;
  return out;
}

// Stands for the key of an entity that is not there yet.
std::string placeholder_key(const model::EntityType& type) {
  if (!type.id_prefix.empty()) return std::string{type.id_prefix} + Uuid{}.text();
  return type.key().type == model::EdmType::kGuid ? Uuid{}.text() : "-";
}

bool creates(const ApiRequest& request) {
  return request.method == "POST" && request.target.kind == TargetKind::kCollection;
}

// Reads a part's requests before any transaction begins. The last of `operations` is the one at fault when it fails.
class Plan {
 public:
  Plan(const ApiServices& services, const ApiRequest& outer, Operations& operations)
      : services_(services), outer_(outer), operations_(operations) {}

  Result<void> add(const odata::BatchRequest& inner) {
    auto path = odata::batch_path(inner.uri);
    auto root = find_root(path);
    auto& operation = operations_.emplace_back(services_, inner_http(outer_.http, inner, path), inner.content_id);
    auto& request = operation.request;
    auto parsed = parse_request(services_, request);
    choose_format(request);
    LAZULITE_CHECK(root);
    LAZULITE_CHECK(parsed);
    LAZULITE_CHECK(check_service_version(operation.http, request.options, services_.options.require_service_version));
    LAZULITE_CHECK(check_content_id(operation.content_id));
    operation.root = *root;
    if (comes_with_root(operation)) return add_child(operation);
    if (request.target.kind == TargetKind::kServiceRoot || request.target.kind == TargetKind::kMetadata ||
        request.target.kind == TargetKind::kBatch)
      return fail(ErrorCode::kInvalidArgument, "'{}' cannot be asked for in a batch.", inner.uri);
    LAZULITE_CHECK(check_method(request));
    return read_input(request);
  }

 private:
  // Of a path that begins with `$n`: the operation, and in place of `$n` an entity of the type that it creates.
  Result<std::optional<std::size_t>> find_root(std::string& path) const {
    const auto end = std::min(path.find_first_of("/?"), path.size());
    LAZULITE_TRY(const auto first, percent_decode(std::string_view{path}.substr(0, end)));
    if (!first.starts_with('$') || first == "$metadata" || first == "$batch") return std::optional<std::size_t>{};
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const auto& earlier = operations_[i];
      if (earlier.content_id.empty() || earlier.content_id != std::string_view{first}.substr(1)) continue;
      if (!creates(earlier.request)) break;
      const auto& type = *earlier.request.target.type;
      path = odata::entity_path(type, placeholder_key(type)) + path.substr(end);
      return std::optional{i};
    }
    return fail(ErrorCode::kInvalidArgument, "'{}' refers to no operation of this changeset that creates an entity.",
                first);
  }

  Result<void> check_content_id(std::string_view id) const {
    if (id.size() > 200 || id.find_first_of("\r\n") != std::string_view::npos)
      return fail(ErrorCode::kInvalidArgument, "A Content-ID of this batch is too long.");
    for (std::size_t i = 0; i + 1 < operations_.size(); ++i) {
      if (!id.empty() && operations_[i].content_id == id)
        return fail(ErrorCode::kInvalidArgument, "Two operations have the Content-ID '{}'.", id);
    }
    return {};
  }

  // Without Accept, the answer is of the format of the body; the outer request accepts multipart/mixed.
  void choose_format(ApiRequest& request) const {
    const auto& headers = request.http.headers;
    if (headers.find("Accept") || odata::find_option(request.options, "$format") != nullptr) return;
    const bool as_outer = !headers.find("Content-Type") && outer_.format.codec != nullptr;
    request.format = as_outer ? outer_.format : format_of_body(request.http, services_.options.atom_by_default);
  }

  [[nodiscard]] bool comes_with_root(const BatchOperation& operation) const {
    const auto& request = operation.request;
    if (!operation.root || !creates(request) || request.target.count || can_create(request.target)) return false;
    const auto* navigation = request.target.navigation;
    if (navigation == nullptr || navigation->kind != model::NavigationKind::kToMany) return false;
    const auto& root = operations_[*operation.root];
    const auto* hooks = find_entity_hooks(root.request.target.type->set_name);
    return !root.child && hooks != nullptr && hooks->takes_children;
  }

  Result<void> add_child(BatchOperation& operation) {
    auto& request = operation.request;
    LAZULITE_CHECK(read_input(request));
    auto& children = operations_[*operation.root].request.input.children;
    operation.child = children.size();
    children.push_back({request.target.navigation, std::move(request.input)});
    return {};
  }

  const ApiServices& services_;
  const ApiRequest& outer_;
  Operations& operations_;
};

// The row that was made of a child: by its key when the client chose that, else by its place among its siblings.
Result<model::Record> child_row(HookContext& context, const odata::EntityInput& parent, std::size_t index,
                                const std::string& parent_key) {
  const auto& navigation = *parent.children[index].navigation;
  const auto& input = parent.children[index].entity;
  const auto& type = input.type();
  const auto* sent = input.has(type.key().name) ? input.values[type.key().name].as<std::string>() : nullptr;
  if (sent != nullptr && !sent->empty()) {
    LAZULITE_TRY(const auto key, odata::normalize_key(type, *sent));
    return get_row(context, type, key);
  }
  std::size_t place = 0;
  for (std::size_t i = 0; i < index; ++i) place += parent.children[i].navigation == &navigation ? 1 : 0;
  rows::ListQuery query;
  query.condition = rows::equals(type, navigation.property, model::Value{parent_key});
  const auto* hooks = find_entity_hooks(type.set_name);
  if (hooks != nullptr && !hooks->default_order.empty())
    query.order.push_back({type.find_property(hooks->default_order), false});
  LAZULITE_TRY(auto rows, rows::list(context.session, context.account, type, query));
  if (place >= rows.size())
    return fail(ErrorCode::kInternal, "a {} was not made with its parent '{}'", type.name, parent_key);
  return std::move(rows[place]);
}

// One run of a changeset inside its transaction.
class ChangesetRun {
 public:
  ChangesetRun(rows::Session& session, const ApiServices& services, const std::string& account, Operations& operations,
               Effects& effects)
      : session_(session), services_(services), account_(account), operations_(operations), effects_(effects) {}

  // at_fault: the operation that is being run.
  Result<std::vector<http::Response>> run(std::size_t& at_fault) {
    std::vector<http::Response> out;
    for (at_fault = 0; at_fault < operations_.size(); ++at_fault) {
      auto& operation = operations_[at_fault];
      LAZULITE_TRY(auto response, operation.child ? made_child(operation) : run_one(operation));
      std::string key;
      if (creates(operation.request)) {
        LAZULITE_TRY(auto made, odata::parse_reference(response.headers.get("Location")));
        key = std::move(made.key);
      }
      keys_.push_back(std::move(key));
      out.push_back(std::move(response));
    }
    return out;
  }

 private:
  Result<http::Response> run_one(BatchOperation& operation) {
    if (operation.root) operation.request.target.root_key = keys_[*operation.root];
    return run_operation(session_, services_, account_, operation.request, effects_);
  }

  Result<http::Response> made_child(const BatchOperation& operation) {
    HookContext context{session_, account_, operation.http, services_.clock.now(), services_};
    const auto& parent = operations_[*operation.root].request.input;
    LAZULITE_TRY(auto record, child_row(context, parent, *operation.child, keys_[*operation.root]));
    auto location = entity_url(operation.request, record);
    LAZULITE_TRY(auto response, entity_response(context, operation.request, kCreated, std::move(record)));
    response.headers.set("Location", std::move(location));
    return response;
  }

  rows::Session& session_;
  const ApiServices& services_;
  const std::string& account_;
  Operations& operations_;
  Effects& effects_;
  std::vector<std::string> keys_;  // of what each operation created; empty for all others
};

// Headers in the order of api.md 4.5; Content-ID stands in the inner answer (rule 12).
odata::BatchResponse to_part(http::Response response, const std::string& content_id) {
  odata::BatchResponse out;
  out.status = response.status;
  out.reason = reason_of(response.status);
  for (const std::string_view name : {"DataServiceVersion", "Content-Type"}) {
    if (const auto value = response.headers.find(name)) out.headers.emplace_back(name, *value);
    response.headers.remove(name);
  }
  if (!content_id.empty()) out.headers.emplace_back("Content-ID", content_id);
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  out.headers.emplace_back("Cache-Control", "no-cache");
  for (const auto& each : response.headers) out.headers.push_back(each);
  out.body = response.body.text();
  return out;
}

odata::BatchAnswer failed(const ApiRequest& request, const Error& error) {
  odata::BatchAnswer out;
  out.responses.push_back(to_part(error_response(request, error), {}));
  return out;
}

// Deviation: OData has the error of a changeset stand alone in its place, where the Java SDK looks for a changeset and
// its multipart parser throws (api.md 4.5). As the only part of a changeset, with the Content-ID of the operation at
// fault, every client reads it.
odata::BatchAnswer failed_changeset(const BatchOperation& operation, const Error& error) {
  return {true, {to_part(error_response(operation.request, error), operation.content_id)}};
}

odata::BatchAnswer answer_changeset(const ApiServices& services, const std::string& account, const ApiRequest& outer,
                                    const odata::BatchPart& part) {
  Operations operations;
  Plan plan(services, outer, operations);
  for (const auto& inner : part.requests) {
    auto added = plan.add(inner);
    if (added && !writes(operations.back().request) && !operations.back().child)
      added = fail(ErrorCode::kInvalidArgument, "A changeset holds changes only, not {}.", inner.method);
    if (!added) return failed_changeset(operations.back(), added.error());
  }
  Effects::Actions undo;
  for (auto& each : operations) {
    if (each.child) continue;  // made by the hooks of its root
    const auto prepared = run_before_transaction(services, account, each.request, undo);
    if (prepared) continue;
    Effects::run(undo);
    return failed_changeset(each, prepared.error());
  }
  std::size_t at_fault = 0;
  auto responses = run_write(services, account, [&](rows::Session& session, Effects& effects) {
    return ChangesetRun(session, services, account, operations, effects).run(at_fault);
  });
  if (!responses) {
    Effects::run(undo);
    return failed_changeset(operations[std::min(at_fault, operations.size() - 1)], responses.error());
  }
  odata::BatchAnswer out{true, {}};
  for (std::size_t i = 0; i < responses->size(); ++i)
    out.responses.push_back(to_part(std::move((*responses)[i]), operations[i].content_id));
  return out;
}

odata::BatchAnswer answer_single(const ApiServices& services, const std::string& account, const ApiRequest& outer,
                                 const odata::BatchRequest& inner) {
  Operations operations;
  const auto added = Plan(services, outer, operations).add(inner);
  auto& operation = operations.front();
  if (!added) return failed(operation.request, added.error());
  auto response = run_alone(services, account, operation.request);
  if (!response) return failed(operation.request, response.error());
  odata::BatchAnswer out;
  out.responses.push_back(to_part(std::move(*response), operation.content_id));
  return out;
}

}  // namespace

Result<http::Response> respond_batch(const ApiServices& services, const std::string& account, const ApiRequest& outer) {
  LAZULITE_TRY(const auto parts, odata::read_batch(outer.http.headers.get("Content-Type"), outer.http.body));
  std::vector<odata::BatchAnswer> answers;
  for (const auto& part : parts) {
    if (part.changeset && part.requests.empty()) continue;
    answers.push_back(part.changeset ? answer_changeset(services, account, outer, part)
                                     : answer_single(services, account, outer, part.requests.front()));
  }
  const auto token = Uuid::random().text();
  auto response = http::Response::text(kAccepted, odata::batch_content_type(token), odata::write_batch(answers, token));
  response.headers.set("DataServiceVersion", "1.0;");
  return response;
}

}  // namespace lazulite::api
