// The contract of every set that may be created: create, read, list, navigate, update, delete, in every format. A new
// entity adds its row to kBodies and nothing else.
#include "schema/base/text.hpp"
#include "schema/model/model.hpp"
#include "schema/odata/target_parser.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

#include <algorithm>

using lazulite::test::Api;
using lazulite::test::Fields;
namespace model = lazulite::model;
namespace odata = lazulite::odata;

namespace {

const Fields kVerbose = {{"Accept", "application/json;odata=verbose"}};

// The least that a set wants on create, with the name "contract" where the type has one.
struct Body {
  std::string_view set;
  std::string (*json)(Api& api);
};

std::string only_name(Api&) { return R"({"Name":"contract"})"; }
std::string access_policy(Api&) { return R"({"Name":"contract","DurationInMinutes":5,"Permissions":1})"; }
std::string file(Api& api) {
  return fmt::format(R"({{"Name":"contract","ParentAssetId":"{}"}})", api.create_asset("for a file"));
}
std::string locator(Api& api) {
  return fmt::format(R"({{"Name":"contract","Type":2,"AssetId":"{}","AccessPolicyId":"{}"}})",
                     api.create_asset("for a locator"), api.create_policy(1));
}
std::string streaming_endpoint(Api&) {
  return R"({"Name":"contract","ScaleUnits":1,"CustomHostNames":["a.example.org"],"CacheControl":{"MaxAge":"60"}})";
}

std::string posted(Api& api, std::string_view set, std::string_view body) {
  const auto made = api.post(set, body);
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.at("Id");
}
std::string ingest_manifest_asset(Api& api) {
  return fmt::format(R"({{"ParentIngestManifestId":"{}","Asset":{{"Id":"{}"}}}})",
                     posted(api, "IngestManifests", R"({"Name":"for an asset"})"), api.create_asset("awaits files"));
}
std::string ingest_manifest_file(Api& api) {
  const auto manifest = posted(api, "IngestManifests", R"({"Name":"for a file"})");
  const auto item = posted(api, "IngestManifestAssets",
                           fmt::format(R"({{"ParentIngestManifestId":"{}","Asset":{{"Id":"{}"}}}})", manifest,
                                       api.create_asset("awaits files")));
  return fmt::format(
      R"({{"Name":"contract","ParentIngestManifestId":"{}","ParentIngestManifestAssetId":"{}","IsPrimary":true}})",
      manifest, item);
}
std::string notification_end_point(Api&) { return R"({"Name":"contract","EndPointAddress":"jobs","EndPointType":1})"; }
std::string monitoring_configuration(Api& api) {
  const auto end_point = posted(api, "NotificationEndPoints",
                                R"({"Name":"t","EndPointAddress":"https://s.table.example.org/","EndPointType":2})");
  return fmt::format(
      R"({{"NotificationEndPointId":"{}","Settings":[{{"Component":"StreamingEndpoint","Level":"Normal"}}]}})",
      end_point);
}

std::string job(Api& api) {
  const auto input = api.create_asset("input");
  posted(api, "Files", fmt::format(R"({{"Name":"a.mp4","ParentAssetId":"{}"}})", input));
  return fmt::format(
      R"({{"Name":"contract","Priority":1,"InputMediaAssets":[{{"Id":"{}"}}],"Tasks":[{{"Configuration":"x",)"
      R"("MediaProcessorId":"nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56","TaskBody":"<taskBody><inputAsset>)"
      R"(JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>"}}]}})",
      input);
}
std::string job_template(Api&) {
  return R"({"Name":"contract","JobTemplateBody":"<jobTemplate><taskBody taskTemplateId='nb:ttid:UUID:)"
         R"(00000000-0000-0000-0000-00000000000a'><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>)"
         R"(JobOutputAsset(0)</outputAsset></taskBody></jobTemplate>","TaskTemplates":[{"Id":"nb:ttid:UUID:)"
         R"(00000000-0000-0000-0000-00000000000A","MediaProcessorId":"nb:mpid:UUID:ff4df607-d419-42f0-bc17-)"
         R"(a481b1331e56","NumberofInputAssets":1,"NumberofOutputAssets":1}]})";
}
std::string content_key(Api&) {
  return fmt::format(R"({{"Name":"contract","ContentKeyType":4,"EncryptedContentKey":"{}","ProtectionKeyId":"{}"}})",
                     lazulite::test::wrapped_key(std::vector<std::uint8_t>(16)),
                     lazulite::test::key_vault().protection_key_id());
}
std::string authorization_policy_option(Api&) {
  return R"({"Name":"contract","KeyDeliveryType":2,"KeyDeliveryConfiguration":null,
             "Restrictions":[{"Name":"open","KeyRestrictionType":0,"Requirements":null}]})";
}
std::string delivery_policy(Api&) {
  return R"({"Name":"contract","AssetDeliveryProtocol":7,"AssetDeliveryPolicyType":3,
             "AssetDeliveryConfiguration":"[{\"Key\":2,\"Value\":\"https://keys.example/\"}]"})";
}
constexpr const char* kFilterMembers =
    R"("Name":"contract","PresentationTimeRange":{"StartTimestamp":"5","EndTimestamp":9,"Timescale":1},
       "Tracks":[{"PropertyConditions":[{"Property":"Type","Operator":"Equal","Value":"video"}]},
                 {"PropertyConditions":[{"Property":"Bitrate","Operator":"NotEqual","Value":"0-9"}]}],
       "FirstQuality":{"Bitrate":1000})";
