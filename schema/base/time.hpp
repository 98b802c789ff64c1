// Instants: microseconds since 1970-01-01T00:00:00Z, always UTC. Formats and parses what the Media Services and storage
// protocols write.
#pragma once

#include "schema/base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lazulite {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// .NET's DateTime.MinValue, which the API writes for "unset" dates that may not be null.
Timestamp dotnet_min_time();  // 0001-01-01T00:00:00Z

// Source of "now"; tests inject their own. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};
const Clock& system_clock();

// 2024-05-01T10:00:00.123456Z; trailing zeros of the fraction trimmed, no fraction when zero.
std::string format_iso8601(Timestamp time);
// 2024-05-01T10:00:00Z, whole seconds.
std::string format_iso8601_seconds(Timestamp time);
// Wed, 01 May 2024 10:00:00 GMT (RFC 9110 §5.6.7).
std::string format_http_date(Timestamp time);

// Lenient, as api.md rule 17: ISO 8601 with or without Z, offset, fraction, or only a date; /Date(ms)/; M/D/YYYY
// hh:mm:ss AM. No zone means UTC. InvalidArgument otherwise.
Result<Timestamp> parse_time(std::string_view text);
// RFC 1123 HTTP date; InvalidArgument otherwise.
Result<Timestamp> parse_http_date(std::string_view text);

std::int64_t unix_seconds(Timestamp time);
std::int64_t unix_millis(Timestamp time);

}  // namespace lazulite
