// The HTTP statuses of the REST API: the only place that knows them (api.md 2.7).
#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>

namespace lazulite::api {

// Words of Error::detail that this protocol knows apart from the codes.
inline constexpr const char* kMethodNotAllowed = "MethodNotAllowed";
inline constexpr const char* kUnsupportedMediaType = "UnsupportedMediaType";

unsigned status_of(const Error& error);

// What the client may read: the error's message, or a general sentence for faults of ours.
std::string public_message(const Error& error);

// Statuses of answers that are no errors.
inline constexpr unsigned kOk = 200, kCreated = 201, kAccepted = 202, kNoContent = 204;

// "Created": of the statuses above and of all that status_of gives, for status lines in a $batch.
std::string_view reason_of(unsigned status);

}  // namespace lazulite::api
