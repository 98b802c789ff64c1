// GET: entities, collections, $count, properties, $links, the service document and $metadata.
#pragma once

#include "server/api/api_request.hpp"

namespace lazulite::api {

// request.target addresses rows (not the service root, $metadata or a function).
Result<http::Response> read_target(HookContext& context, const ApiRequest& request);

// These two need no account (api.md rule 27). The service document is always answered: as XML where nothing of ours is
// accepted.
http::Response read_service_document(const ApiRequest& request);
http::Response read_metadata();

// The answer to a GET of this row, also used for the answer to a POST.
Result<http::Response> entity_response(HookContext& context, const ApiRequest& request, unsigned status,
                                       model::Record record);

}  // namespace lazulite::api
