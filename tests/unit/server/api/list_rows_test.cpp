#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/task.hpp"
#include "storage/rows/statement.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

#include <set>

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

std::string names(const Answer& answer, std::string_view list = "value") {
  std::string out;
  for (std::size_t i = 0; i < answer.size(list); ++i) out += answer.at(fmt::format("{}.{}.Name", list, i)) + " ";
  return out;
}

std::string relative(const std::string& link) {
  constexpr std::string_view kRoot = "http://127.0.0.1:8080/api/";
  REQUIRE(link.starts_with(kRoot));
  return link.substr(kRoot.size());
}

}  // namespace

TEST_CASE("$orderby, $skip, $top and $inlinecount cut the list", "[unit][server]") {
  Api api;
  for (const auto* name : {"b", "c", "a", "d"}) api.create_asset(name);
  CHECK(names(api.get("Assets")) == "b c a d ");  // in the order of creation
  CHECK(names(api.get("Assets?$orderby=Name")) == "a b c d ");
  CHECK(names(api.get("Assets?$orderby=Name desc&$top=2")) == "d c ");
  CHECK(names(api.get("Assets?$orderby=Name&$skip=1&$top=2")) == "b c ");
  CHECK(names(api.get("Assets?$orderby=Options,Name%20desc")) == "d c b a ");
  CHECK(api.get("Assets?$top=0").size("value") == 0);
  CHECK(api.get("Assets?$top=1&$inlinecount=allpages").at("odata:count") == "4");
  CHECK(api.get("Assets?$inlinecount=allpages&$filter=Name ne 'a'&$format=verbosejson").at("d.__count") == "3");
  CHECK(api.get("Assets/$count?$filter=Name gt 'b'").body == "2");
  CHECK(api.get("Assets/$count").header("DataServiceVersion") == "2.0;");
  CHECK(api.get("Assets?$orderby=Nonsense").status == 400);
  CHECK(api.get("Assets?$orderby=Name sideways").status == 400);
}

