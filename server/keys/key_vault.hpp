// KeyVault: the installation's protection certificate, for which clients wrap content keys, and the master key under
// which the keys themselves are kept in rows (protection.md 6.1 and 9.4, accounts-storage.md C.6). Made from the
// secrets of <data>/secrets. Owned by App; immutable and thread-safe. Keys are never logged.
#pragma once

#include "schema/base/certificate.hpp"
#include "schema/base/cipher.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::keys {

using KeyBytes = std::vector<std::uint8_t>;

class KeyVault {
 public:
  KeyVault(CertifiedKey protection_key, const SealingKey& master_key);

  [[nodiscard]] const std::string& protection_key_id() const { return protection_key_id_; }  // thumbprint
  [[nodiscard]] const std::string& protection_certificate() const { return certificate_; }   // DER in base64

  // The key that a client wrapped for the protection certificate, from base64. InvalidArgument when it was not.
  [[nodiscard]] Result<KeyBytes> unwrap(std::string_view encrypted) const;

  // A key in the form that rows keep, bound to its account and id; base64.
  [[nodiscard]] std::string seal(std::string_view account, std::string_view content_key_id,
                                 std::span<const std::uint8_t> key) const;
  // InvalidArgument when the row was sealed under another master key, or for another account or id.
  [[nodiscard]] Result<KeyBytes> unseal(std::string_view account, std::string_view content_key_id,
                                        std::string_view sealed) const;

 private:
  const CertifiedKey protection_key_;
  const std::string protection_key_id_, certificate_;
  const SealingKey master_key_;
};

// base64 of the first 8 bytes of AES-ECB over the key id's GUID in .NET order (protection.md 6.1); none for a key whose
// length is not one of AES-128 or AES-256 (passwords).
std::optional<std::string> checksum_of(std::string_view content_key_id, std::span<const std::uint8_t> key);

}  // namespace lazulite::keys
