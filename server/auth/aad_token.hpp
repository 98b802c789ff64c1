// Access tokens as Azure Active Directory v1 issued them (accounts-storage.md B.2): JWT (RFC 7519), signed RS256 with
// the installation's RSA key, and the key set that lets others verify them. Pure functions.
#pragma once

#include "schema/base/crypto.hpp"
#include "schema/base/result.hpp"
#include "schema/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lazulite::auth {

inline constexpr std::chrono::seconds kAadLifetime{3599};
// Clocks of clients and servers may differ by this much.
inline constexpr std::chrono::seconds kAadClockSkew{300};

// What tokens may be asked for and are accepted for: one resource per Azure environment. Compared without case and
// final slash.
inline constexpr std::string_view kMediaResources[] = {
    "https://rest.media.azure.net", "https://rest.media.chinacloudapi.cn", "https://rest.media.usgovcloudapi.net",
    "https://rest.media.cloudapi.de"};
bool is_media_resource(std::string_view resource);
// The same for the management APIs (accounts-storage.md A.3).
inline constexpr std::string_view kManagementResources[] = {
    "https://management.azure.com", "https://management.core.windows.net", "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn"};
bool is_management_resource(std::string_view resource);

struct AadClaims {
  std::string audience;                        // the resource, as the client wrote it
  std::string client_id;                       // "appid"
  std::int64_t issued_at = 0, expires_on = 0;  // Unix seconds
};

std::string write_aad_token(const AadClaims& claims, std::string_view tenant_id, const RsaKey& key);

// Unauthorized for a token that is not ours (any algorithm but RS256 included), was changed, is not valid at `now`
// (kAadClockSkew allowed), comes from another tenant, or is meant for another resource.
Result<AadClaims> read_aad_token(std::string_view token, std::string_view tenant_id, const RsaKey& key, Timestamp now);
// The same for a token that is meant for a management resource.
Result<AadClaims> read_management_token(std::string_view token, std::string_view tenant_id, const RsaKey& key,
                                        Timestamp now);

// "https://sts.windows.net/{tenant}/"
std::string aad_issuer(std::string_view tenant_id);

// The JSON Web Key Set (RFC 7517) of /common/discovery/keys.
std::string aad_key_set(const RsaKey& key);

}  // namespace lazulite::auth
