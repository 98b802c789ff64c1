// Small text functions that every protocol needs: ASCII case, trimming, splitting, percent-encoding, XML escaping,
// UTF-8 and hex.
#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite {

// ASCII only, as the protocols define it.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
bool ends_with_ignoring_case(std::string_view text, std::string_view suffix);

// Without leading and trailing space, tab, CR and LF.
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

// Whole decimal text; nullopt for anything else, overflow included.
std::optional<std::int64_t> parse_int64(std::string_view text);
std::optional<std::uint64_t> parse_uint64(std::string_view text);
std::optional<double> parse_double(std::string_view text);

// RFC 3986 §2.1. Encodes all but unreserved characters and those in `keep`. Upper-case hex.
std::string percent_encode(std::string_view text, std::string_view keep = {});
// Decodes %XX. InvalidArgument for a % that two hex digits do not follow. plus_is_space: form encoding.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

// Value of the first parameter with that name in "a=1&b=2", decoded; names compare ignoring case.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

// & < > " for text and attributes alike. Apostrophes stay (api.md rule 24). Control characters that XML 1.0 forbids
// become U+FFFD.
std::string xml_escape(std::string_view text);

bool is_valid_utf8(std::string_view text);

std::string to_hex(std::span<const std::uint8_t> bytes);  // lower case
Result<std::vector<std::uint8_t>> from_hex(std::string_view text);

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lazulite
