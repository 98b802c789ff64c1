#include "schema/base/certificate.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;

TEST_CASE("a certified key survives its PEM form and decrypts what was encrypted for its certificate",
          "[unit][schema]") {
  const auto key = CertifiedKey::generate("Test & Co");
  CHECK(key.thumbprint().size() == 40);
  CHECK(key.thumbprint() == to_upper(key.thumbprint()));
  const auto read = CertifiedKey::from_pem(key.to_pem());
  REQUIRE(read);
  CHECK(read->thumbprint() == key.thumbprint());
  CHECK(read->certificate() == key.certificate());

  const auto encrypted = encrypt_for_certificate(key.certificate(), as_bytes("sixteen bytes ok"));
  REQUIRE(encrypted);
  CHECK(encrypted->size() == 256);
  CHECK(as_text(read->decrypt(*encrypted).value()) == "sixteen bytes ok");
  CHECK(encrypt_for_certificate(key.certificate(), as_bytes("sixteen bytes ok")).value() != *encrypted);
}

TEST_CASE("what was not encrypted for the certificate is refused", "[unit][schema]") {
  const auto key = CertifiedKey::generate("a");
  const auto other = CertifiedKey::generate("b");
  auto encrypted = encrypt_for_certificate(key.certificate(), as_bytes("key")).value();
  CHECK(other.decrypt(encrypted).error().code == ErrorCode::kInvalidArgument);
  encrypted[0] ^= 1U;
  CHECK_FALSE(key.decrypt(encrypted));
  CHECK_FALSE(key.decrypt({}));
  CHECK_FALSE(key.decrypt(as_bytes("short")));
}

TEST_CASE("what is no certificate, or does not belong to its key, is refused", "[unit][schema]") {
  const auto key = CertifiedKey::generate("a");
  const auto pem = key.to_pem();
  const auto certificate = pem.substr(pem.find("-----BEGIN CERTIFICATE"));
  const auto private_key = pem.substr(0, pem.size() - certificate.size());
  for (const auto& text : {std::string{}, std::string{"garbage"}, certificate, private_key,
                           CertifiedKey::generate("b").to_pem().substr(0, private_key.size()) + certificate}) {
    CHECK_FALSE(CertifiedKey::from_pem(text));
  }
  CHECK_FALSE(encrypt_for_certificate({}, as_bytes("key")));
  CHECK_FALSE(encrypt_for_certificate(as_bytes("garbage"), as_bytes("key")));
  auto longer = key.certificate();
  longer.push_back(0);
  CHECK_FALSE(encrypt_for_certificate(longer, as_bytes("key")));
  CHECK_FALSE(encrypt_for_certificate(key.certificate(), std::vector<std::uint8_t>(215)));
  CHECK(encrypt_for_certificate(key.certificate(), std::vector<std::uint8_t>(214)));
}
