// Long-running operations (api.md 4.3, 5.21): an action puts its streaming endpoint into a state in between and notes
// an Operation that is InProgress, in one transaction; finish_operations then brings the endpoint to its new state and
// the Operation to its end, in another. What a crash interrupts is finished at the next start.
#pragma once

#include "schema/entities/operation.hpp"
#include "server/api/entity_hooks.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lazulite::api {

// Both make the answer of the running request 202 with the operation's id.
// InProgress: the target becomes what `after` says once it is finished. Only state_after and scale_units_after of it
// are read.
Result<void> begin_operation(HookContext& context, const std::string& target_id, Operation after);
// Succeeded already: for what the transaction itself brings to its end.
Result<void> add_finished_operation(HookContext& context, const std::string& target_id);

// Finishes all operations that are InProgress, of all accounts, in one transaction. Blocks; call it after
// ApiServices::operations_begun and once at start. changed: called for each account of which a row was changed, after
// the commit; may be empty.
Result<void> finish_operations(rows::Database& database, const Clock& clock,
                               const std::function<void(std::string_view account)>& changed);

}  // namespace lazulite::api
