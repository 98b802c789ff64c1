#include "server/auth/acs_token.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <optional>

namespace lazulite::auth {
namespace {

constexpr std::string_view kNameIdentifier = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
constexpr std::string_view kSubscriptionId = "urn:SubscriptionId";
constexpr std::string_view kIdentityProvider =
    "http://schemas.microsoft.com/accesscontrolservice/2010/07/claims/identityprovider";
constexpr std::string_view kAudience = "Audience";
constexpr std::string_view kExpiresOn = "ExpiresOn";
constexpr std::string_view kIssuer = "Issuer";
constexpr std::string_view kSignatureMark = "&HMACSHA256=";
constexpr std::string_view kIssuerUrl = "https://wamsprodglobal001acs.accesscontrol.windows.net/";
constexpr std::size_t kMaxPairs = 32;

// percent_encode writes upper-case hex; the service wrote lower case.
std::string encode(std::string_view text) {
  std::string out = percent_encode(text);
  for (std::size_t at = out.find('%'); at != std::string::npos; at = out.find('%', at + 3)) {
    out.replace(at + 1, 2, to_lower(std::string_view{out}.substr(at + 1, 2)));
  }
  return out;
}

void append_pair(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += '&';
  out += encode(name);
  out += '=';
  out += encode(value);
}

std::string signature_of(std::string_view signed_text, std::span<const std::uint8_t> key) {
  return base64_encode(hmac_sha256(key, as_bytes(signed_text)));
}

Error refused(std::string_view why) { return fail(ErrorCode::kUnauthorized, "the access token {}", why); }

// The decoded value of the pair with exactly this name; nullopt when it is absent or not decodable.
std::optional<std::string> claim(std::span<const std::string_view> pairs, std::string_view name) {
  for (const auto pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = percent_decode(pair.substr(0, equals));
    if (!key || *key != name) continue;
    auto value = percent_decode(pair.substr(equals + 1));
    return value ? std::optional{std::move(*value)} : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string write_acs_token(const AcsClaims& claims, std::span<const std::uint8_t> key) {
  std::string token;
  append_pair(token, kNameIdentifier, claims.account_name);
  append_pair(token, kSubscriptionId, claims.subscription_id);
  append_pair(token, kIdentityProvider, kIssuerUrl);
  append_pair(token, kAudience, kAcsScope);
  append_pair(token, kExpiresOn, std::to_string(claims.expires_on));
  append_pair(token, kIssuer, kIssuerUrl);
  const std::string signature = signature_of(token, key);
  return token + std::string{kSignatureMark} + encode(signature);
}

Result<AcsClaims> read_acs_token(std::string_view token, std::span<const std::uint8_t> key, Timestamp now) {
  const auto mark = token.rfind(kSignatureMark);
  if (mark == std::string_view::npos) return refused("is not a simple web token");
  const auto signature = percent_decode(token.substr(mark + kSignatureMark.size()));
  const auto signed_text = token.substr(0, mark);
  if (!signature || !equal_in_constant_time(*signature, signature_of(signed_text, key)))
    return refused("has a wrong signature");

  const auto pairs = split(signed_text, '&');
  if (pairs.size() > kMaxPairs) return refused("has too many claims");
  const auto audience = claim(pairs, kAudience);
  if (!audience || !equals_ignoring_case(*audience, kAcsScope)) return refused("is meant for another audience");
  const auto expires_on = parse_int64(claim(pairs, kExpiresOn).value_or(""));
  if (!expires_on || *expires_on <= unix_seconds(now)) return refused("has expired");
  const auto account_name = claim(pairs, kNameIdentifier);
  if (!account_name) return refused("names no account");
  return AcsClaims{*account_name, claim(pairs, kSubscriptionId).value_or(""), *expires_on};
}

bool looks_like_acs_token(std::string_view token) { return token.find(kSignatureMark) != std::string_view::npos; }

}  // namespace lazulite::auth
