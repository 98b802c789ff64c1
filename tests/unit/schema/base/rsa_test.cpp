#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;

TEST_CASE("an RSA key survives its PEM form and signs alike", "[unit][schema]") {
  const auto key = RsaKey::generate();
  const auto read = RsaKey::from_pem(key.to_pem());
  REQUIRE(read);
  const auto signature = key.sign_sha256(as_bytes("text"));
  CHECK(signature == read->sign_sha256(as_bytes("text")));  // PKCS #1 v1.5 is deterministic
  CHECK(read->verify_sha256(as_bytes("text"), signature));
  CHECK_FALSE(read->verify_sha256(as_bytes("texT"), signature));
  CHECK_FALSE(read->verify_sha256(as_bytes("text"), as_bytes("short")));
  CHECK_FALSE(read->verify_sha256(as_bytes("text"), {}));
  CHECK(key.public_key().modulus.size() == 256);
  CHECK(key.public_key().exponent == std::vector<std::uint8_t>{1, 0, 1});
}

TEST_CASE("what is no RSA private key is refused", "[unit][schema]") {
  for (const auto* text : {"", "garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    CHECK(RsaKey::from_pem(text).error().code == ErrorCode::kInvalidArgument);
  }
  CHECK(RsaKey::from_pem(RsaKey::generate(1024).to_pem()).error().code == ErrorCode::kInvalidArgument);
}