std::string filter(Api&) { return fmt::format("{{{}}}", kFilterMembers); }
std::string asset_filter(Api& api) {
  return fmt::format(R"({{"ParentAssetId":"{}",{}}})", api.create_asset("for a filter"), kFilterMembers);
}

constexpr Body kBodies[] = {
    {"AccessPolicies", access_policy},
    {"AssetDeliveryPolicies", delivery_policy},
    {"AssetFilters", asset_filter},
    {"Assets", only_name},
    {"ContentKeyAuthorizationPolicies", only_name},
    {"ContentKeyAuthorizationPolicyOptions", authorization_policy_option},
    {"ContentKeys", content_key},
    {"Files", file},
    {"Filters", filter},
    {"IngestManifestAssets", ingest_manifest_asset},
    {"IngestManifestFiles", ingest_manifest_file},
    {"IngestManifests", only_name},
    {"Jobs", job},
    {"JobTemplates", job_template},
    {"Locators", locator},
    {"MonitoringConfigurations", monitoring_configuration},
    {"NotificationEndPoints", notification_end_point},
    {"StreamingEndpoints", streaming_endpoint},
};
// Live streaming is not offered: their creation is refused.
constexpr std::string_view kRefused[] = {"Channels", "Programs"};

// One format of the contract: what it sends and accepts, and how it shows a key.
struct Dialect {
  const char* accept;
  const char* content_type;
  std::string (*body)(const std::string& json, const model::EntityType& type);
  const char* key_before;  // text before the key in an answer
  const char* link;        // the body of a POST on $links
};

std::string as_json(const std::string& json, const model::EntityType&) { return json; }

// A JSON value as the content of an Atom property.
std::string as_content(const odata::JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return lazulite::xml_escape(*text);
  if (const auto* number = value.as<odata::JsonNumber>()) return number->text;
  if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
  std::string out;
  if (const auto* array = value.as<odata::JsonArray>()) {
    for (const auto& each : *array) out += fmt::format("<d:element>{}</d:element>", as_content(each));
  } else if (const auto* object = value.as<odata::JsonObject>()) {
    for (const auto& each : *object) out += fmt::format("<d:{0}>{1}</d:{0}>", each.name, as_content(each.value));
  }
  return out;
}

std::string as_atom(const odata::JsonValue& object, const model::EntityType& type);

// What a navigation of a JSON body holds: a reference as a link, a new entity as an entry inside of it.
std::string as_link(const odata::JsonValue& value, const model::Navigation& navigation) {
  const auto& target = *model::find_entity_set(navigation.target_set);
  const bool is_reference = value.as<odata::JsonObject>()->size() == 1;
  std::string href, inside;
  if (is_reference) {
    const auto& key = *value.find(target.key().name)->as<std::string>();
    href = fmt::format(" href=\"http://127.0.0.1:8080/api/{}\"", odata::entity_path(target, key));
  } else {
    inside = fmt::format("<m:inline><feed>{}</feed></m:inline>", as_atom(value, target));
  }
  return fmt::format(R"(<link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/{}"{}>{}</link>)",
                     navigation.name, href, inside);
}

