#include "schema/odata/atom_reader.hpp"

#include "schema/entities/asset.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "schema/odata/body_reader.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::odata;

namespace {

constexpr const char* kNames = R"(xmlns="http://www.w3.org/2005/Atom" )"
                               R"(xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
                               R"(xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata")";
constexpr const char* kRelated = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/";

std::string entry(const std::string& properties, const std::string& before = "", const std::string& after = "") {
  return fmt::format(
      R"(<entry {}>{}<content type="application/xml"><m:properties>{}</m:properties></content>{}</entry>)", kNames,
      before, properties, after);
}
std::string bound(const std::string& name, const std::string& href, const std::string& inner = "") {
  return fmt::format(R"(<link rel="{}{}" type="application/atom+xml;type=entry" title="other" href="{}">{}</link>)",
                     kRelated, name, href, inner);
}
std::string asset_uri(int number) {
  return fmt::format("https://media.windows.net/api/Assets('nb%3Acid%3AUUID%3A0a0b0c0d-0000-0000-0000-00000000000{}')",
                     number);
}

std::string text(const EntityInput& input, std::string_view name) {
  REQUIRE(input.has(name));
  REQUIRE(input.values[name].as<std::string>() != nullptr);
  return *input.values[name].as<std::string>();
}

void refused(const model::EntityType& type, const std::string& body) {
  INFO(body.substr(0, 300));
  const auto result = read_entity(type, body);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kInvalidArgument);
}

}  // namespace

TEST_CASE("an Atom entry gives its values, whatever the prefixes, the order and what stands around", "[unit][schema]") {
  const auto net = entry(
      R"(<d:Id m:null="true"/><d:Created m:type="Edm.DateTime">0001-01-01T00:00:00</d:Created><d:Name> a &amp; b </d:Name>)"
      R"(<d:Options m:type="Edm.Int32">1</d:Options><d:AlternateId m:null="true"/>)",
      R"(<!-- c --><category term="Microsoft.Cloud.Media.Vod.Rest.Data.Models.Asset"/><title/><author><name/></author>)");
  const auto asset = read_entity(kAsset, "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" + net).value();
  CHECK_FALSE(asset.has("Id"));  // read-only
  CHECK(text(asset, "Name") == " a & b ");
  CHECK(asset.values["Options"] == model::Value{std::int64_t{1}});
  CHECK(asset.has("AlternateId"));
  CHECK(asset.values["AlternateId"].is_null());
  const std::string php =
      R"(<?xml version="1.0" encoding="UTF-8"?>
<atom:entry xmlns:atom="http://www.w3.org/2005/Atom"><atom:content type="application/xml">
 <meta:properties xmlns:meta="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:data="http://schemas.microsoft.com/ado/2007/08/dataservices">
  <data:Name>php</data:Name><data:Options>2</data:Options></meta:properties></atom:content></atom:entry>)";
  CHECK(text(read_entity(kAsset, php).value(), "Name") == "php");
  const std::string java =
      R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ns3:entry xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:ns2="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:ns3="http://www.w3.org/2005/Atom"><ns3:content type="application/xml"><ns2:properties><Name>java</Name></ns2:properties></ns3:content></ns3:entry>)";
  CHECK(text(read_entity(kAsset, java).value(), "Name") == "java");
}

TEST_CASE("texts keep their white space, and CDATA and comments do not part them", "[unit][schema]") {
  CHECK(text(read_entity(kAsset, entry("<d:Name>  </d:Name>")).value(), "Name") == "  ");
  CHECK(text(read_entity(kAsset, entry("<d:Name>a<!-- x --><![CDATA[<b>]]></d:Name>")).value(), "Name") == "a<b>");
  CHECK(text(read_entity(kAsset, entry("<d:Name></d:Name>")).value(), "Name").empty());
}

TEST_CASE("links bind in their order, by rel alone; deferred ones are passed over", "[unit][schema]") {
  const auto links = bound("InputMediaAssets", asset_uri(2)) + bound("InputMediaAssets", asset_uri(1));
  for (const auto& body : {entry("<d:Name>j</d:Name>", links), entry("<d:Name>j</d:Name>", "", links)}) {
    const auto job = read_entity(kJob, body).value();
    REQUIRE(job.references.size() == 2);
    CHECK(job.references[0].key == "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000002");
    CHECK(job.references[1].navigation->name == "InputMediaAssets");
  }
  const auto sent_back = R"x(<link rel="edit" href="Assets('x')"/>)x" + bound("Files", "Assets('nb%3Acid')/Files");
  CHECK(read_entity(kAsset, entry("", sent_back)).value().references.empty());
  refused(kJob, entry("", bound("Nope", asset_uri(1))));
  refused(kLocator, entry("", bound("AccessPolicy", asset_uri(1))));
  refused(kLocator, entry("", bound("Asset", "Assets('zz')")));
}

