#include "server/api/long_operations.hpp"

#include "schema/base/ids.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "storage/rows/directory.hpp"

namespace lazulite::api {
namespace {

constexpr std::chrono::days kKept{7};  // clients poll for minutes
constexpr std::int64_t kRemovedAtOnce = 100;

Result<void> remove_old(HookContext& context) {
  rows::ListQuery query;
  query.condition = rows::less_than(kOperation, "ended", model::Value{context.now - kKept});
  query.top = kRemovedAtOnce;
  LAZULITE_TRY(const auto old, rows::list<Operation>(context.session, context.account, query));
  for (const auto& each : old) LAZULITE_CHECK(rows::remove(context.session, context.account, kOperation, each.id));
  return {};
}

Result<void> add_operation(HookContext& context, Operation operation) {
  LAZULITE_CHECK(remove_old(context));
  operation.id = new_entity_id(kOperation.id_prefix);
  LAZULITE_CHECK(rows::insert(context.session, context.account, operation));
  context.operation_id = std::move(operation.id);
  return {};
}

Result<void> finish(rows::Session& session, const std::string& account, Operation operation, Timestamp now) {
  LAZULITE_TRY(auto endpoint, rows::find<StreamingEndpoint>(session, account, operation.target_entity_id));
  operation.ended = now;
  if (!endpoint) {
    operation.state = "Failed";
    operation.error_code = "NotFound";
    operation.error_message = fmt::format("The StreamingEndpoint '{}' was deleted.", operation.target_entity_id);
    return rows::update(session, account, operation);
  }
  endpoint->state = operation.state_after.value_or(endpoint->state);
  endpoint->scale_units = operation.scale_units_after.value_or(endpoint->scale_units);
  endpoint->last_modified = now;
  LAZULITE_CHECK(rows::update(session, account, *endpoint));
  operation.state = "Succeeded";
  return rows::update(session, account, operation);
}

// The accounts that had any.
Result<std::vector<std::string>> finish_all(rows::Session& session, Timestamp now) {
  std::vector<std::string> changed;
  LAZULITE_TRY(const auto accounts, rows::list_accounts(session));
  for (const auto& account : accounts) {
    rows::ListQuery query;
    query.condition = rows::equals(kOperation, "State", model::Value{std::string{"InProgress"}});
    LAZULITE_TRY(const auto operations, rows::list<Operation>(session, account.name, query));
    for (const auto& each : operations) LAZULITE_CHECK(finish(session, account.name, each, now));
    if (!operations.empty()) changed.push_back(account.name);
  }
  return changed;
}

}  // namespace

Result<void> begin_operation(HookContext& context, const std::string& target_id, Operation after) {
  after.target_entity_id = target_id;
  if (context.services.operations_begun) context.after_commit.push_back(context.services.operations_begun);
  return add_operation(context, std::move(after));
}

Result<void> add_finished_operation(HookContext& context, const std::string& target_id) {
  Operation operation;
  operation.target_entity_id = target_id;
  operation.state = "Succeeded";
  operation.ended = context.now;
  return add_operation(context, std::move(operation));
}

Result<void> finish_operations(rows::Database& database, const Clock& clock,
                               const std::function<void(std::string_view account)>& changed) {
  LAZULITE_TRY(const auto accounts,
               database.write([&](rows::Session& session) { return finish_all(session, clock.now()); }));
  for (const auto& each : accounts) {
    if (changed) changed(each);
  }
  return {};
}

}  // namespace lazulite::api
