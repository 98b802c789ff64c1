// Who may do what: signatures, stored policies, public access, and names that try to lead astray.
#include "tests/unit/server/blob/blob_fixture.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::blob;
using Catch::Contains;

TEST_CASE_METHOD(BlobFixture, "every operation asks for its letter and is refused without it", "[unit][blob]") {
  struct Row {
    std::string method, path, parameters, letters;
  };
  const auto row = GENERATE(
      Row{"GET", "/a", "", "r"}, Row{"HEAD", "/a", "", "r"}, Row{"GET", "/a", "comp=metadata", "r"},
      Row{"GET", "/a", "comp=blocklist", "r"}, Row{"PUT", "/a", "", "w"},
      Row{"PUT", "/a", "comp=block&blockid=AAAA", "w"}, Row{"PUT", "/a", "comp=blocklist", "w"},
      Row{"PUT", "/a", "comp=metadata", "w"}, Row{"PUT", "/a", "comp=properties", "w"}, Row{"DELETE", "/a", "", "d"},
      Row{"GET", "", "restype=container&comp=list", "l"}, Row{"PUT", "", "restype=container", ""},
      Row{"DELETE", "", "restype=container", ""}, Row{"GET", "", "restype=container", ""},
      Row{"GET", "", "restype=container&comp=acl", ""}, Row{"PUT", "", "restype=container&comp=acl", ""});
  CAPTURE(row.method, row.path, row.parameters);
  REQUIRE(put("/a", "x").status == 201);
  const auto status = [&](const std::string& letters) {
    const auto body = row.parameters == "comp=blocklist" ? "<BlockList/>" : "x";
    return call(row.method, letters, row.path, row.parameters, {{"x-ms-blob-type", "BlockBlob"}},
                row.method == "PUT" ? body : "");
  };
  std::string others = "rwdl";
  for (const char c : row.letters) std::erase(others, c);
  const auto refused = status(others);
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "AuthorizationPermissionMismatch");
  if (!row.letters.empty()) CHECK(status(row.letters).status < 300);
}

TEST_CASE_METHOD(BlobFixture, "a refused signature says why", "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  const auto get = [&](const std::string& query) { return send("GET", "/amsstore/asset-1/a?" + query); };
  auto tampered = sas("r");
  tampered.replace(tampered.find("sp=r"), 4, "sp=w");
  const auto bad = get(tampered);
  CHECK(bad.status == 403);
  CHECK(code_of(bad) == "AuthenticationFailed");
  CHECK(bad.headers.get("Content-Type") == "application/xml");
  const auto text = bad.body.text();
  CHECK(
      text.starts_with("\xef\xbb\xbf<?xml version=\"1.0\" "
                       "encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed"));
  CHECK_THAT(text, Contains("<AuthenticationErrorDetail>Signature did not match. String to sign used was w\n"));
  CHECK_THAT(text,
             Contains("RequestId:" + std::string{bad.headers.get("x-ms-request-id")} + "\nTime:2016-01-01T12:00:00Z"));

  const auto expired = [&] {
    const std::string query = "sv=2012-02-12&sr=c&sp=r&se=2016-01-01T11:59:59Z";
    return get(query + "&sig=" +
               percent_encode(auth::sign(
                   key, auth::string_to_sign(auth::parse_sas(query + "&sig=x").value(), kAccount, kContainer, ""))));
  }();
  CHECK(expired.status == 403);
  CHECK_THAT(expired.body.text(),
             Contains("Signature not valid in the specified time frame: Start [] - Expiry [2016-01-01T11:59:59Z]"));

  CHECK(code_of(get("sv=1999-01-01&sr=c&sp=r&se=2016-01-02&sig=x")) == "AuthenticationFailed");
  CHECK(code_of(send("GET", "/otherstore/asset-1/a?" + sas("r"))) == "AuthenticationFailed");
  CHECK(code_of(send("GET", "/amsstore/asset-2/a?" + sas("r"))) == "AuthenticationFailed");
  CHECK(code_of(send("HEAD", "/amsstore/asset-2/a?" + sas("r"))) == "AuthenticationFailed");
}

