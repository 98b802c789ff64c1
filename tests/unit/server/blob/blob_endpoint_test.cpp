// Each operation of the blob protocol: what a client sees when it succeeds and when it does not.
#include "schema/base/crypto.hpp"
#include "tests/unit/server/blob/blob_fixture.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::blob;
using Catch::Contains;

TEST_CASE_METHOD(BlobFixture, "Put Blob stores what Get Blob gives back", "[unit][blob]") {
  const auto put_answer = put("/Film 1.mp4", "hello",
                              {{"Content-Type", "video/mp4"},
                               {"x-ms-meta-Owner", "me"},
                               {"x-ms-blob-cache-control", "no-cache"},
                               {"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="},
                               {"x-ms-client-request-id", "req-7"},
                               {"x-ms-version", "2015-12-11"}});
  REQUIRE(put_answer.status == 201);
  CHECK(put_answer.body.size() == 0);
  CHECK(put_answer.headers.get("Content-MD5") == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(put_answer.headers.get("Last-Modified") == "Fri, 01 Jan 2016 12:00:00 GMT");
  CHECK(put_answer.headers.get("ETag").starts_with("\"0x8D"));
  CHECK(put_answer.headers.get("Server") == "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
  CHECK(put_answer.headers.get("x-ms-version") == "2015-12-11");
  CHECK(put_answer.headers.get("x-ms-client-request-id") == "req-7");
  CHECK(Uuid::parse(put_answer.headers.get("x-ms-request-id")).has_value());

  const auto answer = call("GET", "r", "/Film%201.mp4");
  CHECK(answer.status == 200);
  CHECK(answer.body.text() == "hello");
  CHECK(answer.headers.get("Content-Type") == "video/mp4");
  CHECK(answer.headers.get("Content-MD5") == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(answer.headers.get("Accept-Ranges") == "bytes");
  CHECK(answer.headers.get("Cache-Control") == "no-cache");
  CHECK(answer.headers.get("ETag") == put_answer.headers.get("ETag"));
  CHECK(answer.headers.get("x-ms-blob-type") == "BlockBlob");
  CHECK(answer.headers.get("x-ms-lease-status") == "unlocked");
  CHECK(answer.headers.get("x-ms-meta-owner") == "me");
  CHECK(answer.headers.get("x-ms-version") == "2018-03-28");  // of the signature

  const auto head = call("HEAD", "r", "/Film%201.mp4");
  CHECK(head.status == 200);
  CHECK(head.content_length == 5U);
  CHECK(head.body.empty());
  CHECK(head.headers.get("ETag") == answer.headers.get("ETag"));

  const auto metadata = call("GET", "r", "/Film%201.mp4", "comp=metadata");
  CHECK(metadata.status == 200);
  CHECK(metadata.headers.get("x-ms-meta-owner") == "me");
  CHECK(metadata.body.empty());
}

TEST_CASE_METHOD(BlobFixture, "an empty blob works", "[unit][blob]") {
  REQUIRE(put("/empty", "").status == 201);
  const auto answer = call("GET", "r", "/empty");
  CHECK(answer.status == 200);
  CHECK(answer.content_length == 0U);
  CHECK(answer.body.empty());
  CHECK(call("GET", "r", "/empty", "", {{"Range", "bytes=0-"}}).status == 416);
}

TEST_CASE_METHOD(BlobFixture, "Put Blob refuses what it cannot store", "[unit][blob]") {
  const auto refused = [&](HeaderList headers, std::string body = "x") {
    return call("PUT", "w", "/a", "", std::move(headers), std::move(body));
  };
  const auto no_type = refused({});
  CHECK(no_type.status == 400);
  CHECK(code_of(no_type) == "MissingRequiredHeader");
  CHECK_THAT(no_type.body.text(), Contains("<HeaderName>x-ms-blob-type</HeaderName>"));
  CHECK(code_of(refused({{"x-ms-blob-type", "PageBlob"}})) == "InvalidBlobType");
  CHECK(code_of(refused({{"x-ms-blob-type", "Tape"}})) == "InvalidHeaderValue");
  CHECK(code_of(put("/a", "x", {{"Content-MD5", "nonsense"}})) == "InvalidMd5");
  CHECK(code_of(put("/a", "x", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}})) == "Md5Mismatch");
  CHECK(code_of(put("/a", "x", {{"x-ms-blob-content-md5", "XUFAKrxLKna5cZ2REBfFkg=="}})) == "Md5Mismatch");
  CHECK(code_of(put("/a", "x", {{"x-ms-meta-big", std::string(9000, 'x')}})) == "InvalidMetadata");
  CHECK(code_of(call("GET", "r", "/a")) == "BlobNotFound");

  auto unsized = make("PUT", std::string{"/amsstore/asset-1/a?"} + sas("w"), {{"x-ms-blob-type", "BlockBlob"}}, "x");
  unsized.content_length.reset();
  const auto length_required = answer(std::move(unsized));
  CHECK(length_required.status == 411);
  CHECK(code_of(length_required) == "MissingContentLengthHeader");
  auto huge = make("PUT", std::string{"/amsstore/asset-1/a?comp=block&blockid=AAAA&"} + sas("w"), {}, "x");
  huge.content_length = 5000ULL << 20U;
  const auto too_large = answer(std::move(huge));
  CHECK(too_large.status == 413);
  CHECK(code_of(too_large) == "RequestBodyTooLarge");

  fail_at = 14;
  CHECK(code_of(put("/a", std::string(100, 'x'))) == "InvalidInput");
  CHECK(code_of(call("GET", "r", "/a")) == "BlobNotFound");
  const auto missing =
      send("PUT", "/amsstore/asset-2/a?" + sas("w", "2018-03-28", "asset-2"), {{"x-ms-blob-type", "BlockBlob"}}, "x");
  CHECK(missing.status == 404);
  CHECK(code_of(missing) == "ContainerNotFound");
}

TEST_CASE_METHOD(BlobFixture, "a chunked upload without a length is taken", "[unit][blob]") {
  auto request = make("PUT", std::string{"/amsstore/asset-1/a?"} + sas("w"),
                      {{"x-ms-blob-type", "BlockBlob"}, {"Transfer-Encoding", "chunked"}}, "chunks");
  request.content_length.reset();
  const auto taken = answer(std::move(request));
  CHECK(taken.status == 201);
  CHECK(call("GET", "r", "/a").body.text() == "chunks");
}

TEST_CASE_METHOD(BlobFixture, "ranges are served as clients ask for them", "[unit][blob]") {
  REQUIRE(put("/a", "0123456789").status == 201);
  const auto get = [&](HeaderList headers) { return call("GET", "r", "/a", "", std::move(headers)); };
  const auto middle = get({{"Range", "bytes=2-4"}});
  CHECK(middle.status == 206);
  CHECK(middle.body.text() == "234");
  CHECK(middle.content_length == 3U);
  CHECK(middle.headers.get("Content-Range") == "bytes 2-4/10");
  CHECK(middle.headers.get("Content-MD5").empty());
  CHECK_FALSE(middle.headers.get("x-ms-blob-content-md5").empty());
  CHECK(get({{"Range", "bytes=7-"}}).body.text() == "789");
  CHECK(get({{"Range", "bytes=-2"}}).body.text() == "89");
  CHECK(get({{"Range", "bytes=8-100"}}).headers.get("Content-Range") == "bytes 8-9/10");
  CHECK(get({{"Range", "bytes=0-1"}, {"x-ms-range", "bytes=3-3"}}).body.text() == "3");
  CHECK(get({{"Range", "bytes=0-1,4-5"}}).status == 200);
  CHECK(get({{"Range", "bytes=5-2"}}).status == 200);
  CHECK(get({{"Range", "lines=1-2"}}).status == 200);
  const auto past = get({{"Range", "bytes=10-"}});
  CHECK(past.status == 416);
  CHECK(code_of(past) == "InvalidRange");
  CHECK(past.headers.get("Content-Range") == "bytes */10");
  CHECK(get({{"Range", "bytes=18446744073709551615-"}}).status == 416);
  const auto with_md5 = get({{"x-ms-range", "bytes=0-4"}, {"x-ms-range-get-content-md5", "true"}});
  CHECK(with_md5.headers.get("Content-MD5") == base64_encode(md5(as_bytes("01234"))));
  CHECK(get({{"Range", "bytes=0-1"}, {"If-Range", "\"0x0\""}}).status == 200);
}

TEST_CASE_METHOD(BlobFixture, "conditional reads and writes", "[unit][blob]") {
  const auto etag = std::string{put("/a", "one").headers.get("ETag")};
  const auto get = [&](HeaderList headers) { return call("GET", "r", "/a", "", std::move(headers)); };
  const auto unchanged = get({{"If-None-Match", etag}});
  CHECK(unchanged.status == 304);
  CHECK(unchanged.body.empty());
  CHECK(unchanged.headers.get("ETag") == etag);
  CHECK(get({{"If-Modified-Since", "Fri, 01 Jan 2016 12:00:00 GMT"}}).status == 304);
  CHECK(get({{"If-Modified-Since", "Fri, 01 Jan 2016 11:59:59 GMT"}}).status == 200);
  CHECK(get({{"If-Match", etag}}).status == 200);
  CHECK(code_of(get({{"If-Match", "\"other\""}})) == "ConditionNotMet");
  CHECK(get({{"If-Unmodified-Since", "Fri, 01 Jan 2016 11:59:59 GMT"}}).status == 412);
  const auto exists = put("/a", "two", {{"If-None-Match", "*"}});
  CHECK(exists.status == 409);
  CHECK(code_of(exists) == "BlobAlreadyExists");
  CHECK(put("/a", "two", {{"If-Match", "\"other\""}}).status == 412);
  CHECK(call("DELETE", "d", "/a", "", {{"If-Match", "\"other\""}}).status == 412);
  CHECK(get({}).body.text() == "one");
}

TEST_CASE_METHOD(BlobFixture, "blocks are put, listed and committed", "[unit][blob]") {
  const auto put_block = [&](const std::string& id, std::string body, HeaderList headers = {}) {
    return call("PUT", "w", "/b", "comp=block&blockid=" + id, std::move(headers), std::move(body));
  };
  const auto first = put_block(percent_encode(id_of("block-id-1")), "one", {{"x-ms-blob-type", "BlockBlob"}});
  CHECK(first.status == 201);
  CHECK(first.headers.get("Content-MD5") == base64_encode(md5(as_bytes("one"))));
  CHECK_FALSE(first.headers.find("ETag").has_value());
  CHECK(put_block(id_of("block-id-10"), "ten").status == 201);  // raw '='
  CHECK(put_block(id_of("block-id-100"), "hundred").status == 201);
  CHECK(code_of(put_block("not*base64", "x")) == "InvalidBlockId");
  CHECK(code_of(put_block(id_of("short"), "x")) == "InvalidBlobOrBlock");
  CHECK(code_of(put_block(id_of("block-id-11"), "x", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}})) == "Md5Mismatch");
  CHECK(code_of(call("PUT", "w", "/b", "comp=block", {}, "x")) == "InvalidQueryParameterValue");
  CHECK(code_of(put_block(id_of("block-id-11"), "")) == "InvalidHeaderValue");

  CHECK(code_of(call("GET", "r", "/b")) == "BlobNotFound");
  const auto uncommitted = call("GET", "r", "/b", "comp=blocklist&blocklisttype=uncommitted");
  CHECK(uncommitted.status == 200);
  CHECK(uncommitted.body.text() ==
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><UncommittedBlocks>"
        "<Block><Name>YmxvY2staWQtMQ==</Name><Size>3</Size></Block>"
        "<Block><Name>YmxvY2staWQtMTA=</Name><Size>3</Size></Block>"
        "<Block><Name>YmxvY2staWQtMTAw</Name><Size>7</Size></Block></UncommittedBlocks></BlockList>");

  const std::string list =
      "<BlockList>\n  <Latest>YmxvY2staWQtMQ==</Latest>\n  <Uncommitted> YmxvY2staWQtMTAw </Uncommitted>\n</BlockList>";
  const auto committed = call("PUT", "w", "/b", "comp=blocklist", {{"x-ms-blob-content-type", "video/mp4"}}, list);
  CHECK(committed.status == 201);
  CHECK(committed.headers.get("Content-MD5") == base64_encode(md5(as_bytes(list))));
  CHECK_FALSE(committed.headers.get("ETag").empty());
  const auto blob = call("GET", "r", "/b");
  CHECK(blob.body.text() == "onehundred");
  CHECK(blob.headers.get("Content-Type") == "video/mp4");
  const auto all = call("GET", "r", "/b", "comp=blocklist&blocklisttype=all");
  CHECK(all.headers.get("x-ms-blob-content-length") == "10");
  CHECK_THAT(all.body.text(), Contains("<CommittedBlocks><Block><Name>YmxvY2staWQtMQ==</Name><Size>3</Size></Block>") &&
                                  Contains("<UncommittedBlocks></UncommittedBlocks>"));
}

