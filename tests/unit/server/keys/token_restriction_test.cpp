#include "server/keys/token_restriction.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/certificate.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::keys;

namespace {

// As .NET's serializer writes it; `i` as the specification has it, or as the published examples do.
std::string template_of(std::string_view members,
                        std::string_view schema = "http://www.w3.org/2001/XMLSchema-instance") {
  return fmt::format(
      R"(<TokenRestrictionTemplate xmlns:i="{}" xmlns="http://schemas.microsoft.com/Azure/MediaServices/KeyDelivery/TokenRestrictionTemplate/v1">{}</TokenRestrictionTemplate>)",
      schema, members);
}
constexpr const char* kParties = "<Audience>urn:test</Audience><Issuer>http://testissuer.example/</Issuer>";
constexpr const char* kPrimary =
    R"(<PrimaryVerificationKey i:type="SymmetricVerificationKey"><KeyValue>AAECAw==</KeyValue></PrimaryVerificationKey>)";

std::string error_of(std::string_view members) {
  const auto parsed = parse_token_restriction(template_of(members));
  return parsed ? "none" : parsed.error().message;
}

}  // namespace

TEST_CASE("a token restriction is read in full", "[unit][server]") {
  const auto certificate = base64_encode(CertifiedKey::generate("issuer").certificate());
  const auto rsa = base64_encode(
      as_bytes(fmt::format(R"({{"e":"AQAB","n":"{}"}})", base64_encode(std::vector<std::uint8_t>(256, 0xC1)))));
  const auto text = template_of(fmt::format(
      R"(<AlternateVerificationKeys>
           <TokenVerificationKey i:type="X509CertTokenVerificationKey"><RawBody>{}</RawBody></TokenVerificationKey>
           <TokenVerificationKey i:type="RsaTokenVerificationKey"><RawBody>{}</RawBody></TokenVerificationKey>
         </AlternateVerificationKeys>{}{}
         <RequiredClaims><TokenClaim><ClaimType>urn:microsoft:azure:mediaservices:contentkeyidentifier</ClaimType>
           <ClaimValue i:nil="true"/></TokenClaim>
           <TokenClaim><ClaimType>rental</ClaimType><ClaimValue>true</ClaimValue></TokenClaim></RequiredClaims>
         <TokenType>JWT</TokenType>
         <OpenIdConnectDiscoveryDocument><OpenIdDiscoveryUri>https://login.example/.well-known</OpenIdDiscoveryUri>
         </OpenIdConnectDiscoveryDocument>)",
      certificate, rsa, kParties, kPrimary));
  const auto parsed = parse_token_restriction(text);
  REQUIRE(parsed);
  CHECK(parsed->type == TokenType::kJwt);
  CHECK(parsed->issuer == "http://testissuer.example/");
  CHECK(parsed->audience == "urn:test");
  REQUIRE(parsed->verification_keys.size() == 3);
  CHECK(std::get<SymmetricKey>(parsed->verification_keys[0]).bytes == std::vector<std::uint8_t>{0, 1, 2, 3});
  CHECK(std::get<RsaPublicKey>(parsed->verification_keys[1]).modulus.size() == 256);
  CHECK(std::get<RsaPublicKey>(parsed->verification_keys[2]).exponent == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(parsed->open_id_discovery_uri == "https://login.example/.well-known");
  REQUIRE(parsed->required_claims.size() == 2);
  CHECK_FALSE(parsed->required_claims[0].value);
  CHECK(parsed->required_claims[1].value == "true");
}

TEST_CASE("a token is a SWT unless the template says JWT; nil and the damaged namespace are understood",
          "[unit][server]") {
  const auto text = fmt::format("{}{}", kParties, kPrimary);
  CHECK(parse_token_restriction(template_of(text)).value().type == TokenType::kSwt);
  CHECK(parse_token_restriction(template_of(text + "<TokenType>Undefined</TokenType>")).value().type ==
        TokenType::kSwt);
  CHECK(parse_token_restriction(template_of(text, "https://www.w3.org/2001/XMLSchema-instance")));
  CHECK(parse_token_restriction("<?xml version=\"1.0\" encoding=\"utf-16\"?>\n" + template_of(text)));
  const auto discovery = fmt::format(
      R"({}<PrimaryVerificationKey i:nil="true"/><OpenIdConnectDiscoveryDocument><OpenIdDiscoveryUri>https://a.b/</OpenIdDiscoveryUri></OpenIdConnectDiscoveryDocument>)",
      kParties);
  CHECK(parse_token_restriction(template_of(discovery)).value().verification_keys.empty());
}