TEST_CASE_METHOD(BlobFixture, "a locator's URL works with its policy and dies with it", "[unit][blob]") {
  const std::string id = "00112233-4455-6677-8899-aabbccddeeff", st = "2016-01-01T00:00:00Z",
                    se = "2016-01-02T00:00:00Z";
  const auto query = "?sv=2012-02-12&sr=c&si=" + id +
                     "&sig=" + percent_encode(auth::sign_locator(kAccount, key, kContainer, id, st, se)) +
                     "&st=" + percent_encode(st) + "&se=" + percent_encode(se);
  const auto put_it = [&] {
    return send("PUT", "/amsstore/asset-1/film.mp4" + query, {{"x-ms-blob-type", "BlockBlob"}}, "film");
  };
  CHECK(code_of(put_it()) == "AuthenticationFailed");
  policies["asset-1/" + id] = {id, {}, {}, "rw"};
  CHECK(put_it().status == 201);
  CHECK(send("GET", "/amsstore/asset-1/film.mp4" + query).body.text() == "film");
  CHECK(code_of(send("DELETE", "/amsstore/asset-1/film.mp4" + query)) == "AuthorizationPermissionMismatch");
  policies.clear();
  CHECK(code_of(send("GET", "/amsstore/asset-1/film.mp4" + query)) == "AuthenticationFailed");
}

TEST_CASE_METHOD(BlobFixture, "a policy of the container's ACL gives what it says", "[unit][blob]") {
  auto properties = store.container_properties({kAccount, kContainer}).value();
  properties.policies = {{"mine", {}, "2016-01-02T00:00:00Z", "r"}};
  REQUIRE(store.set_container_properties({kAccount, kContainer}, properties, {}).has_value());
  REQUIRE(put("/a", "x").status == 201);
  const std::string query = "sv=2015-04-05&sr=c&si=mine";
  const auto signature =
      auth::sign(key, auth::string_to_sign(auth::parse_sas(query + "&sig=x").value(), kAccount, kContainer, ""));
  CHECK(send("GET", "/amsstore/asset-1/a?" + query + "&sig=" + percent_encode(signature)).status == 200);
  CHECK(send("DELETE", "/amsstore/asset-1/a?" + query + "&sig=" + percent_encode(signature)).status == 403);
}

TEST_CASE_METHOD(BlobFixture, "a signature that may only create does not overwrite", "[unit][blob]") {
  const auto create = [&](const std::string& body) {
    return call("PUT", "c", "/a", "", {{"x-ms-blob-type", "BlockBlob"}}, body);
  };
  CHECK(create("one").status == 201);
  const auto again = create("two");
  CHECK(again.status == 403);
  CHECK(code_of(again) == "UnauthorizedBlobOverwrite");
  CHECK(call("GET", "r", "/a").body.text() == "one");
}

TEST_CASE_METHOD(BlobFixture, "a signature may set response headers", "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  const std::string query =
      "sv=2018-03-28&sr=c&sp=r&se=2016-01-02&rscd=attachment%3B+filename%3Df.mp4&rsct=video%2Fmp4";
  const auto signature =
      auth::sign(key, auth::string_to_sign(auth::parse_sas(query + "&sig=x").value(), kAccount, kContainer, ""));
  const auto answer = send("GET", "/amsstore/asset-1/a?" + query + "&sig=" + percent_encode(signature));
  CHECK(answer.status == 200);
  CHECK(answer.headers.get("Content-Disposition") == "attachment; filename=f.mp4");
  CHECK(answer.headers.get("Content-Type") == "video/mp4");
}

