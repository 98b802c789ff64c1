#include "schema/odata/body_reader.hpp"

#include "schema/entities/asset.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::odata;

namespace {

constexpr const char* kAssetId = "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001";

EntityInput read(const model::EntityType& type, std::string_view body) {
  INFO(body);
  auto input = read_entity(type, body);
  REQUIRE(input);
  return std::move(*input);
}

}  // namespace

TEST_CASE("values are read by the model's types, whatever JSON kind they come in", "[unit][schema]") {
  const auto input = read(kAsset, R"({"Name":5,"Options":"4","FormatOption":1.0,"AlternateId":null})");
  CHECK(*input.values["Name"].as<std::string>() == "5");
  CHECK(*input.values["Options"].as<std::int64_t>() == 4);
  CHECK(*input.values["FormatOption"].as<std::int64_t>() == 1);
  CHECK(input.has("AlternateId"));
  CHECK(input.values["AlternateId"].is_null());
  CHECK_FALSE(input.has("StorageAccountName"));
  CHECK_FALSE(read(kAsset, R"({"Id":"x","State":true})").has("State"));
}

TEST_CASE("what does not fit a property is refused with its name", "[unit][schema]") {
  for (const auto* bad : {R"({"Options":"x"})", R"({"Options":1.5})", R"({"Options":3000000000})", R"({"Options":[]})",
                          R"({"Name":{}})", R"({"Options":1e300})"}) {
    INFO(bad);
    const auto input = read_entity(kAsset, bad);
    REQUIRE_FALSE(input);
    CHECK(input.error().code == ErrorCode::kInvalidArgument);
  }
  CHECK_THAT(read_entity(kAsset, R"({"Options":"x"})").error().message, Catch::Contains("Options"));
  CHECK_FALSE(read_entity(kLocator, R"({"StartTime":"yesterday"})"));
  CHECK_FALSE(read_entity(kLocator, R"({"StartTime":5})"));
  CHECK(read(kLocator, R"({"StartTime":""})").values["StartTime"].is_null());
  CHECK_FALSE(read_entity(kLocator, R"({"permissions":5})"));
  CHECK_FALSE(read_entity(kAsset, "[]"));
  CHECK_FALSE(read_entity(kAsset, "5"));
}

TEST_CASE("verbose metadata, deferred navigations, annotations and a wrapping d are ignored", "[unit][schema]") {
  const auto input =
      read(kAsset, R"({"d":{"__metadata":{"uri":"x","type":"y"},"odata.metadata":"z","Files":{"__deferred":{"uri":"q"}},
    "Created@odata.type":"Edm.DateTime","Files@odata.navigationLinkUrl":"u","Name":"n","Locators":null}})");
  CHECK(*input.values["Name"].as<std::string>() == "n");
  CHECK(input.references.empty());
  CHECK(input.children.empty());
  CHECK(read(kAsset, "").references.empty());
}

TEST_CASE("entities are bound in every form, in order", "[unit][schema]") {
  const std::string second = "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000002";
  const std::string uris[] = {std::string{"http://h/api/Assets('"} + kAssetId + "')", "Assets('" + second + "')"};
  for (const auto& body :
       {fmt::format(
            R"({{"InputMediaAssets":[{{"__metadata":{{"uri":"{}"}}}},{{"__metadata":{{"uri":"{}"}},"Name":"x"}}]}})",
            uris[0], uris[1]),
        fmt::format(R"({{"InputMediaAssets":{{"results":[{{"uri":"{}"}},{{"url":"{}"}}]}}}})", uris[0], uris[1]),
        fmt::format(R"({{"InputMediaAssets@odata.bind":["{}","{}"]}})", uris[0], uris[1]),
        fmt::format(R"({{"InputMediaAssets":[{{"Id":"{}"}},{{"Id":"{}"}}]}})", kAssetId, second)}) {
    const auto input = read(kJob, body);
    REQUIRE(input.references.size() == 2);
    CHECK(input.references[0].navigation->name == "InputMediaAssets");
    CHECK(input.references[0].key == kAssetId);
    CHECK(input.references[1].key == second);
  }
  CHECK(read(kLocator, fmt::format(R"({{"Asset":{{"Id":"{}"}}}})", kAssetId)).references.front().key == kAssetId);
  CHECK_FALSE(read_entity(kJob, R"json({"InputMediaAssets":[{"__metadata":{"uri":"Jobs('x')"}}]})json"));
  CHECK_FALSE(read_entity(
      kJob, R"json({"InputMediaAssets":["Jobs('nb:jid:UUID:0a0b0c0d-0000-0000-0000-000000000001')"]})json"));
  CHECK_FALSE(read_entity(kJob, R"({"InputMediaAssets":[{"Id":"x"}]})"));
  CHECK_FALSE(read_entity(kJob, R"({"Nothing@odata.bind":[]})"));
}

