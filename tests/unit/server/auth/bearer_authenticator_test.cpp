#include "server/auth/bearer_authenticator.hpp"

#include "server/auth/acs_token.hpp"
#include "storage/rows/repository.hpp"
#include "tests/unit/server/auth/token_fixture.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::auth;
using lazulite::test::TokenFixture;

namespace {

ErrorCode code_of(const Result<Identity>& identity) {
  REQUIRE_FALSE(identity);
  return identity.error().code;
}

}  // namespace

TEST_CASE("a bearer token of either service names its account", "[unit][auth]") {
  TokenFixture f;
  const auto first = f.authenticate("Bearer " + f.acs_token_of(f.first));
  REQUIRE(first);
  CHECK(first->account_name == "firstaccount");
  const auto second = f.authenticate("bearer  " + f.aad_token_of(f.second) + " ");
  REQUIRE(second);
  CHECK(second->account_name == "secondaccount");
}

TEST_CASE("the host and the token must name the same account", "[unit][auth]") {
  TokenFixture f;
  for (const auto& token : {f.acs_token_of(f.first), f.aad_token_of(f.first)}) {
    CHECK(f.authenticate("Bearer " + token, "FirstAccount.restv2.lan.media.example.org:8443"));
    CHECK(f.authenticate("Bearer " + token, "media.windows.net"));
    CHECK(code_of(f.authenticate("Bearer " + token, "secondaccount.restv2.lan.media.example.org")) ==
          ErrorCode::kForbidden);
  }
}

TEST_CASE("a request without a usable token is unauthorized", "[unit][auth]") {
  TokenFixture f;
  const auto token = f.acs_token_of(f.first);
  const std::string headers[] = {"",
                                 "Bearer",
                                 "Bearer ",
                                 "Basic " + token,
                                 token,
                                 "Bearer x",
                                 "Bearer " + token + "x",
                                 "Bearer " + std::string(20'000, 'a')};
  for (const auto& header : headers) {
    CAPTURE(header.substr(0, 100));
    CHECK(code_of(f.authenticate(header)) == ErrorCode::kUnauthorized);
  }
}

TEST_CASE("a token stops working when it expires, cached or not", "[unit][auth]") {
  TokenFixture f;
  const auto acs = "Bearer " + f.acs_token_of(f.first);
  f.clock.time += std::chrono::seconds{21599};
  CHECK(f.authenticate(acs));
  f.clock.time += std::chrono::seconds{1};
  CHECK(code_of(f.authenticate(acs)) == ErrorCode::kUnauthorized);
}

TEST_CASE("a token of an account that is gone is forbidden once the cache forgets it", "[unit][auth]") {
  TokenFixture f;
  const auto acs = "Bearer " + f.acs_token_of(f.first);
  const auto aad = "Bearer " + f.aad_token_of(f.first);
  CHECK(f.authenticate(acs));
  REQUIRE(f.database->write(
      [](rows::Session& session) { return rows::remove<MediaAccount>(session, "firstaccount", "firstaccount"); }));
  CHECK(f.authenticate(acs));
  CHECK(code_of(f.authenticate(aad)) == ErrorCode::kForbidden);
  f.clock.time += BearerAuthenticator::kCacheTime;
  CHECK(code_of(f.authenticate(acs)) == ErrorCode::kForbidden);
}

TEST_CASE("more tokens than the cache holds all keep working", "[unit][auth]") {
  TokenFixture f;
  for (std::size_t i = 0; i <= BearerAuthenticator::kCacheEntries; ++i) {
    const AcsClaims claims{"firstaccount", f.first.subscription_id.text, 1'700'000'100 + static_cast<std::int64_t>(i)};
    REQUIRE(f.authenticate("Bearer " + write_acs_token(claims, f.secrets.swt_key)));
  }
}

TEST_CASE("an account is read from hosts of the restv2 form only", "[unit][auth]") {
  CHECK(account_of_host("acct.restv2.westeurope.media.azure.net") == "acct");
  CHECK(account_of_host("ACCT.RestV2.lan.example.org:8443") == "acct");
  for (const auto* host :
       {"", "restv2.example.org", "acct.restv2", ".restv2.example.org", "acct.streaming.example.org", "127.0.0.1:80"}) {
    CHECK_FALSE(account_of_host(host));
  }
}
