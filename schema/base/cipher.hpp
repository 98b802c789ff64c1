// Symmetric encryption of small values in memory: sealing what is kept, and the checksum of a content key. OpenSSL
// hidden behind plain types. Functions are pure and thread-safe.
#pragma once

#include "schema/base/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace lazulite {

using AesBlock = std::array<std::uint8_t, 16>;
using SealingKey = std::array<std::uint8_t, 32>;

// One block of AES-ECB. `key` must have 16 or 32 bytes.
AesBlock encrypt_aes_block(std::span<const std::uint8_t> key, const AesBlock& block);

// AES-256-CBC with PKCS #7 padding. `key` has 32 bytes. InvalidArgument when that is not what `data` is.
Result<std::vector<std::uint8_t>> decrypt_aes_cbc(std::span<const std::uint8_t> key, const AesBlock& vector,
                                                  std::span<const std::uint8_t> data);

// AES-256-GCM with a random nonce, bound to `context` (what the value belongs to, so that it cannot be moved):
//   12 bytes nonce | as many bytes as the data | 16 bytes tag
std::vector<std::uint8_t> seal(const SealingKey& key, std::span<const std::uint8_t> context,
                               std::span<const std::uint8_t> data);
// InvalidArgument when it was not sealed with this key for this context, or was changed since.
Result<std::vector<std::uint8_t>> unseal(const SealingKey& key, std::span<const std::uint8_t> context,
                                         std::span<const std::uint8_t> sealed);

}  // namespace lazulite