TEST_CASE("tasks come with their job, in order", "[unit][schema]") {
  const auto input = read(kJob, R"({"Name":"j","Tasks":{"results":[
    {"Name":"1","TaskBody":"<t/>","MediaProcessorId":"nb:mpid:UUID:FF4DF607-D419-42F0-BC17-A481B1331E56","TaskNotificationSubscriptions":[{"TargetTaskState":"2"}]},
    {"Name":"2","__metadata":{"type":"x"}}]},
    "JobNotificationSubscriptions":[{"NotificationEndPointId":"e","TargetJobState":2}]})");
  REQUIRE(input.children.size() == 2);
  CHECK(input.children[0].navigation->name == "Tasks");
  const auto& task = input.children[0].entity;
  CHECK(*task.values["Name"].as<std::string>() == "1");
  CHECK(*task.values["MediaProcessorId"].as<std::string>() == "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56");
  const auto* subscriptions = task.values["TaskNotificationSubscriptions"].as<model::CollectionValue>();
  REQUIRE(subscriptions->items.size() == 1);
  CHECK(*subscriptions->items[0].as<model::ComplexValue>()->members[2].as<std::int64_t>() == 2);
  CHECK(*input.children[1].entity.values["Name"].as<std::string>() == "2");
  CHECK_FALSE(read_entity(kJob, R"({"Tasks":[{"Nonsense":1}]})"));
  CHECK_FALSE(read_entity(kJob, R"({"Tasks":[5]})"));
  CHECK_FALSE(read_entity(kJob, R"({"JobNotificationSubscriptions":[{"Nonsense":1}]})"));
}

TEST_CASE("complex values are read to their depth", "[unit][schema]") {
  const auto input =
      read(kStreamingEndpoint,
           R"({"AccessControl":{"__metadata":{"type":"t"},"Akamai":{"AkamaiSignatureHeaderAuthenticationKeyList":
    [{"Identifier":"i","Expiration":"2030-01-01","Base64Key":"k"}]}},"CacheControl":{"MaxAge":null}})");
  const auto record = input.values;
  StreamingEndpoint endpoint;
  REQUIRE(kStreamingEndpoint.find_property("AccessControl")->set(&endpoint, record["AccessControl"]));
  CHECK(endpoint.access_control->akamai->keys.at(0).identifier == "i");
  CHECK_FALSE(endpoint.access_control->ip.has_value());
}

TEST_CASE("links and action parameters", "[unit][schema]") {
  CHECK(read_link(R"({"uri":"a"})").value() == "a");
  CHECK(read_link(R"({'url':'b'})").value() == "b");
  CHECK_FALSE(read_link(R"({"link":"a"})"));
  CHECK_FALSE(read_link(""));
  CHECK(read_link("<uri/>").error().code == ErrorCode::kInvalidArgument);
  static constexpr model::FunctionParameter kParameters[] = {{"scaleUnits", model::EdmType::kInt32}};
  const model::Function scale{"Scale", "StreamingEndpoints", kParameters, ""};
  CHECK(*read_action_parameters(scale, R"({"ScaleUnits":"2"})").value().at(0).as<std::int64_t>() == 2);
  CHECK_FALSE(read_action_parameters(scale, ""));
  CHECK_FALSE(read_action_parameters(scale, R"({"scaleUnits":"x"})"));
  CHECK(read_action_parameters(model::Function{"Publish", "Assets", {}, ""}, "anything").value().empty());
}
