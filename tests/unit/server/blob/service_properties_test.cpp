// Blob Service Properties: what an account sets holds for its requests, and only for them.
#include "server/blob/service_properties.hpp"

#include "tests/unit/server/blob/blob_fixture.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::blob;
using Catch::Contains;

namespace {

constexpr const char* kOneRule =
    "<?xml "
    "version=\"1.0\"?><StorageServiceProperties><Cors><CorsRule><AllowedOrigins>https://a.example</AllowedOrigins>"
    "<AllowedMethods>get, "
    "put</AllowedMethods><MaxAgeInSeconds>60</MaxAgeInSeconds><ExposedHeaders>ETag</ExposedHeaders>"
    "<AllowedHeaders>x-ms-*</AllowedHeaders></CorsRule></Cors>"
    "<DefaultServiceVersion>2015-12-11</DefaultServiceVersion></StorageServiceProperties>";

struct ServiceFixture : BlobFixture {
  http::Response properties(const std::string& method, std::string body = {}) {
    return send(method, "/amsstore/?restype=service&comp=properties&" + account_sas(), {}, std::move(body));
  }
};

}  // namespace

TEST_CASE_METHOD(ServiceFixture, "an account's CORS rules and default version hold from the moment they are set",
                 "[unit][blob]") {
  REQUIRE(put("/a", "x").status == 201);
  CHECK_THAT(properties("GET").body.text(), Contains("<AllowedOrigins>*</AllowedOrigins>"));
  REQUIRE(properties("PUT", kOneRule).status == 202);
  const auto kept = properties("GET").body.text();
  CHECK_THAT(kept, Contains("<AllowedOrigins>https://a.example</AllowedOrigins>") && Contains("<HourMetrics>") &&
                       Contains("<DefaultServiceVersion>2015-12-11</DefaultServiceVersion>") && !Contains(">*<"));

  const auto preflight = [&](const std::string& origin, const std::string& method) {
    return send("OPTIONS", "/amsstore/asset-1/a", {{"Origin", origin}, {"Access-Control-Request-Method", method}})
        .status;
  };
  CHECK(preflight("https://a.example", "PUT") == 200);
  CHECK(preflight("https://a.example", "DELETE") == 403);
  CHECK(preflight("https://b.example", "PUT") == 403);
  const auto granted = call("GET", "r", "/a", "", {{"Origin", "https://a.example"}});
  CHECK(granted.headers.get("Access-Control-Allow-Origin") == "https://a.example");
  CHECK(granted.headers.get("Access-Control-Expose-Headers") == "Content-Length,ETag");
  CHECK_FALSE(call("GET", "r", "/a", "", {{"Origin", "https://b.example"}})
                  .headers.find("Access-Control-Allow-Origin")
                  .has_value());
  // Another account keeps its own.
  CHECK(send("OPTIONS", "/otherstore/asset-1/a",
             {{"Origin", "https://b.example"}, {"Access-Control-Request-Method", "PUT"}})
            .status == 200);

  const auto nameless = send("GET", "/amsstore/asset-1/a");  // neither version nor signature
  CHECK(nameless.status == 404);
  CHECK(nameless.headers.get("x-ms-version") == "2015-12-11");

  // What a request does not name stays; no rule at all lets no other origin in.
  REQUIRE(properties("PUT", "<StorageServiceProperties><DefaultServiceVersion/></StorageServiceProperties>").status ==
          202);
  CHECK_THAT(properties("GET").body.text(), Contains("https://a.example"));
  REQUIRE(properties("PUT", "<StorageServiceProperties><Cors/></StorageServiceProperties>").status == 202);
  CHECK(preflight("https://a.example", "PUT") == 403);
}

TEST_CASE_METHOD(ServiceFixture, "service properties that cannot hold are refused and change nothing", "[unit][blob]") {
  const auto code = [&](const std::string& parts) {
    return code_of(properties("PUT", "<StorageServiceProperties>" + parts + "</StorageServiceProperties>"));
  };
  const auto rule = [](const std::string& origins, const std::string& methods, const std::string& age) {
    return "<CorsRule><AllowedOrigins>" + origins + "</AllowedOrigins><AllowedMethods>" + methods +
           "</AllowedMethods><MaxAgeInSeconds>" + age + "</MaxAgeInSeconds></CorsRule>";
  };
  const auto before = properties("GET").body.text();
  CHECK(code_of(properties("PUT", "no xml")) == "InvalidXmlDocument");
  CHECK(code("<Cors>" + rule("", "GET", "1") + "</Cors>") == "InvalidXmlDocument");
  CHECK(code("<Cors>" + rule("*", "FLY", "1") + "</Cors>") == "InvalidXmlDocument");
  CHECK(code("<Cors>" + rule("*", "GET", "soon") + "</Cors>") == "InvalidXmlDocument");
  std::string six;
  for (int i = 0; i < 6; ++i) six += rule("*", "GET", "1");
  CHECK(code("<Cors>" + six + "</Cors>") == "InvalidXmlDocument");
  CHECK(code("<Logging><Version>1.0</Version><Read>true</Read></Logging>") == "FeatureNotSupported");
  CHECK(code("<HourMetrics><Enabled>true</Enabled></HourMetrics>") == "FeatureNotSupported");
  CHECK(properties("GET").body.text() == before);
  CHECK(send("PUT", "/amsstore/?restype=service&comp=properties", {}, kOneRule).status == 404);  // unsigned
  CHECK(send("PUT", "/amsstore/asset-1?restype=service&comp=properties&" + sas("rwdl"), {}, kOneRule).status >= 400);
}

TEST_CASE_METHOD(ServiceFixture, "the account tells its kind", "[unit][blob]") {
  const auto of_service = send("GET", "/amsstore/?restype=account&comp=properties&" + account_sas());
  CHECK(of_service.status == 200);
  CHECK(of_service.headers.get("x-ms-account-kind") == "StorageV2");
  CHECK(call("HEAD", "r", "/a", "restype=account&comp=properties").headers.get("x-ms-sku-name") == "Standard_LRS");
}
