// What the .NET, PHP and Java clients send and read, through the endpoint; one test per rule of api.md 0.
#include "schema/base/text.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

#include <pugixml.hpp>

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;
using lazulite::test::Fields;

namespace {

const Fields kNet = {{"Accept", "application/atom+xml,application/xml"},
                     {"Content-Type", "application/atom+xml"},
                     {"DataServiceVersion", "1.0;NetFx"},
                     {"MaxDataServiceVersion", "3.0;NetFx"},
                     {"x-ms-version", "2.19"}};
const Fields kPhp = {{"accept", "application/atom+xml,application/xml"},
                     {"content-type", "application/atom+xml;type=entry;charset=utf-8"},
                     {"dataserviceversion", "3.0;NetFx"},
                     {"x-ms-version", "2.17"}};
const Fields kJava = {{"Accept", "application/atom+xml"},
                      {"Content-Type", "application/atom+xml"},
                      {"DataServiceVersion", "3.0"},
                      {"x-ms-version", "2.11"}};

constexpr const char* kNames = R"(xmlns="http://www.w3.org/2005/Atom" )"
                               R"(xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
                               R"(xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata")";
constexpr const char* kRelated = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/";

std::string net_entry(const std::string& type, const std::string& properties, const std::string& links = {}) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="utf-8"?><entry {}><category term="Microsoft.Cloud.Media.Vod.Rest.Data.Models.{}" )"
      R"(scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme" />{}<id /><title />)"
      R"(<updated>2024-05-01T10:00:00Z</updated><author><name /></author>)"
      R"(<content type="application/xml"><m:properties>{}</m:properties></content></entry>)",
      kNames, type, links, properties);
}
std::string php_entry(const std::string& properties, const std::string& links = {}) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?><atom:entry xmlns:atom="http://www.w3.org/2005/Atom">)"
      R"(<atom:content type="application/xml"><meta:properties )"
      R"(xmlns:meta="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" )"
      R"(xmlns:data="http://schemas.microsoft.com/ado/2007/08/dataservices">{}</meta:properties></atom:content>{}</atom:entry>)",
      properties, links);
}
std::string java_entry(const std::string& properties) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ns3:entry )"
      R"(xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
      R"(xmlns:ns2="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" )"
      R"(xmlns:ns3="http://www.w3.org/2005/Atom"><ns3:content type="application/xml"><ns2:properties>{}</ns2:properties>)"
      R"(</ns3:content></ns3:entry>)",
      properties);
}

struct Document {
  pugi::xml_document xml;
  explicit Document(const std::string& text) {
    INFO(text);
    REQUIRE(xml.load_buffer(text.data(), text.size()));
  }
  // Of the first entry, at the root or in a feed.
  [[nodiscard]] std::string property(const char* name) const {
    const auto found = xml.select_node(fmt::format("//m:properties/d:{}", name).c_str());
    INFO(name);
    REQUIRE(found);
    return found.node().text().get();
  }
  [[nodiscard]] std::size_t count(const char* path) const { return xml.select_nodes(path).size(); }
  [[nodiscard]] std::string attribute(const char* path) const { return xml.select_node(path).attribute().value(); }
};

std::string create(Api& api, const char* set, const std::string& body, const Fields& headers) {
  const auto answer = api.post(set, body, headers);
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  CHECK(answer.header("Content-Type") == "application/atom+xml;type=entry;charset=utf-8");
  return Document(answer.body).property("Id");
}

std::string net_asset(Api& api, const std::string& name) {
  return create(
      api, "Assets",
      net_entry("Asset",
                R"(<d:AlternateId m:null="true" /><d:Created m:type="Edm.DateTime">0001-01-01T00:00:00</d:Created>)"
                R"(<d:FormatOption m:type="Edm.Int32">0</d:FormatOption><d:Id m:null="true" />)"
                R"(<d:LastModified m:type="Edm.DateTime">0001-01-01T00:00:00</d:LastModified><d:Name>)" +
                    name +
                    R"(</d:Name><d:Options m:type="Edm.Int32">0</d:Options><d:State m:type="Edm.Int32">0</d:State>)"
                    R"(<d:StorageAccountName m:null="true" /><d:Uri m:null="true" />)"),
      kNet);
}

