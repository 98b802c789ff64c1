// The multipart/mixed body of a $batch request (api.md 4.4) as operations in order. Pure text; URIs and bodies are left
// as sent.
//
// Tolerant as the clients need it: CRLF or LF in any mixture, folded headers, a quoted or bare boundary at any place of
// the Content-Type, preamble and epilogue, blank lines before the request line, Content-ID in either header block, no
// Content-Length (the boundary ends a body). Bounded: 1,000 operations, 64 headers of a block. Errors: InvalidArgument;
// a body that is cut off before its last boundary is one, so that no half of it is carried out.
#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::odata {

struct BatchRequest {
  std::string method;                                        // upper case
  std::string uri;                                           // "https://host/api/$1/Tasks", "Jobs", …
  std::vector<std::pair<std::string, std::string>> headers;  // of the request, not of its MIME part
  std::string content_id;                                    // of either; empty when there is none
  std::string body;
};

struct BatchPart {
  bool changeset = false;
  std::vector<BatchRequest> requests;  // one, unless it is a changeset
};

Result<std::vector<BatchPart>> read_batch(std::string_view content_type, std::string_view body);

// The URI of a request in a batch without what leads to the service root: "https://h/api//$1/Tasks?a=b",
// "/api/$1/Tasks",
// "$1/Tasks" and "/$1/Tasks" all are "$1/Tasks", with "?a=b" as it was. Still percent-encoded.
std::string batch_path(std::string_view uri);

}  // namespace lazulite::odata
