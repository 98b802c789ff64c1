// What the values of a StreamingEndpoint must be, whoever writes them (api.md 5.20, delivery.md 3). Pure.
#pragma once

#include "schema/entities/streaming_endpoint.hpp"

namespace lazulite::api {

// InvalidArgument, with the property and the value.
Result<void> check_streaming_endpoint(const StreamingEndpoint& endpoint);

}  // namespace lazulite::api