std::string link_to(const char* navigation, const std::string& set, const std::string& id, const char* title) {
  return fmt::format(
      R"x(<link rel="{}{}" type="application/atom+xml;type=entry;charset=utf-8" title="{}" href="http://127.0.0.1:8080/api/{}('{}')" />)x",
      kRelated, navigation, title, set, percent_encode(id));
}

}  // namespace

TEST_CASE("rule 1: Atom answers carry type=, and every dialect creates", "[unit][server]") {
  Api api;
  const auto net = net_asset(api, "net");
  create(api, "Assets", php_entry("<data:Name>php</data:Name><data:Options>0</data:Options>"), kPhp);
  create(api, "Assets", java_entry("<Name>java</Name><Options>0</Options>"), kJava);
  const auto feed = api.get("Assets", kJava);
  CHECK(feed.status == 200);
  CHECK(feed.header("Content-Type") == "application/atom+xml;type=feed;charset=utf-8");
  CHECK(feed.header("DataServiceVersion") == "1.0;");
  CHECK(Document(feed.body).count("/feed/entry/content/m:properties/d:Id") == 3);
  const auto entity = api.get("Assets('" + percent_encode(net) + "')", kJava);
  CHECK(entity.header("Content-Type") == "application/atom+xml;type=entry;charset=utf-8");
  CHECK(entity.header("DataServiceVersion") == "1.0;");
  CHECK(Document(entity.body).property("Name") == "net");
}

TEST_CASE("rule 2: a created Atom entry comes with Location and body", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", java_entry("<Name>n</Name>"), kJava);
  const auto id = Document(answer.body).property("Id");
  CHECK(answer.header("Location") == "http://127.0.0.1:8080/api/Assets('" + percent_encode(id) + "')");
}

TEST_CASE("a navigation link of an entry is a request path as it stands", "[unit][server]") {
  Api api;
  const auto id = net_asset(api, "a");
  const Document entry(api.get("Assets('" + id + "')", kJava).body);
  const auto files = entry.attribute("/entry/link[@title='Files']/@href");
  CHECK(files == "Assets('" + percent_encode(id) + "')/Files");
  CHECK(api.get(files, kJava).header("Content-Type") == "application/atom+xml;type=feed;charset=utf-8");
  CHECK(entry.count("/entry/link[@rel='edit']") == 1);
}

TEST_CASE("rule 9: a MERGE of all properties, as .NET sends it, changes what may change", "[unit][server]") {
  Api api;
  const auto id = net_asset(api, "old");
  const auto url = "Assets('" + percent_encode(id) + "')";
  const auto body = net_entry(
      "Asset",
      "<d:Name>new</d:Name><d:Id>" + id +
          R"(</d:Id><d:State m:type="Edm.Int32">2</d:State><d:Options m:type="Edm.Int32">0</d:Options><d:Uri>x</d:Uri>)");
  CHECK(api.call("MERGE", url, body, kNet).status == 204);
  const Document now(api.get(url, kNet).body);
  CHECK(now.property("Name") == "new");
  CHECK(now.property("State") == "0");
}

TEST_CASE("Java's POST with X-HTTP-METHOD: MERGE changes the properties it names", "[unit][server]") {
  Api api;
  const auto id = net_asset(api, "old");
  auto headers = kJava;
  headers.emplace_back("X-HTTP-METHOD", "MERGE");
  CHECK(
      api.post("Assets('" + percent_encode(id) + "')", java_entry("<AlternateId>alt</AlternateId>"), headers).status ==
      204);
  const Document now(api.get("Assets('" + id + "')", kJava).body);
  CHECK(now.property("Name") == "old");
  CHECK(now.property("AlternateId") == "alt");
}

TEST_CASE("rule 10: an undefined property in Atom is 400 with the known text, as XML", "[unit][server]") {
  Api api;
  const auto answer = api.post("Assets", java_entry("<Nmae>n</Nmae>"), kJava);
  CHECK(answer.status == 400);
  CHECK(answer.header("Content-Type") == "application/xml;charset=utf-8");
  CHECK(answer.header("DataServiceVersion") == "1.0;");
  CHECK(Document(answer.body).count("/m:error/m:message[@xml:lang='en-US']") == 1);
  CHECK_THAT(answer.body, Catch::Contains("Parsing request content failed due to: Make sure to only use property names "
                                          "that are defined by the type"));
}