TEST_CASE("what is wrong with a token restriction is told in the words that SDKs know", "[unit][server]") {
  const std::string audience = "<Audience>urn:test</Audience>", issuer = "<Issuer>http://i/</Issuer>";
  CHECK_THAT(error_of(audience + kPrimary), Catch::Contains("Expecting element 'Issuer'."));
  CHECK_THAT(error_of(issuer + kPrimary), Catch::Contains("Expecting element 'Audience'."));
  CHECK_THAT(error_of(kParties),
             Catch::Contains("Both PrimaryVerificationKey and OpenIdConnectDiscoveryDocument are null"));
  const auto with_uri = [&](std::string_view uri) {
    return fmt::format("{}<OpenIdConnectDiscoveryDocument>{}</OpenIdConnectDiscoveryDocument>", kParties, uri);
  };
  CHECK_THAT(error_of(with_uri("<OpenIdDiscoveryUri/>")),
             Catch::Contains("OpenIdConnectDiscoveryDocument.OpenIdDiscoveryUri string value is null or empty"));
  CHECK_THAT(error_of(with_uri("<OpenIdDiscoveryUri>a/b</OpenIdDiscoveryUri>")),
             Catch::Contains("String representation of OpenIdConnectDiscoveryDocument.OpenIdDiscoveryUri is not valid "
                             "absolute Uri."));
  CHECK_THAT(error_of(audience + "<Issuer>me</Issuer>" + kPrimary),
             Catch::Contains("SWT token type template validation error.  template.Issuer is not valid absolute Uri."));
  CHECK(error_of(audience + "<Issuer>me</Issuer><TokenType>JWT</TokenType>" + kPrimary) == "none");
  CHECK_THAT(error_of(fmt::format("{}{}<TokenType>SAML</TokenType>", kParties, kPrimary)),
             Catch::Contains("'SAML' is not a TokenType"));
}

TEST_CASE("verification keys that verify nothing are refused", "[unit][server]") {
  const auto with_key = [](std::string_view type, std::string_view body) {
    return error_of(
        fmt::format(R"({}<PrimaryVerificationKey i:type="{}">{}</PrimaryVerificationKey>)", kParties, type, body));
  };
  CHECK(with_key("SymmetricVerificationKey", "<KeyValue>AAEC</KeyValue>") == "none");
  CHECK(with_key("a:SymmetricVerificationKey", "<KeyValue>AAEC</KeyValue>") == "none");
  for (const auto* bad : {"", "<KeyValue/>", "<KeyValue>?</KeyValue>", R"(<KeyValue i:nil="true"/>)"})
    CHECK(with_key("SymmetricVerificationKey", bad) != "none");
  for (const auto* bad : {"", "<RawBody>AAEC</RawBody>"}) {
    CHECK(with_key("X509CertTokenVerificationKey", bad) != "none");
    CHECK(with_key("RsaTokenVerificationKey", bad) != "none");
  }
  const auto small = base64_encode(as_bytes(R"({"e":"AQAB","n":"AAAA"})"));
  CHECK(with_key("RsaTokenVerificationKey", "<RawBody>" + small + "</RawBody>") != "none");
  CHECK(with_key("AsymmetricTokenVerificationKey", "<RawBody>AAEC</RawBody>") != "none");
  CHECK(with_key("", "<KeyValue>AAEC</KeyValue>") != "none");
}

TEST_CASE("hostile templates are refused within bounds", "[unit][server]") {
  for (const std::string& text :
       {std::string{}, std::string{"text"}, std::string{"<Other/>"}, std::string{"<TokenRestrictionTemplate>"},
        std::string{R"(<!DOCTYPE a [<!ENTITY b "c">]><TokenRestrictionTemplate/>)"},
        template_of(std::string(200'000, '<')), "<TokenRestrictionTemplate>" + std::string(5'000, ' ') + "<a>"}) {
    CHECK_FALSE(parse_token_restriction(text));
  }
  std::string deep, tail;
  for (int i = 0; i < 1'000; ++i) {
    deep += "<a>";
    tail += "</a>";
  }
  CHECK_FALSE(parse_token_restriction(template_of(fmt::format("{}{}{}{}", kParties, kPrimary, deep, tail))));
}

TEST_CASE("an absolute URI has a scheme", "[unit][server]") {
  for (const auto* good : {"http://a/", "urn:test", "skd://x", "A+1.-:b"}) CHECK(is_absolute_uri(good));
  for (const auto* bad : {"", "a", ":a", "a:", "1a:b", "a b:c", "http://a b/", "/a"}) CHECK_FALSE(is_absolute_uri(bad));
}
