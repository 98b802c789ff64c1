// POST, MERGE, PATCH, PUT and DELETE of entities, POST and DELETE of $links: the generic rules of api.md 4.1 and 4.2
// around the hooks. Each runs inside the write transaction of its context; request.input and request.link have been
// read before.
#pragma once

#include "server/api/api_request.hpp"

namespace lazulite::api {

// The entity to be made: the sent values, the defaults of all others, `now`, and the sent key or a new one.
Result<model::Record> new_record(const odata::EntityInput& input, Timestamp now);

// The row with its links, after the set's before_delete.
Result<void> delete_row(HookContext& context, const model::Record& record);

Result<http::Response> create_entity(HookContext& context, const ApiRequest& request);
Result<http::Response> update_entity(HookContext& context, const ApiRequest& request);
Result<http::Response> delete_entity(HookContext& context, const ApiRequest& request);
Result<http::Response> add_link(HookContext& context, const ApiRequest& request);
Result<http::Response> remove_link(HookContext& context, const ApiRequest& request);

}  // namespace lazulite::api
