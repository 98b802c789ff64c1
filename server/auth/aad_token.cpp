#include "server/auth/aad_token.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>

namespace lazulite::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTokenBytes = 16U << 10U;

Error refused(std::string_view why) { return fail(ErrorCode::kUnauthorized, "the access token {}", why); }

// RFC 7638: the hash of the key's required members in alphabetical order names the key.
std::string key_id(const RsaPublicKey& key) {
  const std::string members = fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", base64url_encode(key.exponent),
                                          base64url_encode(key.modulus));
  return base64url_encode(sha256(as_bytes(members)));
}

// The directory object behind an application: always the same GUID for the same client id, and another one.
std::string object_id(std::string_view client_id) {
  const auto digest = sha256(as_bytes(fmt::format("service principal of {}", client_id)));
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id.text();
}

std::string_view without_final_slash(std::string_view text) {
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

// One base64url part of the token as a JSON object.
Result<json::object> read_part(std::string_view part) {
  const auto bytes = base64_decode(part);
  if (!bytes) return refused("is not a JWT");
  json::parse_options options;
  options.max_depth = 4;
  json::error_code error;
  auto value = json::parse(as_text(*bytes), error, {}, options);
  if (error || !value.is_object()) return refused("is not a JWT");
  return std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? std::optional{value->get_int64()} : std::nullopt;
}

bool is_one_of(std::span<const std::string_view> known, std::string_view resource) {
  return std::ranges::any_of(known,
                             [&](auto each) { return equals_ignoring_case(each, without_final_slash(resource)); });
}

}  // namespace

bool is_media_resource(std::string_view resource) { return is_one_of(kMediaResources, resource); }
bool is_management_resource(std::string_view resource) { return is_one_of(kManagementResources, resource); }

std::string aad_issuer(std::string_view tenant_id) { return fmt::format("https://sts.windows.net/{}/", tenant_id); }

std::string write_aad_token(const AadClaims& claims, std::string_view tenant_id, const RsaKey& key) {
  const json::object header{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", key_id(key.public_key())}};
  const std::string principal = object_id(claims.client_id);
  const std::string issuer = aad_issuer(tenant_id);
  const json::object payload{{"aud", claims.audience},
                             {"iss", issuer},
                             {"iat", claims.issued_at},
                             {"nbf", claims.issued_at},
                             {"exp", claims.expires_on},
                             {"appid", claims.client_id},
                             {"appidacr", "1"},  // the application proved itself with a secret
                             {"idp", issuer},
                             {"oid", principal},
                             {"sub", principal},
                             {"tid", tenant_id},
                             {"ver", "1.0"}};
  std::string token =
      base64url_encode(as_bytes(json::serialize(header))) + "." + base64url_encode(as_bytes(json::serialize(payload)));
  const auto signature = key.sign_sha256(as_bytes(token));
  return token + "." + base64url_encode(signature);
}

namespace {

Result<AadClaims> read_token(std::string_view token, std::string_view tenant_id, const RsaKey& key, Timestamp now,
                             std::span<const std::string_view> resources) {
  if (token.size() > kMaxTokenBytes) return refused("is too long");
  const auto parts = split(token, '.');
  if (parts.size() != 3) return refused("is not a JWT");
  LAZULITE_TRY(const auto header, read_part(parts[0]));
  // The algorithm is pinned: "none" or an HMAC keyed with our public key must never pass.
  if (text_of(header, "alg") != "RS256") return refused("is not signed with RS256");
  const auto signature = base64_decode(parts[2]);
  const auto signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature || !key.verify_sha256(as_bytes(signed_text), *signature)) return refused("has a wrong signature");

  LAZULITE_TRY(const auto payload, read_part(parts[1]));
  if (text_of(payload, "iss") != aad_issuer(tenant_id)) return refused("comes from another tenant");
  AadClaims claims{text_of(payload, "aud"), text_of(payload, "appid"), 0, 0};
  if (!is_one_of(resources, claims.audience)) return refused("is meant for another resource");
  if (claims.client_id.empty()) return refused("names no application");
  const auto not_before = number_of(payload, "nbf");
  const auto expires_on = number_of(payload, "exp");
  const auto seconds = unix_seconds(now);
  if (!not_before || *not_before > seconds + kAadClockSkew.count()) return refused("is not valid yet");
  if (!expires_on || *expires_on <= seconds - kAadClockSkew.count()) return refused("has expired");
  claims.issued_at = *not_before;
  claims.expires_on = *expires_on;
  return claims;
}

}  // namespace

Result<AadClaims> read_aad_token(std::string_view token, std::string_view tenant_id, const RsaKey& key, Timestamp now) {
  return read_token(token, tenant_id, key, now, kMediaResources);
}

Result<AadClaims> read_management_token(std::string_view token, std::string_view tenant_id, const RsaKey& key,
                                        Timestamp now) {
  return read_token(token, tenant_id, key, now, kManagementResources);
}

std::string aad_key_set(const RsaKey& key) {
  const auto parts = key.public_key();
  const json::object entry{{"kty", "RSA"},
                           {"use", "sig"},
                           {"alg", "RS256"},
                           {"kid", key_id(parts)},
                           {"n", base64url_encode(parts.modulus)},
                           {"e", base64url_encode(parts.exponent)}};
  return json::serialize(json::object{{"keys", json::array{entry}}});
}

}  // namespace lazulite::auth
