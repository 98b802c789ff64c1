#include "server/auth/token_endpoint.hpp"

#include "schema/base/base64.hpp"
#include "server/auth/aad_token.hpp"
#include "server/auth/acs_token.hpp"
#include "tests/unit/server/auth/token_fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace lazulite;
using namespace lazulite::auth;
using lazulite::test::TokenFixture;

namespace {

std::string text_at(const http::Response& response, std::string_view name) {
  return std::string{TokenFixture::json_of(response).at(name).as_string()};
}

http::Headers basic(const std::string& pair) {
  http::Headers headers;
  headers.set("Authorization", "Basic " + base64_encode(as_bytes(pair)));
  return headers;
}

}  // namespace

TEST_CASE("ACS answers an account name and key with a token", "[unit][auth]") {
  TokenFixture f;
  const auto response =
      f.send("POST", "/v2/OAuth2-13", TokenFixture::acs_form(f.first.name, percent_encode(f.first.primary_key)));
  REQUIRE(response.status == 200);
  CHECK(response.headers.get("Content-Type") == "application/json; charset=utf-8");
  CHECK(response.headers.get("Cache-Control") == "no-cache, no-store");
  CHECK(response.headers.get("Pragma") == "no-cache");
  CHECK(response.headers.get("Expires") == "-1");
  CHECK(response.headers.get("request-id") == "5f0b1c2d-0000-4000-8000-000000000001");
  CHECK(response.headers.get("X-Content-Type-Options") == "nosniff");
  CHECK(text_at(response, "token_type") == "http://schemas.xmlsoap.org/ws/2009/11/swt-token-profile-1.0");
  CHECK(text_at(response, "expires_in") == "21600");
  CHECK(text_at(response, "scope") == "urn:WindowsAzureMediaServices");

  const auto claims = read_acs_token(text_at(response, "access_token"), f.secrets.swt_key, f.clock.now());
  REQUIRE(claims);
  CHECK(claims->account_name == "firstaccount");
  CHECK(claims->subscription_id == f.first.subscription_id.text);
  CHECK(claims->expires_on == unix_seconds(f.clock.now()) + 21600);
}

TEST_CASE("ACS accepts what known clients send", "[unit][auth]") {
  TokenFixture f;
  const std::string key = percent_encode(f.first.primary_key);
  const auto form = TokenFixture::acs_form("firstaccount", key);
  const auto status = [&](const std::string& body, const std::string& path = "/v2/OAuth2-13",
                          const std::string& type = "application/x-www-form-urlencoded") {
    http::Headers headers;
    if (!type.empty()) headers.set("Content-Type", type);
    return f.send("POST", path, body, headers).status;
  };
  SECTION("the secondary key") {
    CHECK(status(TokenFixture::acs_form("firstaccount", percent_encode(f.first.secondary_key))) == 200);
  }
  SECTION("a final slash, and any case of the path") {
    CHECK(status(form, "/v2/OAuth2-13/") == 200);
    CHECK(status(form, "/V2/oauth2-13") == 200);
  }
  SECTION("white space after a value") {
    CHECK(status("grant_type=client_credentials&client_id=firstaccount &client_secret=" + key +
                 " &scope=urn%3AWindowsAzureMediaServices\r\n") == 200);
  }
  SECTION("a scope in lower case, not encoded") {
    CHECK(status("grant_type=client_credentials&client_id=firstaccount&client_secret=" + key +
                 "&scope=urn:windowsazuremediaservices") == 200);
  }
  SECTION("no Content-Type, or a JSON one") {
    CHECK(status(form, "/v2/OAuth2-13", "") == 200);
    CHECK(status(form, "/v2/OAuth2-13", "application/json") == 200);
  }
  SECTION("a JSON string") { CHECK(status("\"" + form + "\"", "/v2/OAuth2-13", "application/json") == 200); }
  SECTION("an account name in upper case") { CHECK(status(TokenFixture::acs_form("FirstAccount", key)) == 200); }
}

