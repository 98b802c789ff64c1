// Every error of the storage protocols, blobs and queues: code, status and message in one table (accounts-storage.md
// C.2, C.3, D.4), and the answer that carries it.
#pragma once

#include "schema/base/result.hpp"
#include "schema/base/time.hpp"
#include "server/http/message.hpp"

namespace lazulite::blob {

// error.detail names the code; without one that the table knows, error.code decides. For InvalidHeaderValue,
// MissingRequiredHeader and the codes of query parameters error.message is the name of the header or parameter; for 403
// it is the AuthenticationErrorDetail.
http::Response error_response(const Error& error, const http::Request& request, Timestamp now);

// A fault in a named header or query parameter.
Error bad_header(std::string_view name);
Error missing_header(std::string_view name);
Error bad_parameter(std::string_view name);
Error parameter_out_of_range(std::string_view name);
Error missing_parameter(std::string_view name);

}  // namespace lazulite::blob
