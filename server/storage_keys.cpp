#include "server/storage_keys.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/ids.hpp"

#include <algorithm>

namespace lazulite::server {

Result<StorageKey> open_storage_key(const keys::KeyVault& vault, std::string_view account, const ContentKey& row) {
  LAZULITE_TRY(const auto bytes, vault.unseal(account, row.id, row.sealed_key));
  StorageKey out{};
  if (bytes.size() != out.size())
    return fail(ErrorCode::kInvalidArgument, "the key {} has {} bytes, not 32", row.id, bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Result<ContentKey> make_storage_key(const keys::KeyVault& vault, std::string_view account, Timestamp now) {
  StorageKey key{};
  random_bytes(key);
  ContentKey out;
  out.id = new_entity_id(kContentKey.id_prefix);
  out.created = out.last_modified = now;
  out.content_key_type = ContentKeyType::kStorageEncryption;
  LAZULITE_TRY(const auto certificate, base64_decode(vault.protection_certificate()));
  LAZULITE_TRY(const auto wrapped, encrypt_for_certificate(certificate, key));
  out.encrypted_content_key = base64_encode(wrapped);
  out.protection_key_id = vault.protection_key_id();
  out.checksum = keys::checksum_of(out.id, key);
  out.sealed_key = vault.seal(account, out.id, key);
  return out;
}

}  // namespace lazulite::server
