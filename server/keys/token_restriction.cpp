#include "server/keys/token_restriction.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/certificate.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/json_reader.hpp"
#include "server/keys/template_xml.hpp"

#include <algorithm>

namespace lazulite::keys {
namespace {

Error invalid(std::string_view why) { return fail(ErrorCode::kInvalidArgument, "{}", why); }

Result<std::string> required_text(pugi::xml_node root, std::string_view name) {
  auto text = text_of(root, name);
  if (!text || text->empty()) return invalid(fmt::format("Expecting element '{}'.", name));
  return std::move(*text);
}

Result<TokenType> token_type_of(pugi::xml_node root) {
  const auto text = text_of(root, "TokenType");
  if (!text || text->empty() || *text == "Undefined" || *text == "SWT") return TokenType::kSwt;
  if (*text == "JWT") return TokenType::kJwt;
  return invalid(fmt::format("'{}' is not a TokenType: SWT or JWT", *text));
}

// ---- verification keys

Result<std::vector<std::uint8_t>> bytes_of(pugi::xml_node element, std::string_view name) {
  const auto text = text_of(element, name);
  auto bytes = text ? base64_decode(*text) : Result<std::vector<std::uint8_t>>{std::vector<std::uint8_t>{}};
  if (!bytes || bytes->empty()) return invalid(fmt::format("the '{}' of a verification key is not base64", name));
  return bytes;
}

Result<VerificationKey> read_symmetric(pugi::xml_node element) {
  LAZULITE_TRY(auto bytes, bytes_of(element, "KeyValue"));
  return VerificationKey{SymmetricKey{std::move(bytes)}};
}

Result<VerificationKey> read_certificate(pugi::xml_node element) {
  LAZULITE_TRY(const auto bytes, bytes_of(element, "RawBody"));
  LAZULITE_TRY(auto key, rsa_key_of_certificate(bytes));
  return VerificationKey{std::move(key)};
}

// RawBody is the base64 of {"e":"…","n":"…"}, each base64.
Result<VerificationKey> read_rsa(pugi::xml_node element) {
  constexpr std::size_t kMinModulusBytes = 256;
  LAZULITE_TRY(const auto bytes, bytes_of(element, "RawBody"));
  const auto json = odata::read_json(as_text(bytes));
  const auto number = [&](std::string_view name) -> std::vector<std::uint8_t> {
    const auto* member = json ? json->find(name) : nullptr;
    const auto* text = member != nullptr ? member->as<std::string>() : nullptr;
    if (text == nullptr) return {};
    auto decoded = base64_decode(*text);
    return decoded ? std::move(*decoded) : std::vector<std::uint8_t>{};
  };
  RsaPublicKey key{number("n"), number("e")};
  if (key.exponent.empty() || key.modulus.size() < kMinModulusBytes)
    return invalid("the 'RawBody' of an RsaTokenVerificationKey must be {\"e\", \"n\"} of an RSA key of 2048 bits");
  return VerificationKey{std::move(key)};
}

struct KeyKind {
  std::string_view name;  // of i:type
  Result<VerificationKey> (*read)(pugi::xml_node element);
};
constexpr KeyKind kKeyKinds[] = {
    {"SymmetricVerificationKey", read_symmetric},
    {"X509CertTokenVerificationKey", read_certificate},
    {"RsaTokenVerificationKey", read_rsa},
};

Result<void> add_key(TokenRestriction& out, pugi::xml_node element) {
  for (const auto& kind : kKeyKinds) {
    if (kind.name != type_of(element)) continue;
    LAZULITE_TRY(auto key, kind.read(element));
    out.verification_keys.push_back(std::move(key));
    return {};
  }
  return invalid(fmt::format("'{}' is not a type of verification key", type_of(element)));
}

Result<void> read_keys(TokenRestriction& out, pugi::xml_node root) {
  if (const auto primary = child_of(root, "PrimaryVerificationKey")) LAZULITE_CHECK(add_key(out, primary));
  for (const auto element : child_of(root, "AlternateVerificationKeys").children()) {
    if (element.type() == pugi::node_element) LAZULITE_CHECK(add_key(out, element));
  }
  const auto document = child_of(root, "OpenIdConnectDiscoveryDocument");
  if (!document) {
    if (child_of(root, "PrimaryVerificationKey")) return {};
    return invalid("Both PrimaryVerificationKey and OpenIdConnectDiscoveryDocument are null");
  }
  auto uri = text_of(document, "OpenIdDiscoveryUri");
  if (!uri || uri->empty())
    return invalid("OpenIdConnectDiscoveryDocument.OpenIdDiscoveryUri string value is null or empty");
  if (!is_absolute_uri(*uri)) {
    return invalid(
        "String representation of OpenIdConnectDiscoveryDocument.OpenIdDiscoveryUri is not valid absolute Uri.");
  }
  out.open_id_discovery_uri = std::move(*uri);
  return {};
}

// ---- claims

Result<void> read_claims(TokenRestriction& out, pugi::xml_node root) {
  for (const auto element : child_of(root, "RequiredClaims").children()) {
    if (element.type() != pugi::node_element) continue;
    auto type = text_of(element, "ClaimType");
    if (!type || type->empty()) return invalid("a TokenClaim has no ClaimType");
    out.required_claims.push_back({std::move(*type), text_of(element, "ClaimValue")});
  }
  return {};
}

// A simple web token names its parties by URIs.
Result<void> check_parties(const TokenRestriction& restriction) {
  if (restriction.type != TokenType::kSwt) return {};
  for (const auto& [name, value] :
       {std::pair{"Issuer", &restriction.issuer}, std::pair{"Audience", &restriction.audience}}) {
    if (is_absolute_uri(*value)) continue;
    return invalid(
        fmt::format("SWT token type template validation error.  template.{} is not valid absolute Uri.", name));
  }
  return {};
}

}  // namespace

bool is_absolute_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto scheme = to_lower(text.substr(0, colon));
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool fits = is_letter(scheme[0]) && std::all_of(scheme.begin(), scheme.end(), [&](char c) {
                      return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
                    });
  return fits && std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

Result<TokenRestriction> parse_token_restriction(std::string_view xml) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse_template(document, xml, "TokenRestrictionTemplate"));
  TokenRestriction out;
  LAZULITE_TRY(out.audience, required_text(root, "Audience"));
  LAZULITE_TRY(out.issuer, required_text(root, "Issuer"));
  LAZULITE_TRY(out.type, token_type_of(root));
  LAZULITE_CHECK(read_keys(out, root));
  LAZULITE_CHECK(read_claims(out, root));
  LAZULITE_CHECK(check_parties(out));
  return out;
}

}  // namespace lazulite::keys
