// The multipart/mixed body of a $batch answer (api.md 4.5). Pure text; knows no statuses.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::odata {

struct BatchResponse {
  unsigned status = 0;
  std::string reason;                                        // "Created"
  std::vector<std::pair<std::string, std::string>> headers;  // in the order of writing
  std::string body;
};

struct BatchAnswer {
  bool changeset = false;
  std::vector<BatchResponse> responses;  // one, unless it is a changeset that went well
};

// token: text that no body holds (a new GUID); the boundaries are made of it.
std::string write_batch(std::span<const BatchAnswer> answers, std::string_view token);

// "multipart/mixed; boundary=…": unquoted, and nothing behind it (api.md rule 15).
std::string batch_content_type(std::string_view token);

}  // namespace lazulite::odata
