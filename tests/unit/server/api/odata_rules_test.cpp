// One test per numbered rule of api.md 0 that the API follows.
#include "schema/base/text.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using lazulite::test::Api;
using lazulite::test::Fields;
namespace api = lazulite::api;

namespace {
const Fields kVerbose = {{"Accept", "application/json;odata=verbose"}};
}

TEST_CASE("rule 2: 201 carries an absolute Location with an encoded key, and a body", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", R"({"Name":"movie"})");
  REQUIRE(answer.status == 201);
  const auto id = answer.at("Id");
  CHECK(answer.header("Location") == "http://127.0.0.1:8080/api/Assets('" + lazulite::percent_encode(id) + "')");
  CHECK(answer.header("Location").find("nb%3Acid%3AUUID%3A") != std::string::npos);
  CHECK(answer.at("Name") == "movie");
}

TEST_CASE("rule 3: the path is decoded before it is split, and double slashes collapse", "[unit][server]") {
  Api api;
  const auto id = api.create_asset("x");
  CHECK(api.get(lazulite::percent_encode("/Assets('" + id + "')/Files")).status == 200);
  CHECK(api.get("//Assets('" + id + "')//Files").status == 200);
  CHECK(api.raw("GET", "/API/%2FAssets%28%27" + lazulite::percent_encode(id) + "%27%29", "", {}, api::Caller{"movies"})
            .at("Name") == "x");
}

TEST_CASE("rule 4: keys come raw or encoded, with GUIDs in any case; sets and properties count case",
          "[unit][server]") {
  Api api;
  const auto id = api.create_asset("x");
  const auto guid = lazulite::to_upper(id.substr(12));
  CHECK(api.get("Assets('" + id + "')").status == 200);
  CHECK(api.get("Assets('nb%3Acid%3AUUID%3A" + guid + "')").at("Id") == id);
  CHECK(api.get("Assets('nb%3acid%3aUUID%3a" + guid + "')").at("Id") == id);
  CHECK(api.get("assets").status == 404);
  CHECK(api.get("Assets('" + id + "')/name").status == 404);
  CHECK(api.get("createfileinfos?AssetID='" + id + "'").status == 204);
}

TEST_CASE("rule 5: empty parentheses after a set or a navigation are normal", "[unit][server]") {
  Api api;
  const auto id = api.create_asset("x");
  CHECK(api.get("Assets()").size("value") == 1);
  CHECK(api.get("Assets()/$count").body == "1");
  CHECK(api.get("Assets('" + id + "')/Files()").size("value") == 0);
}

TEST_CASE("rule 7: GET of the root is 200 for every format", "[unit][server]") {
  Api api;
  CHECK(api.get("").at("value.0.name") == "AccessPolicies");
  CHECK(api.get("", kVerbose).at("d.EntitySets.1") == "Assets");
  const auto xml = api.get("", {{"Accept", "application/atom+xml,application/xml"}});
  CHECK(xml.status == 200);
  CHECK(xml.body.find("<collection href=\"Assets\">") != std::string::npos);
  CHECK(api.raw("GET", "/api", "", {}, api::Caller{"movies"}).status == 200);
}

TEST_CASE("rule 9: read-only properties in a body are ignored, whatever they hold", "[unit][server]") {
  Api api;
  const auto created = api.post(
      "Assets", R"({"Id":null,"State":2,"Created":"0001-01-01T00:00:00","LastModified":"junk","Uri":5,"Name":"n",
    "AlternateId":null,"Options":0,"FormatOption":0,"StorageAccountName":null})");
  REQUIRE(created.status == 201);
  CHECK(created.at("State") == "0");
  CHECK(created.at("Created").starts_with("2024-05-01"));
  const auto id = created.at("Id");
  CHECK(api.call("MERGE", "Assets('" + id + "')", R"({"Id":"","State":1,"Name":"m","Created":"0001-01-01T00:00:00"})")
            .status == 204);
  CHECK(api.get("Assets('" + id + "')").at("Name") == "m");
  CHECK(api.get("Assets('" + id + "')").at("Created") == created.at("Created"));
}

