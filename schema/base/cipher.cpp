#include "schema/base/cipher.hpp"

#include "schema/base/crypto.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <memory>

namespace lazulite {
namespace {

using ContextPtr = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* p) { EVP_CIPHER_CTX_free(p); })>;

constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

void must(bool done) {
  if (!done) std::abort();
}

ContextPtr new_context() {
  ContextPtr out{EVP_CIPHER_CTX_new()};
  must(out != nullptr);
  return out;
}

int size_of(std::span<const std::uint8_t> data) { return static_cast<int>(data.size()); }

}  // namespace

AesBlock encrypt_aes_block(std::span<const std::uint8_t> key, const AesBlock& block) {
  assert(key.size() == 16 || key.size() == 32);
  const auto context = new_context();
  AesBlock out{};
  int length = 0;
  const EVP_CIPHER* cipher = key.size() == 32 ? EVP_aes_256_ecb() : EVP_aes_128_ecb();
  must(EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), nullptr) == 1 &&
       EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
       EVP_EncryptUpdate(context.get(), out.data(), &length, block.data(), size_of(block)) == 1);
  return out;
}

Result<std::vector<std::uint8_t>> decrypt_aes_cbc(std::span<const std::uint8_t> key, const AesBlock& vector,
                                                  std::span<const std::uint8_t> data) {
  assert(key.size() == 32);
  const auto context = new_context();
  std::vector<std::uint8_t> out(data.size() + vector.size());
  int length = 0, rest = 0;
  must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), vector.data()) == 1 &&
       EVP_DecryptUpdate(context.get(), out.data(), &length, data.data(), size_of(data)) == 1);
  if (EVP_DecryptFinal_ex(context.get(), out.data() + length, &rest) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidArgument, "the data was not encrypted with this key and vector");
  }
  out.resize(static_cast<std::size_t>(length) + static_cast<std::size_t>(rest));
  return out;
}

std::vector<std::uint8_t> seal(const SealingKey& key, std::span<const std::uint8_t> context,
                               std::span<const std::uint8_t> data) {
  std::vector<std::uint8_t> out(kNonceBytes + data.size() + kTagBytes);
  random_bytes(std::span{out}.first(kNonceBytes));
  const auto cipher = new_context();
  int length = 0;
  std::uint8_t* body = out.data() + kNonceBytes;
  must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), out.data()) == 1);
  must(EVP_EncryptUpdate(cipher.get(), nullptr, &length, context.data(), size_of(context)) == 1);
  must(EVP_EncryptUpdate(cipher.get(), body, &length, data.data(), size_of(data)) == 1);
  must(EVP_EncryptFinal_ex(cipher.get(), body + length, &length) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + data.size()) == 1);
  return out;
}

Result<std::vector<std::uint8_t>> unseal(const SealingKey& key, std::span<const std::uint8_t> context,
                                         std::span<const std::uint8_t> sealed) {
  const auto refused = [] { return fail(ErrorCode::kInvalidArgument, "not sealed with this key for this use"); };
  if (sealed.size() < kNonceBytes + kTagBytes) return refused();
  const auto body = sealed.subspan(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::array<std::uint8_t, kTagBytes> tag{};
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  const auto cipher = new_context();
  std::vector<std::uint8_t> out(body.size());
  int length = 0;
  must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), sealed.data()) == 1);
  must(EVP_DecryptUpdate(cipher.get(), nullptr, &length, context.data(), size_of(context)) == 1);
  must(EVP_DecryptUpdate(cipher.get(), out.data(), &length, body.data(), size_of(body)) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  const bool fits = EVP_DecryptFinal_ex(cipher.get(), out.data() + out.size(), &length) == 1;
  ERR_clear_error();
  if (!fits) return refused();
  return out;
}

}  // namespace lazulite
