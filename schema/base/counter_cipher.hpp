// AES-256 in counter mode as the storage encryption of clients uses it (accounts-storage.md C.6). OpenSSL hidden behind
// plain types.
//
//   counter block   0: initialization vector, big-endian | 8: number of the 16-byte block in the file, big-endian
//
// The same call encrypts and decrypts. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

struct evp_cipher_ctx_st;

namespace lazulite {

using StorageKey = std::array<std::uint8_t, 32>;

class CounterCipher {
 public:
  // Starts at a byte offset of the file. Deviation: the block number carries into the vector where C.6 lets it wrap,
  // after 2^64 blocks, which no file has.
  CounterCipher(const StorageKey& key, std::uint64_t initialization_vector, std::uint64_t offset = 0);

  // The next bytes of the file, in place.
  void apply(std::span<std::uint8_t> bytes);

 private:
  std::shared_ptr<evp_cipher_ctx_st> context_;
};

}  // namespace lazulite
