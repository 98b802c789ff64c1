#include "server/auth/sas.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::auth;

namespace {

constexpr const char* kContainer = "asset-9c8ea9c6-52bd-4232-8a43-8e43d8564a99";
constexpr const char* kStart = "2016-01-01T00:00:00Z";
constexpr const char* kExpiry = "2016-01-02T00:00:00Z";

AccountKey counting_key() {  // bytes 00..3f, the key of all vectors
  AccountKey key(64);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

std::string query_of(const std::string& version, const std::string& signature, const std::string& more = "") {
  return "sv=" + version +
         "&sr=c&sp=w&st=2016-01-01T00%3A00%3A00Z&se=2016-01-02T00%3A00%3A00Z&sig=" + percent_encode(signature) + more;
}

SasRequest writing(const char* now = "2016-01-01T12:00:00Z") {
  SasRequest request;
  request.account = "amsstore";
  request.container = kContainer;
  request.blob = "a.mp4";
  request.any_of = "w";
  request.now = parse_time(now).value();
  request.client_ip = "10.1.2.3";
  request.secure = true;
  return request;
}

// A service SAS with these parameters, signed with the vectors' key.
SasToken signed_token(const std::string& parameters, const SasRequest& request = writing()) {
  auto token = parse_sas(parameters + "&sig=x").value();
  token.signature = sign(counting_key(), string_to_sign(token, request.account, request.container, request.blob));
  return token;
}

Result<std::string> verify(const SasToken& token, const SasRequest& request = writing(),
                           const blobs::StoredAccessPolicy* policy = nullptr) {
  const std::vector<AccountKey> keys{AccountKey(64, 7), counting_key()};
  return verify_sas(token, request, keys, policy);
}

}  // namespace

TEST_CASE("a service SAS of every version verifies against its published vector", "[unit][server]") {
  const auto [version, signature] = GENERATE(table<std::string, std::string>({
      {"2012-02-12", "dOoWhs/Y1rxdkw6htGNkkeecp1YVw1Lo4l2EFlh6aiY="},
      {"2013-08-15", "flAx/Errrq9E8+5F9rQIPMVZc/gr3cMKwTFDIwSDTMc="},
      {"2015-02-21", "vdLu/qGJT+ELZUxw68TpvFZYkkDjciKrUSxr3VwMMss="},
      {"2015-04-05", "uLnDc1/6GaqUvMlHTqU0m/nNf4n3uIf5GHVMv6JKmws="},
      {"2018-11-09", "I5TUfqbpVHUVF8GJlTR1WNJYTI1hYTF8WAEvQv2GVWM="},
      {"2020-12-06", "qW2zV5N4m7jWUzAcHTCc9ezyONYHNXARWaBe/k9Zqyk="},
  }));
  CAPTURE(version);
  const auto token = parse_sas(query_of(version, signature));
  REQUIRE(token.has_value());
  CHECK(sign(counting_key(), string_to_sign(*token, "amsstore", kContainer, "")) == signature);
  const auto granted = verify(*token);
  REQUIRE(granted.has_value());
  CHECK(*granted == "w");
}

TEST_CASE("the string to sign has the line count of its version", "[unit][server]") {
  const auto [version, newlines] = GENERATE(table<std::string, std::ptrdiff_t>({{"2012-02-12", 5},
                                                                                {"2014-02-14", 10},
                                                                                {"2015-02-21", 10},
                                                                                {"2018-03-28", 12},
                                                                                {"2020-10-02", 14},
                                                                                {"2020-12-06", 15},
                                                                                {"2026-04-06", 15}}));
  const auto token = parse_sas("sv=" + version + "&sr=c&sp=r&se=2016-01-02&sig=x").value();
  const auto text = string_to_sign(token, "a", "c", "b");
  CHECK(std::count(text.begin(), text.end(), '\n') == newlines);
}

TEST_CASE("the locator form is signed as published and verified with its stored policy", "[unit][server]") {
  constexpr const char* kPolicy = "00112233-4455-6677-8899-aabbccddeeff";
  const auto signature = sign_locator("amsstore", counting_key(), kContainer, kPolicy, kStart, kExpiry);
  CHECK(signature == "JVE/8+5bY2afL2FagZRHhRUhcipQRvzVg8gBIREhAK0=");
  const auto token = parse_sas("sv=2012-02-12&sr=c&si=" + std::string{kPolicy} + "&sig=" + percent_encode(signature) +
                               "&st=2016-01-01T00%3A00%3A00Z&se=2016-01-02T00%3A00%3A00Z");
  REQUIRE(token.has_value());
  blobs::StoredAccessPolicy policy{kPolicy, {}, {}, "rw"};
  CHECK(verify(*token, writing(), &policy).value() == "rw");

  SECTION("without the policy it is refused") { CHECK(verify(*token).error().detail == "AuthenticationFailed"); }
  SECTION("a policy that repeats the expiry is refused") {
    policy.expiry = kExpiry;
    CHECK(verify(*token, writing(), &policy).error().detail == "AuthenticationFailed");
  }
  SECTION("a policy without the letter is refused") {
    policy.permission = "r";
    CHECK(verify(*token, writing(), &policy).error().detail == "AuthorizationPermissionMismatch");
  }
  SECTION("without a start the line stays empty") {
    const auto open_start = sign_locator("amsstore", counting_key(), kContainer, kPolicy, {}, kExpiry);
    const auto open_token = parse_sas("sv=2012-02-12&sr=c&si=" + std::string{kPolicy} +
                                      "&sig=" + percent_encode(open_start) + "&se=2016-01-02T00:00:00Z");
    CHECK(verify(*open_token, writing("1990-01-01T00:00:00Z"), &policy).has_value());
  }
}

TEST_CASE("an account SAS verifies against its published vector", "[unit][server]") {
  const auto [version, signature] =
      GENERATE(table<std::string, std::string>({{"2018-03-28", "pVnGzCGBmdNFGdMUwgKXhrxEbl5SvFaZS9UG1roBMxg="},
                                                {"2020-12-06", "jG0MqX/G+4Jmn4KemT6PctonuqNLLaSk8iQrwNyNLVE="}}));
  const auto token = parse_sas("sv=" + version + "&ss=b&srt=co&sp=rl&st=" + kStart + "&se=" + kExpiry +
                               "&sig=" + percent_encode(signature));
  REQUIRE(token.has_value());
  auto request = writing();
  request.any_of = "r";
  CHECK(verify(*token, request).has_value());
  request.any_of = "w";
  CHECK(verify(*token, request).error().detail == "AuthorizationPermissionMismatch");
  request.any_of = "l";
  request.resource_type = 's';
  CHECK(verify(*token, request).error().detail == "AuthorizationPermissionMismatch");
}

TEST_CASE("a raw plus in the signature and parameters in another order are understood", "[unit][server]") {
  const auto token = parse_sas(
      "sig=flAx/Errrq9E8+5F9rQIPMVZc/gr3cMKwTFDIwSDTMc=&se=2016-01-02T00:00:00Z&sp=w&sr=c&timeout=90&"
      "st=2016-01-01T00:00:00Z&sv=2013-08-15&api-version=2014-02-14");
  REQUIRE(token.has_value());
  CHECK(verify(*token).has_value());
}

TEST_CASE("a SAS is refused with the code and detail of its fault", "[unit][server]") {
  auto request = writing();
  const std::string terms = "sr=c&sp=w&st=2016-01-01T00:00:00Z&se=2016-01-02T00:00:00Z";

  SECTION("signature") {
    auto token = signed_token("sv=2012-02-12&" + terms);
    token.expiry = "2017-01-02T00:00:00Z";
    const auto answer = verify(token);
    CHECK(answer.error().detail == "AuthenticationFailed");
    CHECK(answer.error().message.starts_with(
        "Signature did not match. String to sign used was w\n2016-01-01T00:00:00Z\n2017-01-02"));
  }
  SECTION("another container") {
    const auto token = signed_token("sv=2012-02-12&" + terms);
    request.container = "asset-other";
    CHECK(verify(token, request).error().detail == "AuthenticationFailed");
  }
  SECTION("expired") {
    const auto answer = verify(signed_token("sv=2012-02-12&" + terms), writing("2016-01-02T00:00:01Z"));
    CHECK(answer.error().detail == "AuthenticationFailed");
    CHECK(answer.error().message ==
          "Signature not valid in the specified time frame: Start [2016-01-01T00:00:00Z] - Expiry "
          "[2016-01-02T00:00:00Z] - Current [Sat, 02 Jan 2016 00:00:01 GMT]");
  }
  SECTION("not yet valid, with five minutes of tolerance") {
    CHECK(verify(signed_token("sv=2012-02-12&" + terms), writing("2015-12-31T23:55:00Z")).has_value());
    CHECK_FALSE(verify(signed_token("sv=2012-02-12&" + terms), writing("2015-12-31T23:54:59Z")).has_value());
  }
  SECTION("address") {
    CHECK(verify(signed_token("sv=2015-04-05&sip=10.1.2.3&" + terms)).has_value());
    CHECK(verify(signed_token("sv=2015-04-05&sip=10.1.2.0-10.1.2.255&" + terms)).has_value());
    CHECK(verify(signed_token("sv=2015-04-05&sip=10.1.3.0-10.1.3.255&" + terms)).error().detail ==
          "AuthorizationSourceIPMismatch");
    CHECK(verify(signed_token("sv=2015-04-05&sip=10.1.2.4&" + terms)).error().detail ==
          "AuthorizationSourceIPMismatch");
    CHECK(verify(signed_token("sv=2015-04-05&sip=ten&" + terms)).error().detail == "AuthenticationFailed");
    request.client_ip = "::ffff:10.1.2.3";
    CHECK(verify(signed_token("sv=2015-04-05&sip=10.1.2.3&" + terms), request).has_value());
  }
  SECTION("protocol") {
    request.secure = false;
    CHECK(verify(signed_token("sv=2015-04-05&spr=https,http&" + terms), request).has_value());
    CHECK(verify(signed_token("sv=2015-04-05&spr=https&" + terms), request).error().detail ==
          "AuthorizationProtocolMismatch");
    CHECK(verify(signed_token("sv=2015-04-05&spr=http&" + terms), request).error().detail == "AuthenticationFailed");
  }
  SECTION("permission") {
    request.any_of = "d";
    CHECK(verify(signed_token("sv=2012-02-12&" + terms), request).error().detail == "AuthorizationPermissionMismatch");
    request.any_of = "";
    CHECK(verify(signed_token("sv=2012-02-12&" + terms), request).error().detail == "AuthorizationPermissionMismatch");
  }
  SECTION("letters an old version did not know") {
    request.any_of = "c";
    CHECK_FALSE(verify(signed_token("sv=2014-02-14&sr=c&sp=c&se=2016-01-02"), request).has_value());
    CHECK(verify(signed_token("sv=2015-04-05&sr=c&sp=c&se=2016-01-02"), request).has_value());
  }
  SECTION("a blob's signature is for that blob only") {
    const auto token = signed_token("sv=2012-02-12&sr=b&sp=w&se=2016-01-02");
    CHECK(verify(token).has_value());
    request.blob = "b.mp4";
    CHECK_FALSE(verify(token, request).has_value());
    request = writing();
    request.blob.clear();
    request.any_of = "l";
    CHECK_FALSE(verify(token, request).has_value());
  }
  SECTION("no expiry, no permission") {
    CHECK(verify(signed_token("sv=2012-02-12&sr=c&sp=w")).error().detail == "AuthenticationFailed");
    CHECK(verify(signed_token("sv=2012-02-12&sr=c&se=2016-01-02")).error().detail == "AuthenticationFailed");
  }
}

TEST_CASE("malformed SAS parameters are refused before any key is used", "[unit][server]") {
  const auto query =
      GENERATE(as<std::string>{}, "sr=c&sp=r&se=2016-01-02&sig=x",                       // no sv
               "sv=2011-08-18&sr=c&sp=r&se=2016-01-02&sig=x",                            // too old
               "sv=latest&sr=c&sp=r&se=2016-01-02&sig=x", "sv=2012-02-12&sr=d&sig=x",    // unknown
               "sv=2012-02-12&sr=bs&sig=x",                                              // snapshots
               "sv=2012-02-12&sr=c&sp=r%0Aw&sig=x", "sv=2012-02-12&sr=c&sp=%zz&sig=x",   // newline, bad escape
               "sv=2012-02-12&sr=c&sp=r&sp=w&sig=x", "sv=2012-02-12&sr=c&sp=r&sig=",     // doubled, empty
               "sv=2012-02-12&ss=b&srt=o&sp=r&sig=x", "sv=2018-03-28&ss=b&sp=r&sig=x");  // account SAS
  CAPTURE(query);
  const auto token = parse_sas(query);
  REQUIRE_FALSE(token.has_value());
  CHECK(token.error().code == ErrorCode::kForbidden);
  CHECK(token.error().detail == "AuthenticationFailed");
}

TEST_CASE("times of a SAS come in three forms only", "[unit][server]") {
  const auto accepted = [](const std::string& se) {
    return verify(signed_token("sv=2012-02-12&sr=c&sp=w&se=" + se)).has_value();
  };
  CHECK(accepted("2016-01-02"));
  CHECK(accepted("2016-01-02T00:00Z"));
  CHECK(accepted("2016-01-02T00:00:00Z"));
  CHECK(accepted("2016-01-02T00:00:00.1234567Z"));
  CHECK_FALSE(accepted("2016-01-02T00:00:00"));
  CHECK_FALSE(accepted("1/2/2016 12:00:00 AM"));
  CHECK_FALSE(accepted("2016-13-02"));
  CHECK_FALSE(accepted("tomorrow"));
}