TEST_CASE_METHOD(BlobFixture, "strangers see public containers only", "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  const auto hidden = send("GET", "/amsstore/asset-1/a");
  CHECK(hidden.status == 404);
  CHECK(code_of(hidden) == "ResourceNotFound");
  CHECK(code_of(send("GET", "/amsstore/none/a")) == "ResourceNotFound");
  CHECK(code_of(send("PUT", "/amsstore/asset-1/a", {{"x-ms-blob-type", "BlockBlob"}}, "y")) == "ResourceNotFound");
  auto properties = store.container_properties({kAccount, kContainer}).value();
  properties.public_access = "blob";
  REQUIRE(store.set_container_properties({kAccount, kContainer}, properties, {}).has_value());
  CHECK(send("GET", "/amsstore/asset-1/a").status == 200);
  CHECK(send("GET", "/amsstore/asset-1?restype=container&comp=list").status == 404);
  properties.public_access = "container";
  REQUIRE(store.set_container_properties({kAccount, kContainer}, properties, {}).has_value());
  CHECK(send("GET", "/amsstore/asset-1?restype=container&comp=list").status == 200);
  CHECK(send("DELETE", "/amsstore/asset-1/a").status == 404);
}

TEST_CASE_METHOD(BlobFixture, "both host forms mean the same blob", "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  for (const auto* name : {"amsstore.blob.core.windows.net", "AMSSTORE.BLOB.lan.example:8443",
                           "amsstore-secondary.blob.core.windows.net"}) {
    host = name;
    CHECK(send("GET", "/asset-1/a?" + sas("r")).body.text() == "x");
  }
  for (const auto* name : {"localhost:10000", "10.0.0.1", "[::1]:10000", "blobs", "media.example.org"}) {
    host = name;
    CHECK(send("GET", "/amsstore/asset-1/a?" + sas("r")).body.text() == "x");
  }
}

TEST_CASE_METHOD(BlobFixture, "names that try to leave the container are refused", "[unit][blob]") {
  const auto path = GENERATE(as<std::string>{}, "/..", "/%2e%2e", "/%2E%2e/other", "/a/../b", "/a/%2e%2e/b",
                             "/a%2f..%2fb", "/a\\..\\b", "/a%5c..%5cb", "/.", "/a/./b", "/a%00b", "/%0a", "/a%7f",
                             "/%ff", "/%zz", "/a%2", "/" + std::string(1025, 'a'), "/" + std::string(3000, 'a'));
  CAPTURE(path);
  const auto answer = call("PUT", "w", path, "", {{"x-ms-blob-type", "BlockBlob"}}, "x");
  CHECK(answer.status == 400);
  CHECK(code_of(answer) == "InvalidUri");
  CHECK(store.list({kAccount, kContainer}, {})->blobs.empty());
}

TEST_CASE_METHOD(BlobFixture, "odd but legal names are kept as they are", "[unit][blob]") {
  for (const auto* path : {"/%252e%252e", "/...", "/a..b", "//a", "/a%20b%2Bc", "/%C3%A9", "/.htaccess", "/a/.../b"}) {
    CAPTURE(path);
    CHECK(put(path, path).status == 201);
    CHECK(call("GET", "r", path).body.text() == path);
  }
  const auto longest = "/" + std::string(1024, 'a');
  CHECK(put(longest, "x").status == 201);
  CHECK(put("/back%5Cslash", "x").status == 201);
  CHECK(call("GET", "r", "/back/slash").status == 200);
}

TEST_CASE_METHOD(BlobFixture, "bad account and container names are refused", "[unit][blob]") {
  for (const auto* path : {"/ams..store/asset-1/a", "/%2e%2e/asset-1/a", "/AMS/asset-1/a", "/amsstore/%2e%2e/a",
                           "/amsstore/As/a", "/amsstore/a--b/a", "/"}) {
    CAPTURE(path);
    const auto answer = send("GET", std::string{path} + "?" + sas("r"));
    CHECK(answer.status == 400);
    CHECK(code_of(answer) == "InvalidResourceName");
  }
}
