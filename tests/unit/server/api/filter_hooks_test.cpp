#include "schema/base/text.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

std::string condition(std::string_view property, std::string_view value, std::string_view op = "Equal") {
  return fmt::format(R"({{"Property":"{}","Operator":"{}","Value":"{}"}})", property, op, value);
}
std::string with_condition(std::string_view text) {
  return fmt::format(R"({{"Name":"f","Tracks":[{{"PropertyConditions":[{}]}}]}})", text);
}
std::string with_range(std::string_view members) {
  return fmt::format(R"({{"Name":"f","PresentationTimeRange":{{{}}}}})", members);
}
unsigned create_and_forget(Api& api, std::string_view body) {
  const auto made = api.post("Filters", body);
  if (made.status == 201) CHECK(api.call("DELETE", "Filters('f')").status == 204);
  return made.status;
}

}  // namespace

TEST_CASE("a filter's key is its name, and what it does not say has its default", "[unit][server]") {
  Api api;
  const auto made = api.post("Filters", R"({"Name":"f"})");
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.header("Location") == "http://127.0.0.1:8080/api/Filters('f')");
  CHECK(made.at("PresentationTimeRange.Timescale") == "10000000");
  CHECK(made.at("PresentationTimeRange.StartTimestamp") == "0");
  CHECK(made.at("PresentationTimeRange.EndTimestamp") == "9223372036854775807");
  CHECK(made.at("PresentationTimeRange.PresentationWindowDuration") == "9223372036854775807");
  CHECK(made.at("PresentationTimeRange.LiveBackoffDuration") == "0");
  CHECK(made.at("PresentationTimeRange.ForceEndTimestamp") == "false");
  CHECK(made.size("Tracks") == 0);
  CHECK(made.at("FirstQuality") == "null");
  CHECK(api.post("Filters", R"({"Name":"f"})").status == 409);
  CHECK(api.post("Filters", R"({"Name":""})").status == 400);
  CHECK(api.post("Filters", "{}").status == 400);
}

TEST_CASE("filters are updated as a whole value for each property", "[unit][server]") {
  Api api;
  REQUIRE(api.post("Filters", with_range(R"("StartTimestamp":"20","EndTimestamp":"90","Timescale":"10")")).status ==
          201);
  CHECK(api.call("MERGE", "Filters('f')", R"({"FirstQuality":{"Bitrate":500000}})").status == 204);
  auto read = api.get("Filters('f')");
  CHECK(read.at("FirstQuality.Bitrate") == "500000");
  CHECK(read.at("PresentationTimeRange.StartTimestamp") == "20");
  CHECK(api.call("PUT", "Filters('f')", with_range(R"("StartTimestamp":30)")).status == 204);
  read = api.get("Filters('f')");
  CHECK(read.at("PresentationTimeRange.StartTimestamp") == "30");
  CHECK(read.at("PresentationTimeRange.Timescale") == "10000000");
  CHECK(api.call("MERGE", "Filters('f')", R"({"Name":"g"})").status == 204);  // a key in the body means nothing
  CHECK(api.call("MERGE", "Filters('f')", R"({"FirstQuality":null})").status == 204);
  CHECK(api.get("Filters('f')").at("FirstQuality") == "null");
  CHECK(api.call("MERGE", "Filters('f')", with_range(R"("StartTimestamp":-1)")).status == 400);
}

TEST_CASE("time ranges that no presentation has are refused", "[unit][server]") {
  Api api;
  for (const auto* good :
       {R"("StartTimestamp":0,"EndTimestamp":1)", R"("PresentationWindowDuration":600000000)",
        R"("PresentationWindowDuration":"60","Timescale":"1")", R"("LiveBackoffDuration":3000000000)",
        R"("ForceEndTimestamp":true,"EndTimestamp":1)", R"("Timescale":9223372036854775807)"}) {
    CAPTURE(good);
    CHECK(create_and_forget(api, with_range(good)) == 201);
  }
  for (const auto* bad :
       {R"("StartTimestamp":-1)", R"("StartTimestamp":5,"EndTimestamp":5)", R"("EndTimestamp":-5)", R"("Timescale":0)",
        R"("Timescale":-1)", R"("PresentationWindowDuration":599999999)", R"("PresentationWindowDuration":-1)",
        R"("LiveBackoffDuration":3000000001)", R"("LiveBackoffDuration":-1)", R"("ForceEndTimestamp":true)",
        R"("StartTimestamp":"x")", R"("StartTimestamp":99999999999999999999)", R"("Unknown":1)"}) {
    CAPTURE(bad);
    CHECK(create_and_forget(api, with_range(bad)) == 400);
  }
}