TEST_CASE_METHOD(BlobFixture, "Put Block List refuses bad lists", "[unit][blob]") {
  REQUIRE(call("PUT", "w", "/b", "comp=block&blockid=AAAA", {}, "x").status == 201);
  const auto commit = [&](std::string body, HeaderList headers = {}) {
    return code_of(call("PUT", "w", "/b", "comp=blocklist", std::move(headers), std::move(body)));
  };
  CHECK(commit("<BlockList><Latest>BBBB</Latest></BlockList>") == "InvalidBlockList");
  CHECK(commit("<BlockList><Committed>AAAA</Committed></BlockList>") == "InvalidBlockList");
  CHECK(commit("<BlockList><Latest>AAAA") == "InvalidXmlDocument");
  CHECK(commit("<List/>") == "InvalidXmlDocument");
  CHECK(commit("") == "InvalidXmlDocument");
  CHECK(commit("<BlockList><Oldest>AAAA</Oldest></BlockList>") == "InvalidXmlDocument");
  CHECK(commit("<BlockList/>", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}) == "Md5Mismatch");
  std::string entries;
  for (int i = 0; i < 50'001; ++i) entries += "<Latest>AAAA</Latest>";
  CHECK(commit("<BlockList>" + entries + "</BlockList>") == "BlockListTooLong");
  CHECK(commit("<BlockList>" + std::string(9 << 20, ' ') + "</BlockList>") == "RequestBodyTooLarge");
  CHECK(commit("<BlockList/>") == "");
  CHECK(call("GET", "r", "/b").content_length == 0U);
}

