// HMAC (RFC 2104) of protocols that name their hash; made in crypto.cpp, the only OpenSSL of this layer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lazulite {

enum class MacHash : std::uint8_t { kMd5, kSha1, kSha256 };

std::vector<std::uint8_t> hmac(MacHash hash, std::span<const std::uint8_t> key, std::span<const std::uint8_t> data);

}  // namespace lazulite