TEST_CASE("rule 10: a name that the type does not have is 400", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", R"({"Nmae":"n"})");
  CHECK(answer.status == 400);
  CHECK_THAT(
      answer.at("odata:error.message.value"),
      Catch::Contains(
          "Parsing request content failed due to: Make sure to only use property names that are defined by the type"));
  CHECK(api.get("Assets/$count").body == "0");
}

TEST_CASE("rule 16: lenient JSON: apostrophes, raw control characters, numbers and Booleans in quotes, a BOM",
          "[unit][server]") {
  Api api;
  const auto asset = api.post("Assets", "\xEF\xBB\xBF{ 'Name' : 'a\tb\nc' ,\r\n \"Options\":\"2\", }");
  REQUIRE(asset.status == 201);
  CHECK(asset.at("Name") == "a\tb\nc");
  CHECK(asset.at("Options") == "2");
  const auto file = api.post(
      "Files", fmt::format("{{'Name':'f.mp4','ParentAssetId':'{}','IsPrimary':'false','ContentFileSize':'5000000000'}}",
                           asset.at("Id")));
  REQUIRE(file.status == 201);
  CHECK(file.at("ContentFileSize") == "5000000000");
  CHECK(file.at("IsPrimary") == "false");
}

TEST_CASE("rule 17: dates are read in every form that clients send", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto policy = api.create_policy(1);
  const auto start = [&](const char* text) {
    const auto answer = api.post(
        "Locators",
        fmt::format(R"({{"AssetId":"{}","AccessPolicyId":"{}","Type":2,"StartTime":"{}"}})", asset, policy, text));
    REQUIRE(answer.status == 201);
    CHECK(api.call("DELETE", "Locators('" + answer.at("Id") + "')").status == 204);
    return answer.at("StartTime");
  };
  CHECK(start("2024-05-01T09:55:00Z") == "2024-05-01T09:55:00Z");
  CHECK(start("2024-05-01T09:55:00") == "2024-05-01T09:55:00Z");
  CHECK(start("2024-05-01T11:55:00.5+02:00") == "2024-05-01T09:55:00.5Z");
  CHECK(start("/Date(1714557300000)/") == "2024-05-01T09:55:00Z");
  CHECK(start("5/1/2024 09:55:00 AM") == "2024-05-01T09:55:00Z");
}

