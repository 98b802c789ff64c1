// What the path of a streaming URL names (delivery.md 1.1): a locator, and below it a presentation or a plain file.
// Pure.
#pragma once

#include "schema/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lazulite::stream {

struct StreamTarget {
  std::string locator;              // GUID, lower case
  std::string file;                 // "clip.ism" or "clip_1964.mp4", decoded
  std::optional<std::string> tail;  // after "clip.ism/", still encoded; none: the file itself is wanted
};

// NotFound MPE_RESOURCE_NOT_FOUND for a path that names no locator and file; InvalidArgument MPE_BAD_URL_SYNTAX for
// broken encoding.
Result<StreamTarget> parse_stream_target(std::string_view path);

}  // namespace lazulite::stream