TEST_CASE("ACS accepts a secret whose plus signs were not encoded", "[unit][auth]") {
  TokenFixture f;
  rows::NewAccount account;
  account.name = "plusaccount";
  account.storage_account_name = "plusstorage";
  account.primary_key = base64_encode(std::vector<std::uint8_t>(32, 0xfb));  // "+/v7+/v7…"
  REQUIRE(f.database->write([&](rows::Session& s) { return rows::create_account(s, account, f.clock.now()); }));
  REQUIRE(account.primary_key->starts_with('+'));
  CHECK(f.send("POST", "/v2/OAuth2-13", TokenFixture::acs_form("plusaccount", *account.primary_key)).status == 200);
  CHECK(f.send("POST", "/v2/OAuth2-13", TokenFixture::acs_form("plusaccount", *account.primary_key + " ")).status ==
        200);
}

TEST_CASE("ACS refuses wrong credentials and incomplete requests", "[unit][auth]") {
  TokenFixture f;
  struct Row {
    std::string body, error;
    unsigned status;
  };
  const std::string key = percent_encode(f.first.primary_key);
  const Row rows[] = {
      {TokenFixture::acs_form("firstaccount", "wrong"), "invalid_client", 401},
      {TokenFixture::acs_form("firstaccount", percent_encode(f.second.primary_key)), "invalid_client", 401},
      {TokenFixture::acs_form("nobody", key), "invalid_client", 401},
      {TokenFixture::acs_form("' or 1=1 --", key), "invalid_client", 401},
      {"grant_type=client_credentials&client_id=firstaccount&scope=urn:WindowsAzureMediaServices", "invalid_request",
       400},
      {"client_id=firstaccount&client_secret=" + key + "&scope=urn:WindowsAzureMediaServices", "invalid_request", 400},
      {"grant_type=password&client_id=firstaccount&client_secret=" + key, "unsupported_grant_type", 400},
      {"grant_type=client_credentials&client_id=firstaccount&client_secret=" + key, "invalid_request", 400},
      {"grant_type=client_credentials&client_id=firstaccount&client_secret=" + key + "&scope=urn:x", "invalid_scope",
       400},
      {"", "invalid_request", 400},
      {"grant_type=%", "invalid_request", 400},
      {std::string{"grant_type=\0", 12}, "invalid_request", 400},
      {std::string(1 << 20, 'x'), "invalid_request", 400},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body.substr(0, 200));
    const auto response = f.send("POST", "/v2/OAuth2-13", row.body);
    CHECK(response.status == row.status);
    CHECK(text_at(response, "error") == row.error);
    CHECK(text_at(response, "error_description").starts_with("ACS"));
    CHECK(response.body.text().find(f.first.primary_key) == std::string::npos);
  }
  CHECK(text_at(f.send("POST", "/v2/OAuth2-13", rows[0].body), "error_description")
            .starts_with("ACS50012: Authentication failed."));
}

TEST_CASE("AAD answers a client id and secret with a token", "[unit][auth]") {
  TokenFixture f;
  const auto response = f.send("POST", "/contoso.onmicrosoft.com/oauth2/token",
                               TokenFixture::aad_form(f.first.client_id, percent_encode(f.first.client_secret)));
  REQUIRE(response.status == 200);
  CHECK(response.headers.get("Content-Type") == "application/json; charset=utf-8");
  CHECK(response.headers.get("Cache-Control") == "no-cache, no-store");
  CHECK(text_at(response, "token_type") == "Bearer");
  CHECK(text_at(response, "expires_in") == "3599");
  CHECK(text_at(response, "ext_expires_in") == "3599");
  CHECK(text_at(response, "not_before") == "1700000000");
  CHECK(text_at(response, "expires_on") == "1700003599");
  CHECK(text_at(response, "resource") == "https://rest.media.azure.net");
  const auto claims =
      read_aad_token(text_at(response, "access_token"), f.secrets.tenant_id, f.secrets.jwt_key, f.clock.now());
  REQUIRE(claims);
  CHECK(claims->client_id == f.first.client_id);
}

