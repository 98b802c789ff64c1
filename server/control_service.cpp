#include "server/control_service.hpp"

#include "schema/base/text.hpp"
#include "storage/rows/directory.hpp"

namespace lazulite::server {
namespace {

// api.md rule 6: always the root of the API, whatever was asked for, with its slash at the end.
http::Response sent_on(std::string root) {
  auto response = http::Response::text(
      301, "text/html; charset=utf-8",
      fmt::format("<html><body><h2>Object moved to <a href=\"{0}\">here</a>.</h2></body></html>\n", root));
  response.headers.set("Location", std::move(root));
  return response;
}

}  // namespace

http::Service ControlService::service() {
  using http::PathMatch;
  http::Service service{"control", {}};
  const auto route = [&](std::string name, std::string path, PathMatch match, http::Handler handler,
                         std::uint64_t max_body) {
    service.routes.push_back({std::move(name), std::move(path), match, std::move(handler), max_body, false, true});
  };
  constexpr std::uint64_t kSmall = 64 * 1024;
  route(
      "health", "/health", PathMatch::kExact, [this](http::Request r) { return answer_health(std::move(r)); }, kSmall);
  route(
      "metrics", "/metrics", PathMatch::kExact, [this](http::Request r) { return answer_metrics(std::move(r)); },
      kSmall);
  route(
      "api", "/api", PathMatch::kExact, [this](http::Request r) { return answer_api(std::move(r)); }, max_body_bytes_);
  // "/api%2F…" too: some clients encode the slash (api.md rule 3).
  route(
      "api", "/api/", PathMatch::kPrefix, [this](http::Request r) { return answer_api(std::move(r)); },
      max_body_bytes_);
  route(
      "api", "/api%2f", PathMatch::kPrefix, [this](http::Request r) { return answer_api(std::move(r)); },
      max_body_bytes_);
  route(
      "token", "/", PathMatch::kPrefix, [this](http::Request r) { return answer_other(std::move(r)); }, kSmall);
  return service;
}

// GET of the service document and $metadata needs no token, and ignores one that is sent (api.md rule 27): the API
// itself refuses the rest when nobody calls.
Task<http::Response> ControlService::answer_api(http::Request request) {
  std::optional<api::Caller> caller;
  if (request.headers.find("Authorization")) {
    auto identity = co_await parts_.authenticator.authenticate(request);
    if (identity) caller = api::Caller{std::move(identity->account_name)};
    if (!identity && identity.error().code != ErrorCode::kUnauthorized)
      co_return parts_.api.refuse(request, identity.error());
  }
  if (parts_.addresses.is_global(request)) {  // whose host it is depends on the account (accounts-storage.md B.3)
    if (caller) co_return sent_on(parts_.addresses.account_root(request, caller->account));
    co_return parts_.api.refuse(request, fail(ErrorCode::kUnauthorized, "A valid token is required."));
  }
  co_return co_await parts_.api.handle(std::move(request), std::move(caller));
}

// A global host answers on every path; elsewhere all that is not the API is management or a token service.
Task<http::Response> ControlService::answer_other(http::Request request) {
  if (parts_.addresses.is_global(request)) co_return co_await answer_api(std::move(request));
  if (manage::ManagementEndpoint::serves(request.path)) co_return co_await parts_.management.handle(std::move(request));
  co_return co_await parts_.tokens.handle(std::move(request));
}

Task<http::Response> ControlService::answer_health(http::Request) {
  auto look = [this] {
    return parts_.database.read([](rows::Session& session) { return rows::list_accounts(session); });
  };
  const auto accounts = co_await run_on(parts_.db, std::move(look));
  if (accounts) co_return http::Response::text(200, "application/json", "{\"status\":\"ok\"}\n");
  co_return http::Response::text(503, "application/json",
                                 "{\"status\":\"failing\",\"reason\":\"the database does not answer\"}\n");
}

Task<http::Response> ControlService::answer_metrics(http::Request) {
  co_return http::Response::text(200, "text/plain; version=0.0.4; charset=utf-8", parts_.metrics.text());
}

}  // namespace lazulite::server