// A JSON object as an Atom entry: navigations as links, the rest as properties.
std::string as_atom(const odata::JsonValue& object, const model::EntityType& type) {
  std::string links, properties;
  for (const auto& member : *object.as<odata::JsonObject>()) {
    const auto* navigation = type.find_navigation(member.name);
    if (navigation == nullptr) {
      properties += fmt::format("<d:{0}>{1}</d:{0}>", member.name, as_content(member.value));
    } else if (const auto* array = member.value.as<odata::JsonArray>()) {
      for (const auto& each : *array) links += as_link(each, *navigation);
    } else {
      links += as_link(member.value, *navigation);
    }
  }
  return fmt::format(
      R"(<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
      R"(xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">{}<content type="application/xml">)"
      R"(<m:properties>{}</m:properties></content></entry>)",
      links, properties);
}
std::string json_as_atom(const std::string& json, const model::EntityType& type) {
  return as_atom(odata::read_json(json).value(), type);
}

constexpr Dialect kDialects[] = {
    {"application/json", "application/json", as_json, "\"{}\":\"", R"({{"url":"{}"}})"},
    {"application/json;odata=verbose", "application/json;odata=verbose", as_json, "\"{}\":\"", R"({{"uri":"{}"}})"},
    {"application/atom+xml,application/xml", "application/atom+xml", json_as_atom, "<d:{}>",
     R"(<uri xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices">{}</uri>)"},
};

// What an answer has as the entity's key.
std::string key_in(const std::string& body, const Dialect& dialect, const model::EntityType& type) {
  const auto before = fmt::format(fmt::runtime(dialect.key_before), type.key().name);
  const auto at = body.find(before);
  REQUIRE(at != std::string::npos);
  const auto begin = at + before.size();
  return body.substr(begin, body.find_first_of("\"<", begin) - begin);
}

// Streaming endpoints change by long-running operations: 202 with operation-id (api.md 4.3).
bool is_done(const lazulite::test::Answer& answer, const model::EntityType& type, unsigned status) {
  if (type.set_name != "StreamingEndpoints") return answer.status == status;
  return answer.status == 202 && answer.header("operation-id").starts_with("nb:opid:UUID:");
}

void check_properties(const std::string& body, const model::EntityType& type) {
  for (const auto& property : type.properties) {
    const bool shown = body.find(fmt::format("\"{}\":", property.name)) != std::string::npos ||
                       body.find(fmt::format("<d:{}", property.name)) != std::string::npos;
    INFO(property.name);
    CHECK(shown == !property.has(model::kInternal));
  }
}

// Every navigation of the entity leads somewhere, by itself and as links; one to a single entity that is not bound
// leads nowhere.
void check_navigations(Api& api, const std::string& url, const Fields& headers, const model::EntityType& type) {
  for (const auto& navigation : type.navigations) {
    INFO(navigation.name);
    const auto followed = api.get(fmt::format("{}/{}", url, navigation.name), headers);
    const bool single = navigation.kind == model::NavigationKind::kToOne;
    CHECK((followed.status == 200 || (single && followed.status == 404)));
    CHECK(api.get(fmt::format("{}/$links/{}", url, navigation.name), headers).status == followed.status);
    CHECK(api.get(fmt::format("{}?$expand={}", url, navigation.name), headers).status == 200);
  }
}

// The body for a set; null for one without.
const Body* body_of(std::string_view set) {
  const auto* found = std::find_if(std::begin(kBodies), std::end(kBodies), [&](const Body& b) { return b.set == set; });
  return found == std::end(kBodies) ? nullptr : found;
}

