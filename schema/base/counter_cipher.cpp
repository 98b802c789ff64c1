#include "schema/base/counter_cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

namespace lazulite {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kPiece = 1U << 30U;  // OpenSSL counts in int

void must(bool done) {
  if (!done) std::abort();
}

void put_big_endian(std::span<std::uint8_t> out, std::uint64_t value) {
  for (std::size_t i = out.size(); i-- > 0; value >>= 8U) out[i] = static_cast<std::uint8_t>(value);
}

}  // namespace

CounterCipher::CounterCipher(const StorageKey& key, std::uint64_t initialization_vector, std::uint64_t offset)
    : context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
  std::array<std::uint8_t, kBlock> counter{};
  put_big_endian(std::span{counter}.first(8), initialization_vector);
  put_big_endian(std::span{counter}.last(8), offset / kBlock);
  must(context_ != nullptr &&
       EVP_EncryptInit_ex(context_.get(), EVP_aes_256_ctr(), nullptr, key.data(), counter.data()) == 1);
  std::array<std::uint8_t, kBlock> skipped{};
  apply(std::span{skipped}.first(offset % kBlock));
}

void CounterCipher::apply(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    int length = 0;
    must(EVP_EncryptUpdate(context_.get(), piece.data(), &length, piece.data(), static_cast<int>(piece.size())) == 1);
    bytes = bytes.subspan(piece.size());
  }
}

}  // namespace lazulite
