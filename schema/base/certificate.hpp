// A key pair with its self-signed X.509 certificate, and the RSA-OAEP that content keys travel in (SHA-1 and MGF1 with
// SHA-1, no label: the default of .NET, accounts-storage.md C.6). OpenSSL hidden behind plain types. Thread-safe.
#pragma once

#include "schema/base/crypto.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace lazulite {

// Copies share the key, which never changes.
class CertifiedKey {
 public:
  // RSA of 2048 bits; the certificate names `common_name` and is valid for a hundred years (nobody checks its dates).
  static CertifiedKey generate(std::string_view common_name);
  // Private key and certificate, each in PEM form, in any order. InvalidArgument when one is missing, the key is not
  // RSA of at least 2048 bits, or they do not belong together.
  static Result<CertifiedKey> from_pem(std::string_view pem);

  [[nodiscard]] std::string to_pem() const;                     // the private key unencrypted, then the certificate
  [[nodiscard]] std::vector<std::uint8_t> certificate() const;  // DER
  [[nodiscard]] std::string thumbprint() const;                 // SHA-1 of the DER, upper-case hex
  // What encrypt_for_certificate made for this certificate. InvalidArgument when it was not.
  [[nodiscard]] Result<std::vector<std::uint8_t>> decrypt(std::span<const std::uint8_t> encrypted) const;

 private:
  CertifiedKey(std::shared_ptr<evp_pkey_st> key, std::shared_ptr<x509_st> certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}

  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

// RSA-OAEP for the key of a DER certificate; its dates and issuer are not looked at. InvalidArgument when it is no
// certificate, its key is not RSA of 1024 to 16384 bits, or the data are too long for it.
Result<std::vector<std::uint8_t>> encrypt_for_certificate(std::span<const std::uint8_t> certificate,
                                                          std::span<const std::uint8_t> data);

// The key that verifies signatures under a DER certificate. InvalidArgument when it is no certificate of an RSA key of
// at least 2048 bits.
Result<RsaPublicKey> rsa_key_of_certificate(std::span<const std::uint8_t> certificate);

}  // namespace lazulite
