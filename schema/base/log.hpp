// Named spdlog loggers that share one sink. Text first, then key=value. Never log tokens, account keys, SAS signatures
// or content keys.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <string_view>

namespace lazulite {

// The logger of a component ("http", "jobs", "packager", …), made on first use. Thread-safe; the reference lives as
// long as the program.
spdlog::logger& logger(std::string_view component);

// "trace", "debug", "info", "warn", "error" or "off", for all components, present and future. False for another word.
bool set_log_level(std::string_view level);

}  // namespace lazulite
