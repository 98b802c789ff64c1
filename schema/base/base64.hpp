// Base64 of RFC 4648: the standard alphabet with padding, and the URL alphabet without.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite {

std::string base64_encode(std::span<const std::uint8_t> bytes);
std::string base64url_encode(std::span<const std::uint8_t> bytes);

// Accepts both alphabets, with or without padding; white space is refused. InvalidArgument otherwise.
Result<std::vector<std::uint8_t>> base64_decode(std::string_view text);

}  // namespace lazulite