TEST_CASE_METHOD(BlobFixture, "a blob of a thousand blocks", "[unit][blob]") {
  std::string list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>", whole;
  for (int i = 0; i < 1000; ++i) {
    const auto id = id_of(fmt::format("BlockId{:07}", i));
    const auto body = fmt::format("{:04};", i);
    REQUIRE(call("PUT", "w", "/b", "comp=block&blockid=" + percent_encode(id), {}, body).status == 201);
    list += "<Latest>" + id + "</Latest>";
    whole += body;
  }
  REQUIRE(call("PUT", "w", "/b", "comp=blocklist", {}, list + "</BlockList>").status == 201);
  CHECK(call("GET", "r", "/b").body.text() == whole);
}

TEST_CASE_METHOD(BlobFixture, "metadata and properties are set apart from each other", "[unit][blob]") {
  REQUIRE(put("/a", "x", {{"Content-Type", "video/mp4"}, {"x-ms-meta-a", "1"}}).status == 201);
  CHECK(call("PUT", "w", "/a", "comp=metadata", {{"x-ms-meta-b", "2"}}).status == 200);
  auto head = call("HEAD", "r", "/a");
  CHECK(head.headers.get("x-ms-meta-b") == "2");
  CHECK_FALSE(head.headers.find("x-ms-meta-a").has_value());
  CHECK(head.headers.get("Content-Type") == "video/mp4");
  CHECK(call("PUT", "w", "/a", "comp=properties", {{"x-ms-blob-content-language", "de"}}).status == 200);
  head = call("HEAD", "r", "/a");
  CHECK(head.headers.get("Content-Language") == "de");
  CHECK(head.headers.get("Content-Type") == "application/octet-stream");
  CHECK(head.headers.get("x-ms-meta-b") == "2");
  CHECK(code_of(call("PUT", "w", "/none", "comp=metadata")) == "BlobNotFound");
  CHECK(code_of(call("PUT", "w", "/none", "comp=properties")) == "BlobNotFound");
}

