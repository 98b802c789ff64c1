// The secrets of one installation: what its tokens are signed with, its directory tenant, and the keys of its content
// keys. Made at random on the first start and kept in <data>/secrets (directory 0700, files 0600); immutable
// afterwards. Account keys are not here: they are rows.
#pragma once

#include "schema/base/certificate.hpp"
#include "schema/base/cipher.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/result.hpp"
#include "server/http/certificate_authority.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lazulite::auth {

struct InstallationSecrets {
  std::vector<std::uint8_t> swt_key;  // 32 bytes, signs ACS tokens (accounts-storage.md B.1)
  RsaKey jwt_key;                     // signs AAD tokens (B.2)
  std::string tenant_id;              // a GUID: the one AAD tenant of this installation
  CertifiedKey protection_key;        // what clients wrap content keys for (C.6)
  SealingKey master_key;              // what content keys are sealed with in rows (protection.md 9.4)
  std::string management_key;         // base64 of 32 bytes: opens the management APIs
  std::string management_client_id;   // a GUID: the AAD application whose secret it is
};

// Reads what is there and makes what is missing; each file is written durably before this returns. Io, or
// InvalidArgument for a file that does not hold what it should: it is never replaced, because that would void every
// token in use, or every content key, without a word. Blocks (generating the RSA keys takes up to a second); call it
// once, at start.
Result<InstallationSecrets> load_or_create_secrets(const std::filesystem::path& data_directory);

// The authority of our own TLS certificates, in <data>/secrets too; made when it is first needed. Errors as above.
Result<http::CertificateAuthority> load_or_create_authority(const std::filesystem::path& data_directory);

}  // namespace lazulite::auth
