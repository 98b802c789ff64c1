#include "schema/base/cipher.hpp"

#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;

TEST_CASE("AES-ECB of one block, by the vectors of FIPS 197 appendix C", "[unit][schema]") {
  AesBlock block{};
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint8_t>(i * 0x11);
  std::vector<std::uint8_t> key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  CHECK(to_hex(encrypt_aes_block(std::span{key}.first(16), block)) == "69c4e0d86a7b0430d8cdb78070b4c55a");
  CHECK(to_hex(encrypt_aes_block(key, block)) == "8ea2b7ca516745bfeafc49904b496089");
}

TEST_CASE("what was sealed is unsealed with the same key and context only", "[unit][schema]") {
  const SealingKey key{1};
  const auto sealed = seal(key, as_bytes("a/1"), as_bytes("secret"));
  CHECK(sealed.size() == 12 + 6 + 16);
  CHECK(as_text(unseal(key, as_bytes("a/1"), sealed).value()) == "secret");
  CHECK(seal(key, as_bytes("a/1"), as_bytes("secret")) != sealed);
  CHECK(unseal(key, as_bytes("a/1"), seal(key, as_bytes("a/1"), {})).value().empty());
  CHECK_FALSE(unseal(SealingKey{2}, as_bytes("a/1"), sealed));
  CHECK_FALSE(unseal(key, as_bytes("a/2"), sealed));
  CHECK_FALSE(unseal(key, as_bytes("a/1"), std::span{sealed}.first(27)));
  CHECK_FALSE(unseal(key, as_bytes("a/1"), {}));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1U;
    CHECK(unseal(key, as_bytes("a/1"), changed).error().code == ErrorCode::kInvalidArgument);
  }
}