TEST_CASE_METHOD(BlobFixture, "Delete Blob removes it once", "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  CHECK(call("DELETE", "d", "/a", "", {{"x-ms-delete-snapshots", "include"}}).status == 202);
  const auto again = call("DELETE", "d", "/a");
  CHECK(again.status == 404);
  CHECK_THAT(again.body.text(),
             Contains("<Code>BlobNotFound</Code><Message>The specified blob does not exist.\nRequestId:"));
  CHECK(call("HEAD", "r", "/a").body.empty());
}

TEST_CASE_METHOD(BlobFixture, "List Blobs writes the document of the version", "[unit][blob]") {
  REQUIRE(put("/b/1&2.txt", "x", {{"Content-Type", "text/plain"}, {"x-ms-meta-k", "v"}}).status == 201);
  REQUIRE(put("/a", "xy").status == 201);
  REQUIRE(put("/c", "").status == 201);
  const std::string list = "restype=container&comp=list";
  const auto all = call("GET", "l", "", list + "&include=metadata,copy").body.text();
  CHECK_THAT(all, Contains("<EnumerationResults ServiceEndpoint=\"http://127.0.0.1:10000/amsstore/\" "
                           "ContainerName=\"asset-1\"><Blobs><Blob><Name>a</Name>"));
  CHECK_THAT(all, Contains("<Name>b/1&amp;2.txt</Name><Properties>") &&
                      Contains("<Content-Length>2</Content-Length>") && Contains("<Metadata><k>v</k></Metadata>") &&
                      Contains("<BlobType>BlockBlob</BlobType>") && Contains("<Etag>0x8D") &&
                      Contains("</Blobs><NextMarker></NextMarker></EnumerationResults>"));
  const auto grouped = call("GET", "l", "", list + "&delimiter=/&maxresults=2").body.text();
  CHECK_THAT(grouped, Contains("<MaxResults>2</MaxResults><Delimiter>/</Delimiter><Blobs><Blob><Name>a</Name>") &&
                          Contains("<BlobPrefix><Name>b/</Name></BlobPrefix></Blobs><NextMarker>c</NextMarker>"));
  CHECK_THAT(call("GET", "l", "", list + "&marker=c").body.text(),
             Contains("<Marker>c</Marker><Blobs><Blob><Name>c</Name>") && !Contains("<Name>a</Name>"));
  CHECK_THAT(call("GET", "l", "", list + "&prefix=b%2F").body.text(),
             Contains("<Prefix>b/</Prefix>") && !Contains("<Name>c</Name>"));
  const auto old = send("GET", "/amsstore/asset-1?" + list + "&" + sas("l", "2012-02-12")).body.text();
  CHECK_THAT(old, Contains("<EnumerationResults ContainerName=\"http://127.0.0.1:10000/amsstore/asset-1\">") &&
                      Contains("<Url>http://127.0.0.1:10000/amsstore/asset-1/b/1%262.txt</Url>"));
  CHECK(code_of(call("GET", "l", "", list + "&maxresults=0")) == "InvalidQueryParameterValue");
  CHECK(call("GET", "l", "", list + "&maxresults=9000").status == 200);
}