TEST_CASE("AAD gives tokens for management to the management application only", "[unit][auth]") {
  TokenFixture f;
  const auto ask = [&](const std::string& client, const std::string& secret) {
    return f.send("POST", "/any/oauth2/token",
                  "grant_type=client_credentials&client_id=" + client + "&client_secret=" + percent_encode(secret) +
                      "&resource=https%3A%2F%2Fmanagement.azure.com%2F");
  };
  const auto response = ask(f.secrets.management_client_id, f.secrets.management_key);
  REQUIRE(response.status == 200);
  const auto token = text_at(response, "access_token");
  const auto claims = read_management_token(token, f.secrets.tenant_id, f.secrets.jwt_key, f.clock.now());
  REQUIRE(claims);
  CHECK(claims->client_id == f.secrets.management_client_id);
  CHECK_FALSE(read_aad_token(token, f.secrets.tenant_id, f.secrets.jwt_key, f.clock.now()));
  CHECK(f.authenticate("Bearer " + token).has_error());
  CHECK(ask(f.secrets.management_client_id, "wrong").status == 401);
  CHECK(ask(f.first.client_id, f.first.client_secret).status >= 400);
  CHECK(ask(f.first.client_id, f.secrets.management_key).status >= 400);
}

TEST_CASE("AAD accepts what known clients send", "[unit][auth]") {
  TokenFixture f;
  const std::string secret = percent_encode(f.first.client_secret);
  const std::string grant = "grant_type=client_credentials&resource=https%3A%2F%2Frest.media.azure.net";
  const auto status = [&](const std::string& body, const http::Headers& headers = {}) {
    return f.send("POST", "/x/oauth2/token", body, headers).status;
  };
  SECTION("scope=openid") { CHECK(status(TokenFixture::aad_form(f.first.client_id, secret) + "&scope=openid") == 200); }
  SECTION("a client id in upper case") {
    CHECK(status(TokenFixture::aad_form(to_upper(f.first.client_id), secret)) == 200);
  }
  SECTION("HTTP Basic, form-encoded as RFC 6749 says") {
    CHECK(status(grant, basic(percent_encode(f.first.client_id) + ":" + secret)) == 200);
  }
  SECTION("HTTP Basic as it is") {
    CHECK(status(grant, basic(f.first.client_id + ":" + f.first.client_secret)) == 200);
  }
  SECTION("every environment's resource, with and without a final slash") {
    for (const auto resource : kMediaResources) {
      const std::string form = "grant_type=client_credentials&client_id=" + f.first.client_id +
                               "&client_secret=" + secret + "&resource=" + std::string{resource};
      CHECK(status(form) == 200);
      CHECK(status(form + "/") == 200);
    }
  }
}

TEST_CASE("AAD refuses in the shape its clients read", "[unit][auth]") {
  TokenFixture f;
  struct Row {
    std::string body, error;
    unsigned status;
    int code;
  };
  const std::string id = f.first.client_id;
  const std::string secret = percent_encode(f.first.client_secret);
  const std::string both = "&client_id=" + id + "&client_secret=" + secret;
  const std::string resource = "&resource=https://rest.media.azure.net";
  const Row rows[] = {
      {TokenFixture::aad_form(id, "wrong"), "invalid_client", 401, 70002},
      {TokenFixture::aad_form(id, percent_encode(f.second.client_secret)), "invalid_client", 401, 70002},
      {TokenFixture::aad_form("11111111-1111-1111-1111-111111111111", secret), "unauthorized_client", 400, 700016},
      {TokenFixture::aad_form("{}", secret), "unauthorized_client", 400, 700016},
      {"grant_type=password&username=a&password=b" + both + resource, "unsupported_grant_type", 400, 70003},
      {"grant_type=device_code" + both + resource, "unsupported_grant_type", 400, 70003},
      {"grant_type=client_credentials&client_assertion=a.b.c" + resource, "unsupported_grant_type", 400, 70003},
      {both, "invalid_request", 400, 900144},
      {"grant_type=client_credentials&client_id=" + id + resource, "invalid_request", 400, 900144},
      {"grant_type=client_credentials&client_secret=" + secret + resource, "invalid_request", 400, 900144},
      {"grant_type=client_credentials" + both, "invalid_request", 400, 900144},
      {"grant_type=client_credentials" + both + "&resource=https://graph.windows.net", "invalid_resource", 400, 50001},
      {"grant_type=%0", "invalid_request", 400, 90013},
      {std::string(1 << 20, '&'), "invalid_request", 400, 90013},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body.substr(0, 200));
    const auto response = f.send("POST", "/x/oauth2/token", row.body);
    CHECK(response.status == row.status);
    const auto json = TokenFixture::json_of(response);
    CHECK(text_at(response, "error") == row.error);
    CHECK(json.at("error_codes").as_array().at(0).as_int64() == row.code);
    CHECK(text_at(response, "error_description").starts_with("AADSTS" + std::to_string(row.code) + ": "));
    CHECK(text_at(response, "error_description").find("\r\nTrace ID: ") != std::string::npos);
    CHECK(text_at(response, "timestamp") == "2023-11-14 22:13:20Z");
    CHECK(text_at(response, "trace_id") == "5f0b1c2d-0000-4000-8000-000000000001");
  }
}

