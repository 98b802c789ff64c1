// One operation on rows, alone or as part of a $batch: what a request means, whether it may be, what its body says, and
// its run inside a transaction. odata_endpoint runs one per transaction, batch_requests a whole changeset.
#pragma once

#include "server/api/api_request.hpp"

#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::api {

// A request of which nothing has been looked at yet. `http` must outlive it.
ApiRequest new_request(const ApiServices& services, const http::Request& http);

// Fills in target, options and format; the format also when the rest fails.
Result<void> parse_request(const ApiServices& services, ApiRequest& request);

bool is_read(std::string_view method);

// A row may be created under this navigation: its links may be written, or the property that binds it is one the API
// knows (Tasks come with their Job only).
bool can_create(const odata::ODataTarget& target);

// "GET, HEAD, POST"
std::string allowed_methods(const odata::ODataTarget& target);
// InvalidArgument "MethodNotAllowed" unless it is one of them.
Result<void> check_method(const ApiRequest& request);

// Reads the body (or the arguments), before any transaction begins.
Result<void> read_input(ApiRequest& request);

bool writes(const ApiRequest& request);

http::Response error_response(const ApiRequest& request, const Error& error);

// What hooks want done outside of their transaction, once it is known how that ended.
struct Effects {
  using Actions = std::vector<std::function<void()>>;
  Actions after_commit, after_rollback;

  static void run(Actions& actions) {
    for (const auto& each : std::exchange(actions, {})) each();
  }
  static void append(Actions& to, Actions& from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
    from.clear();
  }
};

// Runs an operation other than the service document, $metadata and $batch; what it leaves to do goes into `effects`.
Result<http::Response> run_operation(rows::Session& session, const ApiServices& services, const std::string& account,
                                     const ApiRequest& request, Effects& effects);

// One write transaction. `work`(session, effects) may run again when the database is busy; what hooks did outside of it
// is taken back when it fails, or before it runs again.
template <class Work>
auto run_write(const ApiServices& services, const std::string& account, Work work) {
  Effects effects;
  auto result = services.database.write([&](rows::Session& session) {
    Effects::run(effects.after_rollback);
    effects.after_commit.clear();
    return work(session, effects);
  });
  Effects::run(result ? effects.after_commit : effects.after_rollback);
  if (result && services.account_changed) services.account_changed(account);
  return result;
}

// What a write needs done outside of the database before its transaction begins (EntityHooks::before_transaction).
// `undo` says how to take it back.
Result<void> run_before_transaction(const ApiServices& services, const std::string& account, ApiRequest& request,
                                    Effects::Actions& undo);

// The request in a transaction of its own.
Result<http::Response> run_alone(const ApiServices& services, const std::string& account, ApiRequest& request);

}  // namespace lazulite::api