TEST_CASE("inline feeds and entries are children", "[unit][schema]") {
  const auto task = [](int n) {
    return fmt::format(
        "<entry><content><m:properties><d:Name>t{}</d:Name><d:TaskBody>&lt;t/&gt;</d:TaskBody></m:properties></content>"
        "</entry>",
        n);
  };
  const auto job =
      read_entity(kJob, entry("", bound("Tasks", "", "<m:inline><feed>" + task(1) + task(2) + "</feed></m:inline>")));
  REQUIRE(job);
  REQUIRE(job->children.size() == 2);
  CHECK(text(job->children[1].entity, "Name") == "t2");
  CHECK(text(job->children[1].entity, "TaskBody") == "<t/>");
}

TEST_CASE("complex values and collections are read by the model", "[unit][schema]") {
  const auto job = read_entity(
      kJob,
      entry("<d:JobNotificationSubscriptions><d:element><d:TargetJobState>2</d:TargetJobState>"
            "<d:NotificationEndPointId>x</d:NotificationEndPointId></d:element></d:JobNotificationSubscriptions>"));
  REQUIRE(job);
  const auto& list = job->values["JobNotificationSubscriptions"].as<model::CollectionValue>()->items;
  REQUIRE(list.size() == 1);
  CHECK(list[0].as<model::ComplexValue>()->members[0] == model::Value{std::int64_t{2}});
  const auto endpoint = read_entity(
      kStreamingEndpoint,
      entry("<d:CustomHostNames><d:element>a</d:element><d:CustomHostName>b</d:CustomHostName></d:CustomHostNames>"));
  REQUIRE(endpoint);
  CHECK(endpoint->values["CustomHostNames"].as<model::CollectionValue>()->items.size() == 2);
  refused(kJob,
          entry("<d:JobNotificationSubscriptions><d:element><d:Nope/></d:element></d:JobNotificationSubscriptions>"));
}

TEST_CASE("$links bodies are read in the data and in the metadata namespace", "[unit][schema]") {
  const std::string data = "http://schemas.microsoft.com/ado/2007/08/dataservices";
  CHECK(read_link("<uri xmlns=\"" + data + "\">http://h/A('1')</uri>").value() == "http://h/A('1')");
  CHECK(read_link("<?xml version=\"1.0\"?><m:uri xmlns:m=\"" + data + "/metadata\"> u </m:uri>").value() == "u");
  CHECK_FALSE(read_link("<uri>u</uri>"));
  CHECK_FALSE(read_link("<uri"));
}

TEST_CASE("wrong entries are refused, and say what is wrong", "[unit][schema]") {
  refused(kAsset, entry("<d:Nmae>x</d:Nmae>"));
  refused(kAsset, entry("<d:Options>many</d:Options>"));
  refused(kAsset, entry("<d:Name><b/></d:Name>"));
  refused(kAsset, entry("<d:Name>\xff</d:Name>"));
  refused(kAsset, entry("<d:Name>" + std::string(4001, 'x') + "</d:Name>"));
  refused(kAsset, "<entry/>");
  refused(kAsset, "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>");
  refused(kAsset, entry("") + entry(""));
  refused(kAsset, "<entry");
  refused(kAsset, entry(std::string("<d:Name>a\0b</d:Name>", 20)));
  CHECK_THAT(read_entity(kAsset, entry("<d:Nmae>x</d:Nmae>")).error().message,
             Catch::Contains("Make sure to only use property names that are defined by the type"));
}

TEST_CASE("XML bombs are refused", "[unit][schema]") {
  refused(kAsset, "<!DOCTYPE a [<!ENTITY b \"" + std::string(1000, 'x') + "\"><!ENTITY c \"&b;&b;&b;\">]>" +
                      entry("<d:Name>&c;</d:Name>"));
  refused(kAsset, "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" + entry(""));
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  refused(kAsset, entry(deep));
  std::string closed = deep;
  for (int i = 0; i < 10'000; ++i) closed += "</a>";
  refused(kAsset, entry("", closed));
  std::string wide;
  for (int i = 0; i < 60'000; ++i) wide += "<a/>";
  refused(kAsset, entry("", wide));
  std::string attributes;
  for (int i = 0; i < 1000; ++i) attributes += fmt::format(" a{}=\"\"", i);
  refused(kAsset, entry("", "<a" + attributes + "/>"));
  std::string many;
  for (int i = 0; i < 1001; ++i) many += bound("InputMediaAssets", asset_uri(1));
  refused(kJob, entry("", many));
}
