// What an entity *does*, apart from being stored: one EntityHooks row per set that does something, one FunctionHook row
// per service operation or action, and the lists of them (entity_hooks.cpp). Everything else is generic
// (odata_endpoint).
//
// Hooks run on the `db` pool inside one transaction (reads: one snapshot) and may run again when the database is busy.
// So they change nothing outside `session` except through after_commit and after_rollback, or by steps that may be
// repeated (creating a container). All members of a row are optional. Errors become HTTP statuses in error_catalog
// only.
#pragma once

#include "schema/model/model.hpp"
#include "schema/odata/entity_input.hpp"
#include "server/api/api_services.hpp"
#include "server/http/message.hpp"
#include "storage/rows/repository.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::api {

struct HookContext {
  rows::Session& session;
  const std::string& account;  // media account: the `account` of every repository call
  const http::Request& request;
  Timestamp now;
  const ApiServices& services;
  std::vector<std::function<void()>>
      after_commit{};  // run in order once the transaction is on disk, before the response
  std::vector<std::function<void()>>
      after_rollback{};  // run in order when it failed: takes back what hooks did outside
  // Set by hooks (long_operations.hpp): the answer is 202 and names this Operation.
  std::string operation_id{};
};

struct EntityHooks {
  std::string_view set;  // "Assets"
  // A stored property by which rows of a to-many navigation are sorted unless the client says otherwise ("position" of
  // Tasks).
  std::string_view default_order{};

  // POST, before the transaction and once: slow steps outside of the database (a container on disk), which would hold
  // up every other writer. `record` is as prepare_create will see it, `input` has its key and may be given more.
  // Returns how to take the steps back should the transaction fail.
  Result<std::function<void()>> (*before_transaction)(const ApiServices& services, const std::string& account,
                                                      const model::Record& record, odata::EntityInput& input) = nullptr;
  // POST. `record` holds the new id, Created, LastModified, the sent values and the defaults of all other stored
  // properties; to-one references stand in their property already, and every reference's target exists. Validates and
  // completes `record`.
  Result<void> (*prepare_create)(HookContext& context, const odata::EntityInput& input,
                                 model::Record& record) = nullptr;
  // The row is in the table and its linked references are linked (InputMediaAssets). Adds rows that belong to it,
  // children first of all.
  Result<void> (*after_insert)(HookContext& context, const odata::EntityInput& input,
                               const model::Record& record) = nullptr;
  // True when after_insert stores input.children; otherwise a body with children is 400.
  bool takes_children = false;

  // MERGE, PATCH, PUT. `changed` is `stored` with the new values (write-once and read-only rules applied); it may be
  // changed further.
  Result<void> (*before_update)(HookContext& context, const odata::EntityInput& input, const model::Record& stored,
                                model::Record& changed) = nullptr;
  // DELETE, before the row goes: refuses, or removes what hangs on it.
  Result<void> (*before_delete)(HookContext& context, const model::Record& record) = nullptr;

  // $links of a navigation with links_writable: refuses, or adds what the link brings.
  Result<void> (*before_link)(HookContext& context, const model::Record& source, const model::Navigation& navigation,
                              const model::Record& target) = nullptr;
  Result<void> (*before_unlink)(HookContext& context, const model::Record& source, const model::Navigation& navigation,
                                const model::Record& target) = nullptr;

  // Fills in kComputed properties of rows on their way out.
  Result<void> (*compute)(HookContext& context, std::span<model::Record> records) = nullptr;
  // Stands in for a linked row that was deleted (api.md 5.2 "Tombstone"); without it such links are left out.
  model::Record (*tombstone)(HookContext& context, const std::string& key) = nullptr;
  // The set has no table: all its rows.
  std::vector<model::Record> (*read_all)(HookContext& context) = nullptr;
};

struct FunctionCall {
  const model::Function* function = nullptr;
  std::string bound_key;  // key of the entity an action is bound to, in its stored form; the entity exists
  std::vector<model::Value> arguments;  // one per parameter of `function`, of its Edm type; never null
};
struct FunctionResult {
  std::optional<model::Value> value;  // of type function->returns; none: 204
};
struct FunctionHook {
  std::string_view name;         // as in model::functions()
  std::string_view bound_set{};  // the same; empty for a service operation
  Result<FunctionResult> (*invoke)(HookContext& context, const FunctionCall& call) = nullptr;
  bool writes = true;  // runs in a write transaction
};

// nullptr when the set does nothing special.
const EntityHooks* find_entity_hooks(std::string_view set);
const FunctionHook* find_function_hook(const model::Function& function);

}  // namespace lazulite::api