// A new entity at the end of every navigation whose links may be written is linked, seen and unlinked. What refers to
// others comes behind them in the type (a delivery policy wants its key first), so the links go in reverse.
void check_links(Api& api, const std::string& url, const Dialect& dialect, const model::EntityType& type) {
  const Fields headers = {{"Accept", dialect.accept}, {"Content-Type", dialect.content_type}};
  std::vector<std::string> links;
  for (const auto& navigation : type.navigations) {
    if (!navigation.links_writable) continue;
    INFO(navigation.name);
    const auto& target = *model::find_entity_set(navigation.target_set);
    REQUIRE(body_of(target.set_name) != nullptr);
    const auto made = api.post(target.set_name, dialect.body(body_of(target.set_name)->json(api), target), headers);
    const auto key = key_in(made.body, dialect, target);
    const auto address = "http://127.0.0.1:8080/api/" + odata::entity_path(target, key);
    const auto body = fmt::format(fmt::runtime(dialect.link), address);
    const auto linked = api.post(fmt::format("{}/$links/{}", url, navigation.name), body, headers);
    INFO(linked.body);
    REQUIRE(linked.status == 204);
    const auto seen = api.get(fmt::format("{}/{}", url, navigation.name), headers);
    CHECK(key_in(seen.body, dialect, target) == key);
    CHECK_THAT(api.get(fmt::format("{}/$links/{}", url, navigation.name), headers).body, Catch::Contains(address));
    links.push_back(fmt::format("{}/$links/{}('{}')", url, navigation.name, lazulite::percent_encode(key)));
  }
  for (auto each = links.rbegin(); each != links.rend(); ++each) {
    INFO(*each);
    CHECK(api.call("DELETE", *each, "", headers).status == 204);
    CHECK(api.call("DELETE", *each, "", headers).status == 404);
  }
}

void follow_contract(const Dialect& dialect, const model::EntityType& type, const Body& body) {
  Api api;
  const auto json = body.json(api);
  const Fields headers = {{"Accept", dialect.accept}, {"Content-Type", dialect.content_type}};
  INFO(type.set_name << " as " << dialect.accept);
  const auto count_before = lazulite::parse_int64(api.get(fmt::format("{}/$count", type.set_name)).body).value();
  const auto created = api.post(type.set_name, dialect.body(json, type), headers);
  INFO(created.body);
  REQUIRE(is_done(created, type, 201));
  const auto key = key_in(created.body, dialect, type);
  const auto url = odata::entity_path(type, key);
  CHECK(created.header("Location") == "http://127.0.0.1:8080/api/" + url);
  check_properties(created.body, type);

  const auto read = api.get(url, headers);
  CHECK(read.status == 200);
  CHECK(read.body == created.body);
  CHECK(api.get(url, kVerbose).at("d.__metadata.uri") == "http://127.0.0.1:8080/api/" + url);
  const auto by_filter = api.get(
      fmt::format("{}()?$filter={} eq '{}'&$top=2", type.set_name, type.key().name, lazulite::percent_encode(key)),
      headers);
  CHECK(key_in(by_filter.body, dialect, type) == key);
  CHECK(api.get(fmt::format("{}/$count", type.set_name), headers).body == std::to_string(count_before + 1));
  if (type.find_property("Name") != nullptr)
    CHECK(api.get(fmt::format("{}/Name/$value", url), headers).body == "contract");
  check_navigations(api, url, headers, type);

  check_links(api, url, dialect, type);

  CHECK_THAT(api.get(type.set_name, headers).body, Catch::Contains(key));
  for (const std::string_view method : {"MERGE", "PATCH", "PUT"}) {
    INFO(method);
    const auto changed = api.call(method, url, created.body, headers);  // clients send back all they got
    CHECK(changed.status == ((type.verbs & model::kUpdate) != 0 ? 204 : 405));
  }

  CHECK(is_done(api.call("DELETE", url, "", headers), type, 204));
  CHECK(api.call("DELETE", url, "", headers).status == 404);
  CHECK(api.get(url, headers).status == 404);
  CHECK(api.get(fmt::format("{}/$count", type.set_name), headers).body == std::to_string(count_before));
}

}  // namespace

TEST_CASE(
    "every set that may be created follows the create, read, list, navigate, update, delete contract in every "
    "format",
    "[unit][server]") {
  for (const auto* type : model::entity_types()) {
    if ((type->verbs & model::kHidden) != 0 || (type->verbs & model::kCreate) == 0) continue;
    const auto* body = body_of(type->set_name);
    const bool refused = std::find(std::begin(kRefused), std::end(kRefused), type->set_name) != std::end(kRefused);
    INFO(type->set_name << " has no row in kBodies");
    REQUIRE((body != nullptr) != refused);
    if (refused) continue;
    for (const auto& dialect : kDialects) follow_contract(dialect, *type, *body);
  }
}
