#include "server/auth/acs_token.hpp"

#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace lazulite;
using namespace lazulite::auth;

namespace {

std::vector<std::uint8_t> counting_key() {
  std::vector<std::uint8_t> key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{seconds}}; }

const AcsClaims kClaims{"amstestaccount001", "00000000-0000-0000-0000-000000000001", 1421330840};

}  // namespace

TEST_CASE("an ACS token has the layout and signature of the known vector", "[unit][auth]") {
  // accounts-storage.md B.1
  const auto token = write_acs_token(kClaims, counting_key());
  CHECK(token.starts_with(
      "http%3a%2f%2fschemas.xmlsoap.org%2fws%2f2005%2f05%2fidentity%2fclaims%2fnameidentifier=amstestaccount001"
      "&urn%3aSubscriptionId=00000000-0000-0000-0000-000000000001&"));
  CHECK(token.find(
            "&Audience=urn%3aWindowsAzureMediaServices&ExpiresOn=1421330840&Issuer=https%3a%2f%2fwamsprodglobal001acs."
            "accesscontrol.windows.net%2f&") != std::string::npos);
  CHECK(token.ends_with("&HMACSHA256=ZNCDJJWfvzGMlbpH9iUW1OZ%2fVW3JtWkXyqxOqoIPeFs%3d"));
  CHECK(looks_like_acs_token(token));
}

TEST_CASE("an ACS token is read back until it expires", "[unit][auth]") {
  const auto key = counting_key();
  const auto token = write_acs_token(kClaims, key);
  const auto claims = read_acs_token(token, key, at(1421330839));
  REQUIRE(claims);
  CHECK(claims->account_name == "amstestaccount001");
  CHECK(claims->subscription_id == kClaims.subscription_id);
  CHECK(claims->expires_on == 1421330840);

  const auto expired = read_acs_token(token, key, at(1421330840));
  REQUIRE_FALSE(expired);
  CHECK(expired.error().code == ErrorCode::kUnauthorized);
}

TEST_CASE("a forged ACS token is refused", "[unit][auth]") {
  const auto key = counting_key();
  const auto now = at(1421330000);
  const auto token = write_acs_token(kClaims, key);

  std::string other_account = token;
  other_account.replace(other_account.find("amstestaccount001"), 17, "amstestaccount002");
  auto other_key = key;
  other_key[31] ^= 1;
  const std::string longer = token + "&HMACSHA256=AAAA";
  const std::string forgeries[] = {other_account,
                                   write_acs_token(kClaims, other_key),
                                   longer,
                                   token.substr(0, token.size() - 3),
                                   token.substr(0, token.find("&HMACSHA256=")),
                                   "&HMACSHA256=",
                                   "",
                                   std::string(1000, '&') + "&HMACSHA256=%",
                                   std::string{"\0&HMACSHA256=\0", 14}};
  for (const auto& forged : forgeries) {
    CAPTURE(forged);
    const auto claims = read_acs_token(forged, key, now);
    REQUIRE_FALSE(claims);
    CHECK(claims.error().code == ErrorCode::kUnauthorized);
  }
}
