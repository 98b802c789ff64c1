#include "server/keys/key_vault.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

namespace lazulite::keys {
namespace {

std::string context_of(std::string_view account, std::string_view content_key_id) {
  return fmt::format("{}/{}", account, content_key_id);
}

}  // namespace

KeyVault::KeyVault(CertifiedKey protection_key, const SealingKey& master_key)
    : protection_key_(std::move(protection_key)),
      protection_key_id_(protection_key_.thumbprint()),
      certificate_(base64_encode(protection_key_.certificate())),
      master_key_(master_key) {}

Result<KeyBytes> KeyVault::unwrap(std::string_view encrypted) const {
  LAZULITE_TRY(const auto bytes, base64_decode(trim(encrypted)));
  return protection_key_.decrypt(bytes);
}

std::string KeyVault::seal(std::string_view account, std::string_view content_key_id,
                           std::span<const std::uint8_t> key) const {
  return base64_encode(lazulite::seal(master_key_, as_bytes(context_of(account, content_key_id)), key));
}

Result<KeyBytes> KeyVault::unseal(std::string_view account, std::string_view content_key_id,
                                  std::string_view sealed) const {
  LAZULITE_TRY(const auto bytes, base64_decode(sealed));
  return lazulite::unseal(master_key_, as_bytes(context_of(account, content_key_id)), bytes);
}

std::optional<std::string> checksum_of(std::string_view content_key_id, std::span<const std::uint8_t> key) {
  constexpr std::size_t kChecksumBytes = 8;
  const auto id = Uuid::parse(guid_of(content_key_id));
  if (!id || (key.size() != 16 && key.size() != 32)) return std::nullopt;
  const auto block = encrypt_aes_block(key, id->dotnet_bytes());
  return base64_encode(std::span{block}.first(kChecksumBytes));
}

}  // namespace lazulite::keys