TEST_CASE("conditions on tracks are checked by their property", "[unit][server]") {
  Api api;
  for (const auto& [property, value] : {std::pair{"Type", "audio"},
                                        {"type", "Video"},
                                        {"Name", "a b"},
                                        {"Language", "en"},
                                        {"Language", "zh-Hant-TW"},
                                        {"FourCC", "avc1"},
                                        {"fourcc", "ec-3"},
                                        {"Bitrate", "5"},
                                        {"Bitrate", "5-9"},
                                        {"Bitrate", "-9"},
                                        {"Bitrate", "5-"}}) {
    CAPTURE(property, value);
    CHECK(create_and_forget(api, with_condition(condition(property, value))) == 201);
  }
  for (const auto& [property, value] : {std::pair{"Type", "subtitles"},
                                        {"Name", ""},
                                        {"Language", "e"},
                                        {"Language", "english!"},
                                        {"Language", ""},
                                        {"Language", "en-"},
                                        {"Language", "12"},
                                        {"FourCC", "avc1.64"},
                                        {"FourCC", "av1"},
                                        {"Bitrate", ""},
                                        {"Bitrate", "-"},
                                        {"Bitrate", "9-5"},
                                        {"Bitrate", "1.5"},
                                        {"Bitrate", "5-9-12"},
                                        {"Codec", "avc1"}}) {
    CAPTURE(property, value);
    CHECK(create_and_forget(api, with_condition(condition(property, value))) == 400);
  }
  CHECK(create_and_forget(api, with_condition(condition("Type", "audio", "Less"))) == 400);
  CHECK(create_and_forget(api, with_condition(condition("Type", "audio", ""))) == 400);
  CHECK(create_and_forget(api, R"({"Name":"f","FirstQuality":{"Bitrate":0}})") == 400);
  CHECK(create_and_forget(api, R"({"Name":"f","FirstQuality":{}})") == 400);
  REQUIRE(api.post("Filters", with_condition(condition("fourCC", "avc1", "notequal"))).status == 201);
  const auto read = api.get("Filters('f')");
  CHECK(read.at("Tracks.0.PropertyConditions.0.Property") == "FourCC");
  CHECK(read.at("Tracks.0.PropertyConditions.0.Operator") == "NotEqual");
}

TEST_CASE("names that cannot stand in a URL are refused, and so are lists without end", "[unit][server]") {
  Api api;
  for (const auto* bad : {"a;b", "a,b", "a(b", "a)b", "a=b", "a/b", "a\\nb"})
    CHECK(api.post("Filters", fmt::format(R"({{"Name":"{}"}})", bad)).status == 400);
  CHECK(api.post("Filters", fmt::format(R"({{"Name":"{}"}})", std::string(129, 'x'))).status == 400);
  CHECK(api.post("Filters", R"({"Name":"über 1"})").status == 201);
  std::string many, tracks;
  for (int i = 0; i <= 100; ++i) {
    many += (i == 0 ? "" : ",") + condition("Type", "audio");
    tracks += i == 0 ? R"({"PropertyConditions":[]})" : R"(,{"PropertyConditions":[]})";
  }
  CHECK(api.post("Filters", with_condition(many)).status == 400);
  CHECK(api.post("Filters", fmt::format(R"({{"Name":"f","Tracks":[{}]}})", tracks)).status == 400);
}

TEST_CASE("an asset's filters hang on the asset, by an id made of both names", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto body =
      fmt::format(R"({{"Id":"","ParentAssetId":"{}","Name":"f"}})", to_upper(asset).replace(0, 12, "nb:cid:UUID:"));
  const auto made = api.post("AssetFilters", body);
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.at("Id") == asset + "__###__f");
  CHECK(made.at("ParentAssetId") == asset);
  const auto url = made.header("Location").substr(std::string{"http://127.0.0.1:8080/api/"}.size());
  CHECK_THAT(url, Catch::EndsWith("__%23%23%23__f')"));
  CHECK(api.get(url).status == 200);
  const auto upper = fmt::format("AssetFilters('nb%3acid%3aUUID%3a{}__%23%23%23__f')", to_upper(asset.substr(12)));
  CHECK(api.get(upper).status == 200);
  CHECK(api.post("AssetFilters", body).status == 409);
  CHECK(api.post(fmt::format("Assets('{}')/AssetFilters", asset), R"({"Name":"g"})").status == 201);
  CHECK(api.get(fmt::format("Assets('{}')/AssetFilters", asset)).size("value") == 2);
  CHECK(api.get(fmt::format("Assets('{}')?$expand=AssetFilters", asset)).size("AssetFilters") == 2);
  CHECK(api.get(fmt::format("AssetFilters?$filter=ParentAssetId eq '{}' and Name eq 'g'", asset)).size("value") == 1);
  CHECK(api.post("AssetFilters", R"({"ParentAssetId":"nb:cid:UUID:00000000-0000-0000-0000-000000000001","Name":"f"})")
            .status == 404);
  CHECK(api.post("AssetFilters", R"({"ParentAssetId":"x","Name":"f"})").status == 400);
  CHECK(api.post("AssetFilters", fmt::format(R"({{"ParentAssetId":"{}"}})", asset)).status == 400);
  REQUIRE(api.call("DELETE", fmt::format("Assets('{}')", asset)).status == 204);
  CHECK(api.get("AssetFilters").size("value") == 0);
}