TEST_CASE("a wrong HTTP Basic secret is 401 with the scheme, so that Go falls back to the form", "[unit][auth]") {
  TokenFixture f;
  const std::string grant = "grant_type=client_credentials&resource=https%3A%2F%2Frest.media.azure.net";
  const auto response = f.send("POST", "/x/oauth2/token", grant, basic(f.first.client_id + ":wrong"));
  CHECK(response.status == 401);
  CHECK(response.headers.get("WWW-Authenticate") == "Basic");
  http::Headers garbage;
  garbage.set("Authorization", "Basic ???");
  CHECK(f.send("POST", "/x/oauth2/token", grant, garbage).status == 400);
}

TEST_CASE("AAD echoes the correlation id of ADAL", "[unit][auth]") {
  TokenFixture f;
  http::Headers headers;
  headers.set("client-request-id", "0A0B0C0D-0000-4000-8000-00000000000a");
  const auto response = f.send("POST", "/x/oauth2/token", "grant_type=x", headers);
  CHECK(response.headers.get("client-request-id") == "0A0B0C0D-0000-4000-8000-00000000000a");
  CHECK(text_at(response, "correlation_id") == "0a0b0c0d-0000-4000-8000-00000000000a");
}

TEST_CASE("the discovery documents of an authority name its endpoints", "[unit][auth]") {
  TokenFixture f;
  const auto instance =
      f.send("GET", "/common/discovery/instance", {}, {},
             "api-version=1.1&authorization_endpoint=https%3A%2F%2Flogin.example.org%2Fcontoso%2Foauth2%2Fauthorize");
  REQUIRE(instance.status == 200);
  CHECK(text_at(instance, "tenant_discovery_endpoint") ==
        "https://login.example.org/contoso/.well-known/openid-configuration");
  const auto json = TokenFixture::json_of(instance);
  const auto& network = json.at("metadata").as_array().at(0).as_object();
  CHECK(network.at("preferred_network").as_string() == "login.example.org");
  CHECK(network.at("preferred_cache").as_string() == "login.example.org");
  CHECK(network.at("aliases").as_array().at(0).as_string() == "login.example.org");
  for (const auto* query :
       {"", "authorization_endpoint=x", "authorization_endpoint=https://a%22b/c", "authorization_endpoint=https:///"}) {
    CHECK(f.send("GET", "/common/discovery/instance", {}, {}, query).status == 400);
  }

  const auto openid = f.send("GET", "/contoso/.well-known/openid-configuration");
  REQUIRE(openid.status == 200);
  CHECK(text_at(openid, "issuer") == "https://sts.windows.net/" + f.secrets.tenant_id + "/");
  CHECK(text_at(openid, "token_endpoint") == "http://127.0.0.1:8080/contoso/oauth2/token");
  CHECK(text_at(openid, "jwks_uri") == "http://127.0.0.1:8080/common/discovery/keys");

  const auto keys = f.send("GET", "/common/discovery/keys");
  CHECK(keys.status == 200);
  CHECK(keys.body.text() == aad_key_set(f.secrets.jwt_key));
}

TEST_CASE("paths and methods beside the token services are refused", "[unit][auth]") {
  TokenFixture f;
  CHECK(f.send("GET", "/v2/OAuth2-13").status == 405);
  CHECK(f.send("GET", "/x/oauth2/token").headers.get("Allow") == "POST");
  CHECK(f.send("POST", "/common/discovery/keys").status == 405);
  for (const auto* path : {"", "/", "/v2", "/v2/OAuth2-13/x", "//oauth2/token", "/x/y/oauth2/token", "oauth2/token"}) {
    CAPTURE(path);
    CHECK_FALSE(TokenEndpoint::serves(path));
    CHECK(f.send("POST", path).status == 404);
  }
}
