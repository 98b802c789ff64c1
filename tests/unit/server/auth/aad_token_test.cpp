#include "server/auth/aad_token.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::auth;

namespace {

constexpr std::string_view kTenant = "11111111-2222-3333-4444-555555555555";
constexpr std::int64_t kNow = 1'700'000'000;
const AadClaims kClaims{"https://rest.media.azure.net", "99999999-8888-7777-6666-555555555555", kNow, kNow + 3599};

const RsaKey& test_key() {
  static const RsaKey key = RsaKey::generate();
  return key;
}

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{seconds}}; }

std::string part(std::string_view json) { return base64url_encode(as_bytes(json)); }

boost::json::object decoded_part(std::string_view token, std::size_t index) {
  const auto bytes = base64_decode(split(token, '.')[index]).value();
  return boost::json::parse(as_text(bytes)).as_object();
}

// A token with our signature over any header and claims.
std::string signed_token(std::string_view header, std::string_view payload) {
  const std::string text = part(header) + "." + part(payload);
  return text + "." + base64url_encode(test_key().sign_sha256(as_bytes(text)));
}

ErrorCode code_of(std::string_view token, std::int64_t now = kNow) {
  const auto claims = read_aad_token(token, kTenant, test_key(), at(now));
  REQUIRE_FALSE(claims);
  return claims.error().code;
}

}  // namespace

TEST_CASE("an AAD token carries the claims of version 1.0", "[unit][auth]") {
  const auto token = write_aad_token(kClaims, kTenant, test_key());
  const auto header = decoded_part(token, 0);
  CHECK(header.at("alg").as_string() == "RS256");
  CHECK(header.at("typ").as_string() == "JWT");
  const auto claims = decoded_part(token, 1);
  CHECK(claims.at("aud").as_string() == "https://rest.media.azure.net");
  CHECK(claims.at("iss").as_string() == "https://sts.windows.net/11111111-2222-3333-4444-555555555555/");
  CHECK(claims.at("iat").as_int64() == kNow);
  CHECK(claims.at("nbf").as_int64() == kNow);
  CHECK(claims.at("exp").as_int64() == kNow + 3599);
  CHECK(claims.at("appid").as_string() == kClaims.client_id);
  CHECK(claims.at("tid").as_string() == kTenant);
  CHECK(claims.at("ver").as_string() == "1.0");
  CHECK(claims.at("oid").as_string().size() == 36);
  CHECK(claims.at("sub") == claims.at("oid"));
}

TEST_CASE("an AAD token is read back within its time and the clock skew", "[unit][auth]") {
  const auto token = write_aad_token(kClaims, kTenant, test_key());
  for (const std::int64_t now : {kNow - 300, kNow, kNow + 3599 + 299}) {
    const auto claims = read_aad_token(token, kTenant, test_key(), at(now));
    REQUIRE(claims);
    CHECK(claims->client_id == kClaims.client_id);
    CHECK(claims->audience == kClaims.audience);
  }
  CHECK(code_of(token, kNow - 301) == ErrorCode::kUnauthorized);
  CHECK(code_of(token, kNow + 3599 + 300) == ErrorCode::kUnauthorized);
}

TEST_CASE("the key set verifies what the key signed", "[unit][auth]") {
  const auto set = boost::json::parse(aad_key_set(test_key())).as_object();
  const auto& entry = set.at("keys").as_array().at(0).as_object();
  const auto token = write_aad_token(kClaims, kTenant, test_key());
  CHECK(entry.at("kid") == decoded_part(token, 0).at("kid"));
  CHECK(entry.at("kty").as_string() == "RSA");
  CHECK(entry.at("e").as_string() == "AQAB");
  CHECK(base64_decode(std::string_view{entry.at("n").as_string()}).value().size() == 256);
}

TEST_CASE("an AAD token with another algorithm is refused", "[unit][auth]") {
  const auto good = write_aad_token(kClaims, kTenant, test_key());
  const auto payload = std::string{split(good, '.')[1]};
  const auto signature = std::string{split(good, '.')[2]};
  CHECK(code_of(part(R"({"typ":"JWT","alg":"none"})") + "." + payload + ".") == ErrorCode::kUnauthorized);
  CHECK(code_of(part(R"({"alg":"none"})") + "." + payload + "." + signature) == ErrorCode::kUnauthorized);

  // An HMAC keyed with the public key, as if the algorithm could be chosen by the sender.
  const auto modulus = test_key().public_key().modulus;
  const std::string text = part(R"({"alg":"HS256"})") + "." + payload;
  CHECK(code_of(text + "." + base64url_encode(hmac_sha256(modulus, as_bytes(text)))) == ErrorCode::kUnauthorized);
}

TEST_CASE("a forged or malformed AAD token is refused", "[unit][auth]") {
  const auto good = write_aad_token(kClaims, kTenant, test_key());
  const auto parts = split(good, '.');
  const std::string other_claims = std::string{parts[0]} + "." + part(R"({"appid":"x"})") + "." + std::string{parts[2]};
  static const RsaKey other_key = RsaKey::generate();
  const std::string tokens[] = {other_claims,
                                write_aad_token(kClaims, kTenant, other_key),
                                write_aad_token(kClaims, "another-tenant", test_key()),
                                good + "AAAA",
                                good.substr(0, good.size() - 8),
                                "",
                                "..",
                                "a.b.c.d",
                                part("[]") + "." + part("{}") + ".",
                                std::string(20'000, 'a') + ".b.c"};
  for (const auto& token : tokens) {
    CAPTURE(token);
    CHECK(code_of(token) == ErrorCode::kUnauthorized);
  }
}

TEST_CASE("an AAD token needs our audience, an application and its times", "[unit][auth]") {
  constexpr std::string_view kHeader = R"({"alg":"RS256"})";
  const std::string issuer = R"("iss":"https://sts.windows.net/11111111-2222-3333-4444-555555555555/")";
  const std::string audience = R"("aud":"https://REST.media.azure.net/")";
  const std::string times = R"("nbf":1700000000,"exp":1700003599)";
  const std::string app = R"("appid":"a")";
  const auto token = [&](const std::string& claims) { return signed_token(kHeader, "{" + claims + "}"); };
  CHECK(read_aad_token(token(issuer + "," + audience + "," + times + "," + app), kTenant, test_key(), at(kNow)));
  CHECK(code_of(token(audience + "," + times + "," + app)) == ErrorCode::kUnauthorized);
  CHECK(code_of(token(issuer + "," + times + "," + app)) == ErrorCode::kUnauthorized);
  CHECK(code_of(token(issuer + R"(,"aud":"https://management.azure.com/",)" + times + "," + app)) ==
        ErrorCode::kUnauthorized);
  CHECK(code_of(token(issuer + "," + audience + "," + app)) == ErrorCode::kUnauthorized);
  CHECK(code_of(token(issuer + "," + audience + "," + times)) == ErrorCode::kUnauthorized);
  CHECK(code_of(token(issuer + "," + audience + R"(,"nbf":"x","exp":{},)" + app)) == ErrorCode::kUnauthorized);
}