TEST_CASE("rule 18: verbose dates follow the version of the answer", "[unit][server]") {
  Api api;
  const auto id = api.create_asset();
  const auto asset = api.get("Assets('" + id + "')", kVerbose);
  CHECK(asset.header("DataServiceVersion") == "1.0;");
  CHECK(asset.body.find(R"("Created":"\/Date(17145)") != std::string::npos);
  const auto list = api.get("Assets", kVerbose);
  CHECK(list.header("DataServiceVersion") == "2.0;");
  CHECK(list.body.find(R"("Created":"\/Date(17145)") != std::string::npos);
  const auto endpoints = api.get("StreamingEndpoints", kVerbose);
  CHECK(endpoints.header("DataServiceVersion") == "3.0;");
  CHECK(endpoints.at("d.results.0.Created").starts_with("2024-05-01T10:00:00"));
}

TEST_CASE("rule 19: Edm.Int64 is a string in both kinds of JSON", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  REQUIRE(api.post("Files", fmt::format(R"({{"Name":"f","ParentAssetId":"{}","ContentFileSize":7}})", asset)).status ==
          201);
  CHECK(api.get("Files").body.find(R"("ContentFileSize":"7")") != std::string::npos);
  CHECK(api.get("Files", kVerbose).body.find(R"("ContentFileSize":"7")") != std::string::npos);
}

TEST_CASE("rule 20: PUT and PATCH behave as MERGE", "[unit][server]") {
  Api api;
  const auto id = api.post("Assets", R"({"Name":"n","AlternateId":"alt"})").at("Id");
  for (const auto* verb : {"PUT", "PATCH", "MERGE"}) {
    CHECK(api.call(verb, "Assets('" + id + "')", fmt::format(R"({{"Name":"{}"}})", verb)).status == 204);
    const auto asset = api.get("Assets('" + id + "')");
    CHECK(asset.at("Name") == verb);
    CHECK(asset.at("AlternateId") == "alt");
  }
  CHECK(api.call("POST", "Assets('" + id + "')", R"({"Name":"tunnelled"})", {{"X-HTTP-METHOD", "merge"}}).status ==
        204);
  CHECK(api.get("Assets('" + id + "')").at("Name") == "tunnelled");
}

TEST_CASE("rule 21: a reference is resolved by its last Set('key') only", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto policy = api.create_policy(1);
  for (const auto& uri : {"https://media.windows.net/API%2FAssets%28%27" + lazulite::percent_encode(asset) + "%27%29",
                          "http://other/api/Assets('" + asset + "')", "Assets('" + asset + "')"}) {
    const auto answer = api.post(
        "Locators",
        fmt::format(R"({{"Type":1,"AccessPolicyId":"{}","Asset":{{"__metadata":{{"uri":"{}"}}}}}})", policy, uri));
    REQUIRE(answer.status == 201);
    CHECK(answer.at("AssetId") == asset);
  }
}

TEST_CASE("rule 24: apostrophes and quotes stay plain in XML error texts", "[unit][server]") {
  Api api;
  const auto answer = api.get("Nothing", {{"Accept", "application/atom+xml,application/xml"}});
  CHECK(answer.status == 404);
  CHECK(answer.header("Content-Type") == "application/xml;charset=utf-8");
  CHECK_THAT(answer.body, Catch::Contains("Resource not found for the segment 'Nothing'."));
}

TEST_CASE("rule 25: null is never written for a property that may not be null", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto answer = api.post(
      "Files", fmt::format(R"({{"Name":"f","ParentAssetId":"{}","IsEncrypted":null,"ContentFileSize":null}})", asset));
  REQUIRE(answer.status == 201);
  CHECK(answer.at("IsEncrypted") == "false");
  CHECK(answer.at("ContentFileSize") == "0");
  CHECK(answer.at("MimeType") == "null");
}

TEST_CASE("rule 27: without a token only the root and $metadata are answered", "[unit][server]") {
  Api api;
  CHECK(api.raw("GET", "/api/", "", {}, {}).status == 200);
  CHECK(api.raw("GET", "/api/$metadata", "", {}, {}).status == 200);
  CHECK(api.raw("GET", "/api/Assets", "", {}, {}).status == 401);
  CHECK(api.raw("POST", "/api/", "", {}, {}).status == 401);
  CHECK(api.raw("GET", "/api/Nothing", "", {}, {}).status == 401);
}

TEST_CASE("rule 28: links are built from the host that the client used", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", "{}", {{"Host", "media.example.org:99"}});
  CHECK(answer.header("Location").starts_with("http://media.example.org:99/api/Assets('"));
  CHECK(answer.at("odata:metadata") == "http://media.example.org:99/api/$metadata#Assets/@Element");
}

TEST_CASE("rule 29: every property is in every answer, null or not", "[unit][server]") {
  Api api;
  const auto asset = api.post("Assets", "{}");
  for (const auto* name : {"Id", "State", "Created", "LastModified", "AlternateId", "Name", "Options", "FormatOption",
                           "Uri", "StorageAccountName"}) {
    CHECK(asset.has(name));
  }
  CHECK(api.get("StreamingEndpoints").at("value.0.Description") != "null");
}

TEST_CASE("rule 30: processors are found by name, sorted and cut", "[unit][server]") {
  Api api;
  CHECK(api.get("MediaProcessors()?$filter=Name%20eq%20'Media%20Encoder%20Standard'").at("value.0.Version") == "1.1");
  CHECK(api.get("MediaProcessors()?$filter=Name+eq+'Azure+Media+OCR'").size("value") == 0);
  const auto newest = api.get("MediaProcessors?$orderby=Version%20desc&$top=1");
  CHECK(newest.size("value") == 1);
  CHECK(newest.at("value.0.Name") == "Azure Media Encoder");
  CHECK(api.get("MediaProcessors?$filter=Id eq 'nb:mpid:UUID:FF4DF607-d419-42f0-bc17-a481b1331e56'").size("value") ==
        1);
  CHECK(api.get("MediaProcessors('nb:mpid:UUID:FF4DF607-d419-42f0-bc17-a481b1331e56')").at("Name") ==
        "Media Encoder Standard");
  CHECK(api.get("MediaProcessors/$count").body == "3");
  CHECK(api.post("MediaProcessors", "{}").status == 405);
}
