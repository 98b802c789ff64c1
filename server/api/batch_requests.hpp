// $batch (api.md 4.4, 4.5): every changeset is one write transaction, every other part one operation of its own. The
// answer is always 202 once the envelope could be read; a changeset that fails changes nothing and is answered by one
// part with the error.
//
// `$n` stands for the entity that the operation with Content-ID n of the same changeset creates. What can be created
// with its parent only (Tasks of a Job) and is posted to `$n/Tasks` becomes a child of that parent's creation, and yet
// is answered in its own place.
#pragma once

#include "server/api/api_request.hpp"

#include <string>

namespace lazulite::api {

// Blocks; runs outside of any transaction. InvalidArgument or TooLarge when the envelope is malformed.
Result<http::Response> respond_batch(const ApiServices& services, const std::string& account, const ApiRequest& outer);

}  // namespace lazulite::api
