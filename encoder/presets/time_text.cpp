#include "encoder/presets/time_text.hpp"

#include "schema/base/text.hpp"

#include <cmath>
#include <cstdint>

namespace lazulite::encoder {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> to_milliseconds(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return std::nullopt;
  return milliseconds{std::llround(seconds * 1000)};
}

std::optional<milliseconds> parse_iso_duration(std::string_view text) {
  text.remove_prefix(2);  // PT
  double seconds = 0;
  while (!text.empty()) {
    const auto end = text.find_first_of("HMS");
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = parse_double(text.substr(0, end));
    if (!value) return std::nullopt;
    seconds += *value * (text[end] == 'H' ? 3600 : text[end] == 'M' ? 60 : 1);
    text.remove_prefix(end + 1);
  }
  return to_milliseconds(seconds);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_time_span(std::string_view text) {
  text = trim(text);
  if (text.starts_with("PT")) return parse_iso_duration(text);
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  std::string_view hour_text = parts[0];
  double days = 0;
  if (const auto dot = hour_text.find('.'); dot != std::string_view::npos) {
    const auto value = parse_uint64(hour_text.substr(0, dot));
    if (!value || *value > 10'000) return std::nullopt;
    days = static_cast<double>(*value);
    hour_text.remove_prefix(dot + 1);
  }
  const auto hours = parse_uint64(hour_text), minutes = parse_uint64(parts[1]);
  const auto seconds = parse_double(parts[2]);
  if (!hours || *hours > 100'000 || !minutes || *minutes > 59 || !seconds || *seconds < 0 || *seconds >= 60)
    return std::nullopt;
  return to_milliseconds(days * 86400 + static_cast<double>(*hours * 3600 + *minutes * 60) + *seconds);
}

}  // namespace lazulite::encoder