TEST_CASE("$filter works on a set: text, null, dates, numbers, casts", "[unit][server]") {
  Api api;
  api.post("Assets", R"({"Name":"one","AlternateId":"x"})");
  api.post("Assets", R"({"Name":"two","Options":1})");
  api.post("Assets", R"({"Name":"it's"})");
  const auto filtered = [&](const std::string& filter) {
    return names(api.get("Assets()?$filter=" + lazulite::percent_encode(filter)));
  };
  CHECK(filtered("Name eq 'one'") == "one ");
  CHECK(filtered("Name eq 'it''s'") == "it's ");
  CHECK(filtered("startswith(Name,'t') eq true") == "two ");
  CHECK(filtered("substringof('ne', Name)") == "one ");
  CHECK(filtered("AlternateId eq null") == "two it's ");
  CHECK(filtered("AlternateId ne 'x'") == "two it's ");
  CHECK(filtered("not (AlternateId eq 'x')") == "two it's ");
  CHECK(filtered("cast(Options,'Edm.Int32') eq 1") == "two ");
  CHECK(filtered("Created gt datetime'2020-01-01T00:00:00' and Options eq 0") == "one it's ");
  CHECK(filtered("Name eq 'one' or Name eq 'two'") == "one two ");
  CHECK(filtered("Name eq 'ONE'").empty());
}

TEST_CASE("computed properties can be filtered and sorted by, in memory", "[unit][server]") {
  Api api;
  const auto id = api.create_asset("a");
  api.create_asset("b");
  const auto uri = api.get("Assets('" + id + "')").at("Uri");
  CHECK(names(api.get("Assets?$filter=Uri eq '" + uri + "'")) == "a ");
  CHECK(api.get("Assets?$orderby=Uri&$top=1").size("value") == 1);
}

TEST_CASE("a long list comes in pages that neither repeat nor lose rows while rows come and go", "[unit][server]") {
  Api api(lazulite::api::ApiOptions{.page_size = 3});
  for (int i = 0; i < 8; ++i) api.create_asset(fmt::format("asset {}", i));
  const auto first = api.get("Assets?$filter=Name ne 'x'&$inlinecount=allpages");
  CHECK(names(first) == "asset 0 asset 1 asset 2 ");
  CHECK(first.at("odata:count") == "8");
  REQUIRE(api.call("DELETE", "Assets('" + first.at("value.0.Id") + "')").status == 204);
  const auto second = api.get(relative(first.at("odata:nextLink")));
  CHECK(names(second) == "asset 3 asset 4 asset 5 ");
  api.create_asset("asset 8");
  const auto third = api.get(relative(second.at("odata:nextLink")));
  CHECK(names(third) == "asset 6 asset 7 asset 8 ");
  CHECK_FALSE(third.has("odata:nextLink"));
}

TEST_CASE("pages keep a client's order, $top and null values", "[unit][server]") {
  Api api(lazulite::api::ApiOptions{.page_size = 2});
  for (const auto* name : {"b", "d", "a", "c"}) api.create_asset(name);
  api.post("Assets", "{}");
  api.post("Assets", "{}");
  const auto all_names = [&](std::string path) {
    std::string out;
    for (int page = 0; page < 10; ++page) {
      const auto answer = api.get(path);
      REQUIRE(answer.status == 200);
      out += names(answer);
      if (!answer.has("odata:nextLink")) return out;
      path = relative(answer.at("odata:nextLink"));
    }
    return out;
  };
  CHECK(all_names("Assets?$orderby=Name") == "null null a b c d ");
  CHECK(all_names("Assets?$orderby=Name desc") == "d c b a null null ");
  CHECK(all_names("Assets?$orderby=Name desc&$top=3") == "d c b ");
  CHECK(all_names("Assets?$orderby=Options,Created desc&$skip=1") == "null c a d b ");
  CHECK(all_names("MediaProcessors?$orderby=Name") == "Azure Media Encoder Media Encoder Standard Storage Decryption ");
}

TEST_CASE("$select gives what it names", "[unit][server]") {
  Api api;
  const auto id = api.create_asset("a");
  CHECK(api.get("Assets('" + id + "')?$select=Name").body ==
        R"({"odata.metadata":"http://127.0.0.1:8080/api/$metadata#Assets/@Element&$select=Name","Name":"a"})");
  CHECK(api.get("Assets?$select=Id,Name").at("odata:metadata") ==
        "http://127.0.0.1:8080/api/$metadata#Assets&$select=Id,Name");
  const auto verbose = api.get("Assets?$select=Name&$format=verbosejson");
  CHECK(verbose.has("d.results.0.__metadata"));
  CHECK(verbose.has("d.results.0.Name"));
  CHECK_FALSE(verbose.has("d.results.0.Files"));
  CHECK_FALSE(verbose.has("d.results.0.State"));
  CHECK(api.get("Assets?$select=*").has("value.0.State"));
  CHECK(api.get("Assets?$select=Nonsense").status == 400);
}

TEST_CASE("$expand brings related rows into both kinds of JSON", "[unit][server]") {
  Api api;
  const auto a = api.create_asset("a");
  const auto b = api.create_asset("b");
  for (const auto* name : {"1", "2"}) {
    REQUIRE(api.post("Files", fmt::format(R"({{"Name":"{}","ParentAssetId":"{}"}})", name, b)).status == 201);
  }
  const auto light = api.get("Assets?$expand=Files,StorageAccount,ParentAssets");
  CHECK(light.size("value.0.Files") == 0);
  CHECK(names(light, "value.1.Files") == "1 2 ");
  CHECK(light.at("value.0.StorageAccount.Name") == "moviesstorage");
  CHECK(light.size("value.0.ParentAssets") == 0);
  const auto verbose = api.get("Assets('" + b + "')?$expand=Files&$format=verbosejson");
  CHECK(names(verbose, "d.Files.results") == "1 2 ");
  CHECK(verbose.has("d.Locators.__deferred.uri"));
  CHECK(api.get("Assets?$expand=Nonsense").status == 400);
}

TEST_CASE("$expand goes several levels deep, and each level is shared by all that lead to it", "[unit][server]") {
  Api api;
  const auto a = api.create_asset("a");
  const auto policy = api.create_policy(1);
  for (const auto* name : {"1", "2"}) {
    REQUIRE(api.post("Locators",
                     fmt::format(R"({{"Name":"{}","Type":2,"AssetId":"{}","AccessPolicyId":"{}"}})", name, a, policy))
                .status == 201);
  }
  REQUIRE(api.post("Files", fmt::format(R"({{"Name":"f","ParentAssetId":"{}"}})", a)).status == 201);
  const auto light = api.get("Locators?$expand=Asset/Files,Asset/StorageAccount,AccessPolicy");
  REQUIRE(light.size("value") == 2);
  for (const auto* each : {"value.0.", "value.1."}) {
    CHECK(light.at(std::string{each} + "Asset.Id") == a);
    CHECK(names(light, std::string{each} + "Asset.Files") == "f ");
    CHECK(light.at(std::string{each} + "Asset.StorageAccount.Name") == "moviesstorage");
    CHECK(light.at(std::string{each} + "AccessPolicy.Id") == policy);
  }
  const auto verbose = api.get("Assets?$expand=Locators/AccessPolicy&$format=verbosejson");
  CHECK(verbose.at("d.results.0.Locators.results.1.AccessPolicy.Id") == policy);
  CHECK(verbose.has("d.results.0.Locators.results.1.Asset.__deferred"));
  const auto atom = api.get("Assets('" + a + "')?$expand=Locators/AccessPolicy", {{"Accept", "application/atom+xml"}});
  CHECK_THAT(atom.body, Catch::Contains("<m:inline><entry><id>"));
  CHECK(api.get("Assets?$expand=Locators/Nonsense").status == 400);
  CHECK(api.get("Assets?$expand=Locators/Asset/Locators/Asset/Locators").status == 200);
  CHECK(api.get("Assets?$expand=Locators/Asset/Locators/Asset/Locators/Asset").status == 400);
}

TEST_CASE("$expand asks as often for many rows as for one", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset("a");
  const auto add_jobs = [&](int count) {
    REQUIRE(api.database->write([&](rows::Session& session) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        Job job;
        job.id = new_entity_id(kJob.id_prefix);
        LAZULITE_CHECK(rows::insert(session, "movies", job));
        LAZULITE_CHECK(rows::link(session, "movies", kJob, "OutputMediaAssets", job.id, asset));
        JobTask task;
        task.id = new_entity_id(kTask.id_prefix);
        task.job_id = job.id;
        LAZULITE_CHECK(rows::insert(session, "movies", task));
      }
      return {};
    }));
  };
  const auto statements = [&] {
    return api.database->read([](rows::Session& s) -> Result<std::int64_t> { return rows::statements_run(s); }).value();
  };
  const auto queries = [&](std::size_t jobs) {
    const auto before = statements();
    const auto answer = api.get("Jobs?$expand=Tasks,OutputMediaAssets/Files");
    REQUIRE(answer.size("value") == jobs);
    CHECK(answer.size(fmt::format("value.{}.Tasks", jobs - 1)) == 1);
    CHECK(answer.size(fmt::format("value.{}.OutputMediaAssets", jobs - 1)) == 1);
    return statements() - before;
  };
  add_jobs(1);
  const auto for_one = queries(1);
  add_jobs(199);
  CHECK(queries(200) == for_one);
  CHECK(for_one <= 12);  // jobs, tasks, links, assets, files; begin, commit, storage accounts
}

