// Copy Blob, Put Blob From URL and Abort Copy Blob between blobs of this server.
#include "server/auth/shared_key.hpp"
#include "tests/unit/server/blob/blob_fixture.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::blob;
using Catch::Contains;

namespace {

constexpr const char* kHere = "http://127.0.0.1:10000/amsstore/asset-1";

struct CopyFixture : BlobFixture {
  CopyFixture() {
    REQUIRE(store.create_container({kAccount, "asset-2"}).has_value());
    REQUIRE(put("/a.mp4", "hello", {{"Content-Type", "video/mp4"}, {"x-ms-meta-colour", "red"}}).status == 201);
  }

  // Onto /amsstore/asset-2<path>, with a signature that may write there.
  http::Response copy(const std::string& source, const std::string& path, HeaderList headers = {},
                      const std::string& letters = "w", const std::string& version = "2018-03-28") {
    headers.emplace_back("x-ms-copy-source", source);
    return send("PUT", "/amsstore/asset-2" + path + "?" + sas(letters, version, "asset-2"), std::move(headers));
  }
  http::Response get(const std::string& path, const std::string& method = "GET") {
    return send(method, "/amsstore/asset-2" + path + "?" + sas("r", "2018-03-28", "asset-2"));
  }
  http::Response send_signed(const std::string& method, const std::string& target, HeaderList headers) {
    headers.emplace_back("x-ms-date", "Fri, 01 Jan 2016 12:00:00 GMT");
    auto request = make(method, target, std::move(headers));
    request.headers.set("Content-Length", "0");
    const auto text = auth::shared_key_string(request, kAccount, "");
    request.headers.set("Authorization", std::string{"SharedKey amsstore:"} + auth::sign(key, text));
    return answer(std::move(request));
  }
};

}  // namespace