TEST_CASE("rule 11: a locator's asset and policy come as links", "[unit][server]") {
  Api api;
  const auto asset = net_asset(api, "a");
  const auto policy =
      create(api, "AccessPolicies",
             net_entry("AccessPolicy",
                       R"(<d:Name>p</d:Name><d:DurationInMinutes m:type="Edm.Double">300</d:DurationInMinutes>)"
                       R"(<d:Permissions m:type="Edm.Int32">1</d:Permissions><d:Id></d:Id>)"),
             kNet);
  const auto links =
      link_to("Asset", "Assets", asset, "Asset") + link_to("AccessPolicy", "AccessPolicies", policy, "x");
  const auto answer = api.post(
      "Locators",
      net_entry(
          "Locator",
          R"(<d:Id m:null="true" /><d:Type m:type="Edm.Int32">1</d:Type><d:StartTime m:type="Edm.DateTime" m:null="true" />)"
          R"(<d:ExpirationDateTime m:type="Edm.DateTime">0001-01-01T00:00:00</d:ExpirationDateTime><d:Path m:null="true" />)",
          links),
      kNet);
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  const Document locator(answer.body);
  CHECK(locator.property("AssetId") == asset);
  CHECK(locator.property("AccessPolicyId") == policy);
  CHECK(locator.property("Type") == "1");
  CHECK_THAT(locator.property("Path"), Catch::Contains("&sig="));
  const auto related = api.get("Locators('" + locator.property("Id") + "')/AccessPolicy", kPhp);
  CHECK(related.header("Content-Type") == "application/atom+xml;type=entry;charset=utf-8");
  CHECK(Document(related.body).property("DurationInMinutes") == "300");
}

TEST_CASE("properties and counts in XML", "[unit][server]") {
  Api api;
  const auto id = net_asset(api, "it's");
  const auto state = api.get("Assets('" + id + "')/State", kPhp);
  CHECK(state.header("Content-Type") == "application/xml;charset=utf-8");
  CHECK(state.header("DataServiceVersion") == "1.0;");
  CHECK_THAT(state.body, Catch::EndsWith(" m:type=\"Edm.Int32\">0</d:State>"));
  CHECK_THAT(api.get("Assets('" + id + "')/Name", kPhp).body, Catch::EndsWith(">it's</d:Name>"));
  CHECK(api.get("Assets/$count", kNet).header("Content-Type") == "text/plain;charset=utf-8");
  const auto counted = api.get("Assets?$inlinecount=allpages&$top=0", kNet);
  CHECK(counted.header("DataServiceVersion") == "2.0;");
  CHECK_THAT(counted.body, Catch::Contains("<m:count>1</m:count>"));
  CHECK(Document(api.get("Assets?$filter=Id eq 'nb:cid:UUID:00000000-0000-0000-0000-000000000001'", kNet).body)
            .count("/feed/author/name") == 1);
}

TEST_CASE("a page that the server cut has a next link that leads on", "[unit][server]") {
  Api api(lazulite::api::ApiOptions{.page_size = 1});
  net_asset(api, "a");
  net_asset(api, "b");
  const Document first(api.get("Assets", kNet).body);
  const auto next = first.attribute("/feed/link[@rel='next']/@href");
  REQUIRE(next.starts_with("http://127.0.0.1:8080/api/Assets?$skiptoken="));
  const Document second(api.get(next.substr(std::string_view{"http://127.0.0.1:8080/api/"}.size()), kNet).body);
  CHECK(second.property("Id") != first.property("Id"));
}

TEST_CASE("rule 23: an action with a JSON body and an Atom Accept is answered", "[unit][server]") {
  Api api;
  const auto id = net_asset(api, "a");
  CHECK(
      api.post("Assets('" + id + "')/Publish", "",
               {{"Accept", "application/atom+xml,application/xml"}, {"Content-Type", "application/json;odata=verbose"}})
          .status < 300);
  const auto unknown = api.post("Assets('" + id + "')/Nothing", "{}", kNet);
  CHECK(unknown.header("Content-Type") == "application/xml;charset=utf-8");
}

TEST_CASE("XML that is no entry, or a bomb, is 400 and changes nothing", "[unit][server]") {
  Api api;
  for (const std::string& body : {std::string{"<entry/>"}, std::string{"<a"},
                                  "<!DOCTYPE a [<!ENTITY b \"bb\">]>" + java_entry("<Name>&b;</Name>")}) {
    CHECK(api.post("Assets", body, kJava).status == 400);
  }
  CHECK(api.get("Assets/$count").body == "0");
}
