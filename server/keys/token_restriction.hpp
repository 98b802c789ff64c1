// TokenRestrictionTemplate: what a token must be to open a key (protection.md 8.3). Parsed from the XML that clients
// put into a restriction's Requirements; pure data.
#pragma once

#include "schema/base/crypto.hpp"
#include "schema/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lazulite::keys {

enum class TokenType : std::uint8_t { kSwt, kJwt };

struct SymmetricKey {
  std::vector<std::uint8_t> bytes;
};
using VerificationKey = std::variant<SymmetricKey, RsaPublicKey>;

struct TokenClaim {
  std::string type;
  std::optional<std::string> value;  // none: the claim must be there, whatever its value
};

struct TokenRestriction {
  TokenType type = TokenType::kSwt;
  std::string issuer, audience;
  std::vector<VerificationKey> verification_keys;  // the primary one first
  std::optional<std::string> open_id_discovery_uri;
  std::vector<TokenClaim> required_claims;
};

// InvalidArgument with the texts that SDKs know ("Expecting element 'Issuer'.").
Result<TokenRestriction> parse_token_restriction(std::string_view xml);

// A URI with a scheme, as .NET's Uri takes for absolute.
bool is_absolute_uri(std::string_view text);

}  // namespace lazulite::keys
