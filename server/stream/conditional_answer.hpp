// Turns a resource into the response to one GET or HEAD: validators, 304, ranges, 416 (RFC 9110 §13, §14;
// delivery.md 3.2). Pure.
#pragma once

#include "schema/base/time.hpp"
#include "server/http/message.hpp"
#include "storage/files/content.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lazulite::stream {

struct Validators {
  std::string etag;                        // with its quotes
  std::optional<Timestamp> last_modified;  // none: not known
};

struct Representation {
  std::string content_type;
  files::Content body;                // empty where `size` stands in for it (HEAD)
  std::optional<std::uint64_t> size;  // of the body when it was not made
};

// Accept-Encoding takes gzip, and no range of the plain bytes is asked for (RFC 9110 §12.5.3).
bool accepts_gzip(const http::Request& request);
// If-None-Match, else If-Modified-Since, say that the client has this already.
bool is_unmodified(const http::Request& request, const Validators& validators);
http::Response not_modified(const Validators& validators, const std::string& cache_control);
// 200, 206 or 416. Several ranges in one request are answered with the whole, as RFC 9110 §14.2 allows.
http::Response whole_or_range(const http::Request& request, const Validators& validators,
                              const std::string& cache_control, Representation representation);

}  // namespace lazulite::stream
