// Times as presets write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lazulite::encoder {

// [d.]hh:mm:ss[.fffffff] or PT…H…M…S; nullopt for anything else and beyond 1e9 seconds.
std::optional<std::chrono::milliseconds> parse_time_span(std::string_view text);

}  // namespace lazulite::encoder
