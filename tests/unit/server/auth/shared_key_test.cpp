#include "server/auth/shared_key.hpp"

#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::auth;

namespace {

AccountKey counting_key() {
  AccountKey key(64);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  return key;
}

// The request of accounts-storage.md C.4's vectors.
http::Request vector_request() {
  http::Request request;
  request.method = "PUT";
  request.path = "/asset-9c8ea9c6-52bd-4232-8a43-8e43d8564a99/a.mp4";
  request.query = "timeout=90";
  request.headers.set("Content-Length", "5");
  request.headers.set("Content-Type", "application/octet-stream");
  request.headers.set("x-ms-version", "2015-12-11");
  request.headers.set("x-ms-date", "Fri, 01 Jan 2016 00:00:00 GMT");
  request.headers.set("X-MS-Blob-Type", "BlockBlob");
  return request;
}

Result<void> verify(http::Request request, const std::string& authorization, const char* now = "2016-01-01T00:10:00Z") {
  request.headers.set("Authorization", authorization);
  const std::vector<AccountKey> keys{AccountKey(64, 1), counting_key()};
  return verify_shared_key(request, "amsstore", keys, parse_time(now).value());
}

}  // namespace

TEST_CASE("SharedKey and SharedKeyLite match their published vectors", "[unit][server]") {
  const auto request = vector_request();
  CHECK(sign(counting_key(), shared_key_string(request, "amsstore", "")) ==
        "TL9sGdTZiBCQoMVJXwW1+W8kgVSVDSmNqwz3GtRPy9U=");
  CHECK(sign(counting_key(), shared_key_lite_string(request, "amsstore")) ==
        "n+bA5DeZxnZWShyaMRwvSVi+c5y9TD6FXNmPEWG9N74=");
  CHECK(verify(request, "SharedKey amsstore:TL9sGdTZiBCQoMVJXwW1+W8kgVSVDSmNqwz3GtRPy9U="));
  CHECK(verify(request, "SharedKeyLite amsstore:n+bA5DeZxnZWShyaMRwvSVi+c5y9TD6FXNmPEWG9N74="));
}

TEST_CASE("a length of zero may be signed as nothing or as 0", "[unit][server]") {
  auto request = vector_request();
  request.headers.set("Content-Length", "0");
  for (const auto* zero : {"", "0"}) {
    CHECK(verify(request, "SharedKey amsstore:" + sign(counting_key(), shared_key_string(request, "amsstore", zero))));
  }
}

TEST_CASE("query parameters are signed decoded, sorted and joined", "[unit][server]") {
  http::Request request;
  request.method = "GET";
  request.path = "/amsstore/c";
  request.query = "restype=container&Comp=list&include=b&include=a&prefix=x%2Fy";
  request.headers.set("x-ms-meta-a", "  two\t words ");
  const auto text = shared_key_string(request, "amsstore", "");
  CHECK(text ==
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-meta-a:two "
        "words\n/amsstore/amsstore/c\ncomp:list\ninclude:a,b\nprefix:x/y\nrestype:container");
  CHECK(shared_key_lite_string(request, "amsstore").ends_with("/amsstore/amsstore/c?comp=list"));
}

TEST_CASE("a shared key request is refused with the code of its fault", "[unit][server]") {
  const auto request = vector_request();
  const std::string good = "SharedKey amsstore:TL9sGdTZiBCQoMVJXwW1+W8kgVSVDSmNqwz3GtRPy9U=";
  CHECK(verify(request, "SharedKey amsstore:AAAA").error().detail == "AuthenticationFailed");
  CHECK(verify(request, "SharedKey other:TL9sGdTZiBCQoMVJXwW1+W8kgVSVDSmNqwz3GtRPy9U=").error().detail ==
        "AuthenticationFailed");
  CHECK(verify(request, good, "2016-01-01T00:15:01Z").error().detail == "AuthenticationFailed");
  CHECK(verify(request, good, "2015-12-31T23:44:59Z").error().detail == "AuthenticationFailed");
  auto changed = request;
  changed.headers.set("x-ms-meta-a", "1");
  CHECK(verify(changed, good).error().detail == "AuthenticationFailed");
  for (const auto* text : {"Bearer abc", "SharedKey", "SharedKey amsstore", "", "amsstore:x SharedKey"}) {
    CHECK(verify(request, text).error().detail == "InvalidAuthenticationInfo");
  }
}
