// Simple web tokens as the Access Control Service issued them (accounts-storage.md B.1): "name=value" pairs joined by
// '&', both percent-encoded with lower-case hex, and an HMAC-SHA256 as the last pair. Pure functions.
#pragma once

#include "schema/base/result.hpp"
#include "schema/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lazulite::auth {

inline constexpr std::string_view kAcsScope = "urn:WindowsAzureMediaServices";
inline constexpr std::chrono::seconds kAcsLifetime{21600};

struct AcsClaims {
  std::string account_name;
  std::string subscription_id;  // GUID
  std::int64_t expires_on = 0;  // Unix seconds
};

std::string write_acs_token(const AcsClaims& claims, std::span<const std::uint8_t> key);

// Unauthorized for a token that is not ours, was changed, has expired at `now`, or is meant for another audience.
Result<AcsClaims> read_acs_token(std::string_view token, std::span<const std::uint8_t> key, Timestamp now);

// True for text that has the form of a simple web token (a JWT has no '=').
bool looks_like_acs_token(std::string_view token);

}  // namespace lazulite::auth
