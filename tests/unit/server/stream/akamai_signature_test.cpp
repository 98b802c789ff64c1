#include "server/stream/akamai_signature.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::stream;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp kSigned{1'400'000'000s};
const AkamaiSignatureHeaderAuthenticationKey kKey{"id1", kSigned + 24h, "a2tra2tra2tra2tra2traw=="};  // 16 × 'k'

// The vector of delivery.md 3.3.
http::Request signed_request(const std::string& version, const std::string& sign) {
  http::Request request;
  request.target = "/b/c.ism/Manifest";
  request.headers.set("X-Akamai-G2O-Auth-Data", version + ", 192.0.2.10, 198.51.100.7, 1400000000, 12345.678, id1");
  request.headers.set("X-Akamai-G2O-Auth-Sign", sign);
  return request;
}

bool admits(const http::Request& request, Timestamp now = kSigned,
            std::vector<AkamaiSignatureHeaderAuthenticationKey> keys = {kKey}) {
  return require_akamai_signature(keys, request, now).has_value();
}

}  // namespace

TEST_CASE("signature headers of all three versions are taken", "[unit][server]") {
  CHECK(admits(signed_request("3", "aGY8+Gp1yvB+L39h9qqcgw==")));
  CHECK(admits(signed_request("4", "wRKZh9rqOQlXqWa4T0UF3OiMbgA=")));
  CHECK(admits(signed_request("5", "pJewzYUL4kHmoH5iXNFWUTXA90HVO88wKTq2XS9MOXM=")));
}

TEST_CASE("a signature admits one URL, for a minute, with a key that counts", "[unit][server]") {
  const auto request = signed_request("5", "pJewzYUL4kHmoH5iXNFWUTXA90HVO88wKTq2XS9MOXM=");
  CHECK(admits(request, kSigned + 30s));
  CHECK_FALSE(admits(request, kSigned + 31s));
  CHECK(admits(request, kSigned - 30s));
  CHECK_FALSE(admits(request, kSigned - 31s));
  CHECK_FALSE(admits(request, kSigned, {}));
  CHECK_FALSE(admits(request, kSigned, {{"id2", kSigned + 24h, kKey.base64_key}}));
  CHECK_FALSE(admits(request, kSigned, {{"id1", kSigned, kKey.base64_key}}));
  CHECK_FALSE(admits(request, kSigned, {{"id1", kSigned + 24h, "bGxsbGxsbGxsbGxsbGxsbA=="}}));
  auto other = request;
  other.target += "?x=1";
  CHECK_FALSE(admits(other));
  CHECK_FALSE(admits(signed_request("4", "pJewzYUL4kHmoH5iXNFWUTXA90HVO88wKTq2XS9MOXM=")));
  CHECK_FALSE(admits(signed_request("2", "pJewzYUL4kHmoH5iXNFWUTXA90HVO88wKTq2XS9MOXM=")));
  CHECK_FALSE(admits(signed_request("5", "")));
  for (const char* data : {"", "5", "5,,,,,", "5, a, b, 99999999999999999999, c, id1", "5, a, b, -1, c, id1, d"}) {
    other = request;
    other.headers.set("X-Akamai-G2O-Auth-Data", data);
    CHECK_FALSE(admits(other));
  }
  other.headers.remove("X-Akamai-G2O-Auth-Data");
  CHECK_FALSE(admits(other));
}