TEST_CASE_METHOD(BlobFixture, "containers are managed with an account signature", "[unit][blob]") {
  const auto manage = [&](const std::string& method, const std::string& container, const std::string& parameters,
                          HeaderList headers = {}) {
    return send(method, "/amsstore/" + container + "?" + parameters + "&" + account_sas(), std::move(headers));
  };
  CHECK(manage("PUT", "new-one", "restype=container", {{"x-ms-meta-a", "1"}, {"x-ms-blob-public-access", "blob"}})
            .status == 201);
  CHECK(code_of(manage("PUT", "new-one", "restype=container")) == "ContainerAlreadyExists");
  CHECK(code_of(manage("PUT", "Bad_Name", "restype=container")) == "InvalidResourceName");
  const auto properties = manage("HEAD", "new-one", "restype=container");
  CHECK(properties.status == 200);
  CHECK(properties.headers.get("x-ms-meta-a") == "1");
  CHECK(properties.headers.get("x-ms-blob-public-access") == "blob");
  CHECK(manage("PUT", "new-one", "restype=container&comp=metadata", {{"x-ms-meta-b", "2"}}).status == 200);
  CHECK(manage("GET", "new-one", "restype=container&comp=metadata").headers.get("x-ms-meta-b") == "2");
  const auto listed = send("GET", "/amsstore?comp=list&include=metadata&" + account_sas());
  CHECK_THAT(listed.body.text(), Contains("<Container><Name>asset-1</Name>") && Contains("<Name>new-one</Name>") &&
                                     Contains("<Metadata><b>2</b></Metadata>"));
  CHECK_THAT(send("GET", "/amsstore?comp=list&maxresults=1&" + account_sas()).body.text(),
             Contains("<NextMarker>new-one</NextMarker>"));
  CHECK_THAT(send("GET", "/amsstore?restype=service&comp=properties&" + account_sas()).body.text(),
             Contains("<AllowedOrigins>*</AllowedOrigins>"));
  CHECK(manage("DELETE", "new-one", "restype=container").status == 202);
  CHECK(code_of(manage("DELETE", "new-one", "restype=container")) == "ContainerNotFound");
  CHECK(code_of(manage("GET", "new-one", "restype=container")) == "ContainerNotFound");
  CHECK(manage("PUT", "asset-1", "restype=container&comp=acl").status == 403);  // keys only
}

