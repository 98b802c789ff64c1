// Which format an answer has (api.md 1.4) and what the request's versions mean (1.2). Pure functions of the headers.
#pragma once

#include "schema/odata/codec.hpp"
#include "schema/odata/query_options.hpp"
#include "server/http/message.hpp"

namespace lazulite::api {

struct Format {
  const odata::Codec* codec = nullptr;  // null: no format that the client accepts is offered
  odata::MetadataLevel level = odata::MetadataLevel::kMinimal;
};

// $format first, then Accept by weight. Nothing and */* are JSON, or Atom when the setting says so (as the real service
// did): people who type curl want JSON, and every client library names its format.
Format negotiate(const http::Request& request, const odata::RawOptions& options, bool atom_by_default);

// The format of a body with this Content-Type: what an answer in a $batch has whose request names none. The default
// when the type is none of ours.
Format format_of_body(const http::Request& request, bool atom_by_default);

// InvalidArgument unless x-ms-version (or api-version) is of the form 2.n, or absent and not required.
Result<void> check_service_version(const http::Request& request, const odata::RawOptions& options, bool required);

// GET, POST, MERGE, PATCH, PUT, DELETE, HEAD: a POST may carry another in X-HTTP-Method.
std::string effective_method(const http::Request& request);

}  // namespace lazulite::api
