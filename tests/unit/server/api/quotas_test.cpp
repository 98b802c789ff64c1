#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Api;

TEST_CASE("a quota refuses the next row of its set, for its account only, and deleting makes room", "[unit][server]") {
  Api api({}, {{"AccessPolicies", 3}, {"Filters", 1}});
  const auto create = [&](const char* account) {
    return api.raw("POST", "/api/AccessPolicies", R"({"Name":"p","DurationInMinutes":1,"Permissions":1})", {},
                   api::Caller{account});
  };
  for (int i = 0; i < 3; ++i) CHECK(create("movies").status == 201);
  const auto refused = create("movies");
  CHECK(refused.status == 403);
  CHECK(refused.at("odata:error.message.value") == "The account has 3 AccessPolicies already, and its quota is 3.");
  CHECK(create("others").status == 201);
  CHECK(api.post("Filters", R"({"Name":"a"})").status == 201);
  CHECK(api.post("Filters", R"({"Name":"b"})").status == 403);
  CHECK(api.post("Assets", "{}").status == 201);
  CHECK(api.call("DELETE", "AccessPolicies('" + api.get("AccessPolicies").at("value.0.Id") + "')").status == 204);
  CHECK(create("movies").status == 201);
  CHECK(create("movies").status == 403);
}

TEST_CASE("rows are counted again before a quota can be passed", "[unit][server]") {
  Api api({}, {{"Filters", 50}});
  int made = 0;
  for (int i = 0; i < 60; ++i) made += api.post("Filters", fmt::format(R"({{"Name":"{}"}})", i)).status == 201 ? 1 : 0;
  CHECK(made == 50);
}

TEST_CASE("a row that is refused for another reason leaves the quota as it is", "[unit][server]") {
  Api api({}, {{"Filters", 4}});
  for (int i = 0; i < 10; ++i) CHECK(api.post("Filters", R"({"Name":"f","FirstQuality":{"Bitrate":0}})").status == 400);
  for (int i = 0; i < 4; ++i) CHECK(api.post("Filters", fmt::format(R"({{"Name":"{}"}})", i)).status == 201);
  CHECK(api.post("Filters", R"({"Name":"x"})").status == 403);
}