TEST_CASE_METHOD(BlobFixture, "what is not offered is refused by name", "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  const auto code = [&](const std::string& method, const std::string& parameters, HeaderList headers = {}) {
    return code_of(call(method, "rwdl", "/a", parameters, std::move(headers)));
  };
  CHECK(code("PUT", "comp=lease") == "FeatureNotSupported");
  CHECK(code("PUT", "comp=appendblock") == "FeatureNotSupported");
  CHECK(code("PUT", "comp=block&blockid=AAAA", {{"x-ms-copy-source", "http://x/y"}}) == "FeatureNotSupported");
  CHECK(code("GET", "comp=nonsense") == "InvalidQueryParameterValue");
  const auto patch = call("PATCH", "rwdl", "/a");
  CHECK(patch.status == 405);
  CHECK(code_of(patch) == "UnsupportedHttpVerb");
  CHECK(code_of(call("GET", "r", "/a", "", {{"x-ms-version", "newest"}})) == "InvalidHeaderValue");
  CHECK(call("GET", "r", "/a", "api-version=2099-01-01").headers.get("x-ms-version") == "2099-01-01");
}

TEST_CASE_METHOD(BlobFixture, "browsers are let in by preflight and grants", "[unit][blob]") {
  const auto granted = send("OPTIONS", "/amsstore/asset-1/a?sig=whatever",
                            {{"Origin", "https://portal.example"},
                             {"Access-Control-Request-Method", "PUT"},
                             {"Access-Control-Request-Headers", "x-ms-blob-type,content-type"}});
  CHECK(granted.status == 200);
  CHECK(granted.headers.get("Access-Control-Allow-Origin") == "https://portal.example");
  CHECK(granted.headers.get("Access-Control-Allow-Methods") == "PUT");
  CHECK(granted.headers.get("Access-Control-Allow-Headers") == "x-ms-blob-type,content-type");
  CHECK(granted.headers.get("Access-Control-Max-Age") == "86400");
  CHECK(code_of(send("OPTIONS", "/amsstore/asset-1/a", {{"Access-Control-Request-Method", "PUT"}})) ==
        "InvalidHeaderValue");
  CHECK(code_of(send("OPTIONS", "/amsstore/asset-1/a", {{"Origin", "https://portal.example"}})) ==
        "InvalidHeaderValue");
  const auto refused = send("OPTIONS", "/amsstore/asset-1/a",
                            {{"Origin", "https://portal.example"}, {"Access-Control-Request-Method", "TRACE"}});
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "CorsPreflightFailure");

  const auto answer = put("/a", "x", {{"Origin", "https://portal.example"}});
  CHECK(answer.headers.get("Access-Control-Allow-Origin") == "*");
  CHECK_THAT(std::string{answer.headers.get("Access-Control-Expose-Headers")},
             Contains("ETag") && Contains("x-ms-request-id"));
  CHECK(call("GET", "r", "/none", "", {{"Origin", "https://portal.example"}})
            .headers.get("Access-Control-Allow-Origin") == "*");
  CHECK_FALSE(call("GET", "r", "/a").headers.find("Access-Control-Allow-Origin").has_value());
}

TEST_CASE("CORS rules match origins, methods and headers", "[unit][blob]") {
  const std::vector<CorsRule> rules{{{"https://*.example.org"}, {"GET"}, {"x-ms-meta-*", "range"}, {"x-ms-*"}, 60}};
  http::Request request;
  request.method = "OPTIONS";
  request.headers.set("Origin", "https://a.example.org");
  request.headers.set("Access-Control-Request-Method", "get");
  request.headers.set("Access-Control-Request-Headers", "Range, X-MS-Meta-Foo");
  CHECK(preflight(rules, request).has_value());
  request.headers.set("Access-Control-Request-Headers", "authorization");
  CHECK_FALSE(preflight(rules, request).has_value());
  request.headers.set("Access-Control-Request-Headers", "range");
  request.headers.set("Origin", "https://a.example.net");
  CHECK_FALSE(preflight(rules, request).has_value());

  request.method = "GET";
  request.headers.set("Origin", "https://a.example.org");
  http::Response response;
  response.headers.set("ETag", "x");
  response.headers.set("x-ms-version", "x");
  add_cors_headers(rules, request, response);
  CHECK(response.headers.get("Access-Control-Allow-Origin") == "https://a.example.org");
  CHECK(response.headers.get("Access-Control-Allow-Credentials") == "true");
  CHECK(response.headers.get("Vary") == "Origin");
  CHECK(response.headers.get("Access-Control-Expose-Headers") == "Content-Length,x-ms-version");
}
