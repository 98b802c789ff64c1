// Which account, queue and message a request means: host style "<account>.queue.<domain>/<queue>/messages/<id>", or
// path style "/<account>/<queue>/…" under an IP address or any other name (accounts-storage.md D.4, C.1).
#pragma once

#include "schema/base/result.hpp"
#include "storage/rows/queue_rows.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite::queue {

enum class Level : std::uint8_t { kService, kQueue, kMessages, kMessage };

struct QueueTarget {
  Level level = Level::kService;
  rows::QueueRef queue;    // its name is empty at the service
  std::string message_id;  // of kMessage
  bool path_style = false;
};

// `host` as in the Host header, `path` still encoded. InvalidArgument "InvalidUri" or "InvalidResourceName".
Result<QueueTarget> parse_target(std::string_view host, std::string_view path);

// 3 to 63 lower-case letters, digits and single hyphens between them.
bool is_queue_name(std::string_view name);

}  // namespace lazulite::queue
