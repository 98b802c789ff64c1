// Hashes, MACs and random numbers; the only OpenSSL of this layer, hidden behind plain types. All functions are
// thread-safe.
#pragma once

#include "schema/base/result.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace lazulite {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Md5Digest = std::array<std::uint8_t, 16>;

// From the operating system's generator; terminates the program when there is none.
void random_bytes(std::span<std::uint8_t> out);
std::vector<std::uint8_t> random_bytes(std::size_t count);

Sha256Digest sha256(std::span<const std::uint8_t> data);
Md5Digest md5(std::span<const std::uint8_t> data);
Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data);

// Compares without revealing by its time where two texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// MD5 of data that comes in pieces (Content-MD5 of uploads).
class Md5Stream {
 public:
  Md5Stream();
  ~Md5Stream();
  Md5Stream(Md5Stream&&) noexcept;
  Md5Stream& operator=(Md5Stream&&) noexcept;
  void update(std::span<const std::uint8_t> data);
  [[nodiscard]] Md5Digest finish();  // once, at the end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a verifier needs of an RSA key, both big-endian without leading zeros (the n and e of RFC 7518 §6.3.1).
struct RsaPublicKey {
  std::vector<std::uint8_t> modulus, exponent;
};

// An RSA key pair. Copies share the key, which never changes.
class RsaKey {
 public:
  // `bits` at least 2048.
  static RsaKey generate(unsigned bits = 2048);
  // InvalidArgument when the text is not an unencrypted RSA private key of at least 2048 bits.
  static Result<RsaKey> from_pem(std::string_view pem);

  [[nodiscard]] std::string to_pem() const;  // PKCS #8, unencrypted
  [[nodiscard]] RsaPublicKey public_key() const;
  // RSASSA-PKCS1-v1_5 over SHA-256: the RS256 of RFC 7518 §3.3.
  [[nodiscard]] std::vector<std::uint8_t> sign_sha256(std::span<const std::uint8_t> data) const;
  [[nodiscard]] bool verify_sha256(std::span<const std::uint8_t> data, std::span<const std::uint8_t> signature) const;

 private:
  explicit RsaKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace lazulite