TEST_CASE("navigation, property and link addresses are read", "[unit][server]") {
  Api api;
  const auto a = api.create_asset("a");
  const auto b = api.create_asset("b");
  const auto file = api.post("Files", fmt::format(R"({{"Name":"f","ParentAssetId":"{}"}})", a)).at("Id");
  const auto asset_url = "Assets('" + a + "')";
  CHECK(api.get(asset_url + "/Files").at("odata:metadata") == "http://127.0.0.1:8080/api/$metadata#Files");
  CHECK(api.get(asset_url + "/Files/$count").body == "1");
  CHECK(api.get(asset_url + "/Files('" + file + "')").at("Name") == "f");
  CHECK(api.get(asset_url + "/Files('" + file + "')/Name/$value").body == "f");
  CHECK(api.get("Assets('" + b + "')/Files('" + file + "')").status == 404);
  CHECK(api.get(asset_url + "/StorageAccount").at("Name") == "moviesstorage");
  CHECK(api.get(asset_url + "/StorageAccount/IsDefault").at("value") == "true");
  CHECK(api.get(asset_url + "/State").body ==
        R"({"odata.metadata":"http://127.0.0.1:8080/api/$metadata#Edm.Int32","value":0})");
  CHECK(api.get(asset_url + "/State?$format=verbosejson").body == R"({"d":{"State":0}})");
  CHECK(api.get(asset_url + "/State?$format=verbosejson").header("DataServiceVersion") == "1.0;");
  CHECK(api.get(asset_url + "/AlternateId/$value").status == 404);
  CHECK(api.get(asset_url + "/$links/Files").at("value.0.url").starts_with("http://127.0.0.1:8080/api/Files('"));
  CHECK(api.get(asset_url + "/$links/StorageAccount?$format=verbosejson").at("d.uri") ==
        "http://127.0.0.1:8080/api/StorageAccounts('moviesstorage')");
  CHECK(api.get("Assets('nb:cid:UUID:00000000-0000-0000-0000-000000000001')/Files").status == 404);
  const auto bound = fmt::format(R"json({{"uri":"Assets('{}')"}})json", b);
  CHECK(api.post(asset_url + "/$links/ParentAssets", R"json({"uri":"Assets('x')"})json").status == 400);
  CHECK(api.post(asset_url + "/$links/ParentAssets", bound).status == 405);
}

TEST_CASE("a related row is created under a navigation", "[unit][server]") {
  Api api;
  const auto a = api.create_asset("a");
  const auto file = api.post("Assets('" + a + "')/Files", R"({"Name":"f"})");
  REQUIRE(file.status == 201);
  CHECK(file.at("ParentAssetId") == a);
  CHECK(api.post("Assets('" + a + "')/ParentAssets", R"({"Name":"p"})").status == 405);  // made by jobs only
  CHECK(api.post("Assets('nb:cid:UUID:00000000-0000-0000-0000-000000000001')/Files", R"({"Name":"f"})").status == 404);
}