TEST_CASE_METHOD(CopyFixture, "a copy has its source's bytes, properties and metadata, and says where it came from",
                 "[unit][blob]") {
  const auto made = copy(kHere + std::string{"/a.mp4?"} + sas("r"), "/copy.mp4");
  REQUIRE(made.status == 202);
  CHECK(made.headers.get("x-ms-copy-status") == "success");
  const std::string id{made.headers.get("x-ms-copy-id")};
  CHECK(Uuid::parse(id).has_value());
  CHECK(made.headers.get("ETag").starts_with("\"0x"));

  const auto read = get("/copy.mp4");
  CHECK(read.body.text() == "hello");
  CHECK(read.headers.get("Content-Type") == "video/mp4");
  CHECK(read.headers.get("Content-MD5") == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(read.headers.get("x-ms-meta-colour") == "red");
  const auto head = get("/copy.mp4", "HEAD");
  CHECK(head.headers.get("x-ms-copy-id") == id);
  CHECK(head.headers.get("x-ms-copy-status") == "success");
  CHECK(head.headers.get("x-ms-copy-source") == kHere + std::string{"/a.mp4"});  // without the signature
  CHECK(head.headers.get("x-ms-copy-progress") == "5/5");
  CHECK(head.headers.get("x-ms-copy-completion-time") == "Fri, 01 Jan 2016 12:00:00 GMT");
  CHECK(head.headers.get("x-ms-copy-status-description").empty());

  const auto list = [&](const std::string& include) {
    return send("GET",
                "/amsstore/asset-2?restype=container&comp=list" + include + "&" + sas("l", "2018-03-28", "asset-2"))
        .body.text();
  };
  CHECK_THAT(list("&include=metadata,copy"),
             Contains("<CopyId>" + id + "</CopyId>") && Contains("<CopyStatus>success</CopyStatus>") &&
                 Contains("<CopyProgress>5/5</CopyProgress>") && Contains("<colour>red</colour>"));
  CHECK_THAT(list(""), !Contains("<CopyId>"));

  // The next write of the bytes forgets the copy; a change of the metadata does not.
  const auto target = "/amsstore/asset-2/copy.mp4?" + sas("w", "2018-03-28", "asset-2");
  REQUIRE(send("PUT", target + "&comp=metadata", {{"x-ms-meta-a", "b"}}).status == 200);
  CHECK(get("/copy.mp4", "HEAD").headers.get("x-ms-copy-id") == id);
  REQUIRE(send("PUT", target, {{"x-ms-blob-type", "BlockBlob"}}, "new").status == 201);
  CHECK(get("/copy.mp4", "HEAD").headers.get("x-ms-copy-id").empty());
  CHECK(call("GET", "r", "/a.mp4").body.text() == "hello");
}

TEST_CASE_METHOD(CopyFixture, "metadata given with a copy replaces the source's; old versions answer 201",
                 "[unit][blob]") {
  const auto made = copy(kHere + std::string{"/a.mp4?"} + sas("r"), "/c", {{"x-ms-meta-new", "1"}}, "w", "2012-02-12");
  CHECK(made.status == 202);
  CHECK(get("/c").headers.get("x-ms-meta-new") == "1");
  CHECK(get("/c").headers.get("x-ms-meta-colour").empty());
  const auto old = copy(kHere + std::string{"/a.mp4?"} + sas("r"), "/d", {{"x-ms-version", "2009-09-19"}});
  CHECK(old.status == 201);
  CHECK(old.headers.get("x-ms-copy-id").empty());
}

TEST_CASE_METHOD(CopyFixture, "Put Blob From URL takes properties of its own", "[unit][blob]") {
  const auto made = copy(kHere + std::string{"/a.mp4?"} + sas("r"), "/c",
                         {{"x-ms-blob-type", "BlockBlob"}, {"x-ms-blob-content-type", "text/plain"}});
  CHECK(made.status == 201);
  CHECK(made.headers.get("Content-MD5") == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(get("/c").headers.get("Content-Type") == "text/plain");
  CHECK(get("/c").body.text() == "hello");
}

TEST_CASE_METHOD(CopyFixture, "a source is read with its own signature, or the account's key, or because it is public",
                 "[unit][blob]") {
  const std::string source = kHere + std::string{"/a.mp4"};
  const auto unsigned_source = copy(source, "/c");
  CHECK(unsigned_source.status == 404);
  CHECK(code_of(unsigned_source) == "CannotVerifyCopySource");
  const auto writer = copy(source + "?" + sas("w"), "/c");
  CHECK(writer.status == 403);
  CHECK(code_of(writer) == "CannotVerifyCopySource");
  const auto forged = copy(source + "?" + sas("r") + "x", "/c");
  CHECK(forged.status == 403);
  CHECK(get("/c").status == 404);
  const auto only_reading = copy(source + "?" + sas("r"), "/c", {}, "r");
  CHECK(only_reading.status == 403);
  CHECK(code_of(only_reading) == "AuthorizationPermissionMismatch");

  CHECK(send_signed("PUT", "/amsstore/asset-2/by-key", {{"x-ms-copy-source", source}}).status == 202);
  CHECK(send_signed("PUT", "/amsstore/asset-2/by-path", {{"x-ms-copy-source", "/amsstore/asset-1/a.mp4"}}).status ==
        202);
  CHECK(get("/by-path").body.text() == "hello");

  auto properties = store.container_properties({kAccount, kContainer}).value();
  properties.public_access = "blob";
  REQUIRE(store.set_container_properties({kAccount, kContainer}, properties, {}).has_value());
  CHECK(copy(source, "/public").status == 202);
  // Other names of this server.
  CHECK(copy("http://localhost:10000/amsstore/asset-1/a.mp4", "/e").status == 202);
  CHECK(copy("https://amsstore.blob.core.windows.net/asset-1/a.mp4", "/f").status == 202);
}

TEST_CASE_METHOD(CopyFixture, "sources that are none are refused by name", "[unit][blob]") {
  const auto code = [&](const std::string& source, HeaderList headers = {}) {
    const auto refused = copy(source, "/c", std::move(headers));
    CHECK(refused.status >= 400);
    return code_of(refused);
  };
  CHECK(code("http://elsewhere.example/amsstore/asset-1/a.mp4") == "CannotVerifyCopySource");
  CHECK(code("https://otherstore.blob.core.windows.net/asset-1/a.mp4") == "CannotVerifyCopySource");
  CHECK(code("http://127.0.0.1:10001/amsstore/asset-1/a.mp4") == "CannotVerifyCopySource");
  CHECK(code(kHere + std::string{"/absent?"} + sas("r")) == "CannotVerifyCopySource");
  CHECK(code(kHere + std::string{"/a.mp4?snapshot=2016-01-01T00:00:00.0000000Z&"} + sas("r")) ==
        "CannotVerifyCopySource");
  CHECK(code("not a url") == "InvalidHeaderValue");
  CHECK(code("ftp://127.0.0.1:10000/amsstore/asset-1/a.mp4") == "InvalidHeaderValue");
  CHECK(code("http://127.0.0.1:10000/amsstore/asset-1/../asset-1/a.mp4") == "InvalidHeaderValue");
  CHECK(code(kHere + std::string{"/"} + std::string(5000, 'x')) == "InvalidHeaderValue");
  const auto source = kHere + std::string{"/a.mp4?"} + sas("r");
  CHECK(code(source, {{"x-ms-blob-type", "PageBlob"}}) == "InvalidHeaderValue");
  CHECK(code(source, {{"x-ms-source-if-match", "\"0x1\""}}) == "SourceConditionNotMet");
  CHECK(code(source, {{"x-ms-source-if-none-match", "*"}}) == "SourceConditionNotMet");
  CHECK(code(source, {{"If-Match", "\"0x1\""}}) == "ConditionNotMet");
  CHECK(get("/c").status == 404);
  const auto no_container =
      send("PUT", "/amsstore/asset-3/c?" + sas("w", "2018-03-28", "asset-3"), {{"x-ms-copy-source", source}});
  CHECK(code_of(no_container) == "ContainerNotFound");
}

TEST_CASE_METHOD(CopyFixture, "who may only create does not overwrite by a copy", "[unit][blob]") {
  const auto source = kHere + std::string{"/a.mp4?"} + sas("r");
  CHECK(copy(source, "/c", {}, "c").status == 202);
  const auto again = copy(source, "/c", {}, "c");
  CHECK(again.status == 403);
  CHECK(code_of(again) == "UnauthorizedBlobOverwrite");
}

TEST_CASE_METHOD(CopyFixture, "a finished copy cannot be aborted", "[unit][blob]") {
  const auto made = copy(kHere + std::string{"/a.mp4?"} + sas("r"), "/c");
  const auto abort = [&](const std::string& id, const std::string& action) {
    return code_of(send("PUT", "/amsstore/asset-2/c?comp=copy&copyid=" + id + "&" + sas("w", "2018-03-28", "asset-2"),
                        {{"x-ms-copy-action", action}}));
  };
  CHECK(abort(std::string{made.headers.get("x-ms-copy-id")}, "abort") == "NoPendingCopyOperation");
  CHECK(abort("nonsense", "abort") == "InvalidQueryParameterValue");
  CHECK(abort(std::string{made.headers.get("x-ms-copy-id")}, "stop") == "InvalidHeaderValue");
}
