#include "schema/base/text.hpp"
#include "schema/entities/asset_delivery_policy.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

std::string policy_body(int protocol, int type, std::string_view configuration = "") {
  return fmt::format(
      R"({{"Name":"d","AssetDeliveryProtocol":{},"AssetDeliveryPolicyType":{},"AssetDeliveryConfiguration":"{}"}})",
      protocol, type, configuration);
}
std::string make(Api& api, std::string_view set, std::string_view body) {
  const auto made = api.post(set, body);
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.at("Id");
}
std::string make_policy(Api& api, int protocol, int type) {
  return make(api, "AssetDeliveryPolicies", policy_body(protocol, type));
}
std::string make_key(Api& api, int type) {
  return make(api, "ContentKeys",
              fmt::format(R"({{"ContentKeyType":{},"EncryptedContentKey":"{}"}})", type,
                          test::wrapped_key(std::vector<std::uint8_t>(16))));
}
Answer link(Api& api, std::string_view asset, std::string_view navigation, std::string_view set,
            std::string_view target) {
  return api.post(fmt::format("Assets('{}')/$links/{}", asset, navigation),
                  fmt::format(R"json({{"uri":"http://h/api/{}('{}')"}})json", set, target));
}
Answer link_policy(Api& api, std::string_view asset, std::string_view policy) {
  return link(api, asset, "DeliveryPolicies", "AssetDeliveryPolicies", policy);
}
Answer unlink_policy(Api& api, std::string_view asset, std::string_view policy) {
  return api.call("DELETE", fmt::format("Assets('{}')/$links/DeliveryPolicies('{}')", asset, percent_encode(policy)));
}
Answer publish(Api& api, std::string_view asset) {
  return api.post("Locators",
                  fmt::format(R"({{"Type":2,"AssetId":"{}","AccessPolicyId":"{}"}})", asset, api.create_policy(1)));
}
std::string policy_url(std::string_view id) { return fmt::format("AssetDeliveryPolicies('{}')", id); }
std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

}  // namespace

TEST_CASE("a delivery policy keeps its configuration to the letter", "[unit][server]") {
  Api api;
  const auto made = api.post("AssetDeliveryPolicies",
                             policy_body(7, 3, R"([{\"Key\":\"2\", \"Value\":\"https:\\/\\/keys.example\\/\"}])"));
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.at("AssetDeliveryConfiguration") == R"([{"Key":"2", "Value":"https:\/\/keys.example\/"}])");
  CHECK_FALSE(made.has("envelope_iv"));
  const auto url = policy_url(made.at("Id"));
  const auto iv_of = [&] {
    return api.database
        ->read([&](rows::Session& session) { return rows::get<AssetDeliveryPolicy>(session, "movies", made.at("Id")); })
        .value()
        .envelope_iv;
  };
  const auto iv = iv_of();
  CHECK(from_hex(iv).value().size() == 16);
  CHECK(api.call("MERGE", url, R"({"Name":"renamed"})").status == 204);
  CHECK(iv_of() == iv);
  CHECK(api.get(url).at("Name") == "renamed");
}

TEST_CASE("delivery policies that mean nothing are refused", "[unit][server]") {
  Api api;
  const auto status = [&](std::string_view body) { return api.post("AssetDeliveryPolicies", body).status; };
  CHECK(status(policy_body(7, 0)) == 400);
  CHECK(status(policy_body(7, 6)) == 400);
  CHECK(status(policy_body(0, 2)) == 400);
  CHECK(status(policy_body(32, 2)) == 400);
  CHECK(status(policy_body(-1, 2)) == 400);
  CHECK(status(policy_body(16, 3)) == 400);
  CHECK(status(policy_body(7, 3, "nonsense")) == 400);
  CHECK(status(R"({"Name":"d","AssetDeliveryProtocol":7})") == 400);
  CHECK(status(R"({"AssetDeliveryPolicyType":2,"AssetDeliveryProtocol":7})") == 400);
  for (const int protocol : {1, 7, 16, 31, 65535}) CHECK(status(policy_body(protocol, 1)) == 201);
  const auto url = policy_url(make_policy(api, 7, 2));
  CHECK(api.call("MERGE", url, R"({"AssetDeliveryPolicyType":0})").status == 400);
}

TEST_CASE("encryption on delivery needs its key on the asset first", "[unit][server]") {
  struct Need {
    int type, key;
    const char *policy_name, *key_name;
  };
  for (const auto& each : {Need{3, 4, "DynamicEnvelopeEncryption", "EnvelopeEncryption"},
                           Need{4, 0, "DynamicCommonEncryption", "CommonEncryption"},
                           Need{5, 6, "DynamicCommonEncryptionCbcs", "CommonEncryptionCbcs"}}) {
    Api api;
    const auto asset = api.create_asset();
    const auto policy = make_policy(api, 7, each.type);
    const auto refused = link_policy(api, asset, policy);
    CHECK(refused.status == 400);
    CHECK(error_of(refused) ==
          fmt::format("Cannot set an AssetDeliveryPolicy specifying AssetDeliveryPolicyType.{} when no ContentKey with "
                      "ContentKeyType.{} is linked to it",
                      each.policy_name, each.key_name));
    REQUIRE(link(api, asset, "ContentKeys", "ContentKeys", make_key(api, each.key)).status == 204);
    CHECK(link_policy(api, asset, policy).status == 204);
    CHECK(link_policy(api, asset, policy).status == 409);
    CHECK(api.get(fmt::format("Assets('{}')/DeliveryPolicies", asset)).at("value.0.Id") == policy);
    CHECK(unlink_policy(api, asset, policy).status == 204);
    CHECK(unlink_policy(api, asset, policy).status == 404);
  }
}

TEST_CASE("one protocol has one policy, or several encryptions to choose from", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  for (const int type : {0, 4})
    REQUIRE(link(api, asset, "ContentKeys", "ContentKeys", make_key(api, type)).status == 204);
  REQUIRE(link_policy(api, asset, make_policy(api, 4, 3)).status == 204);
  const auto common = make_policy(api, 4 | 2, 4);
  CHECK(link_policy(api, asset, common).status == 204);
  CHECK(link_policy(api, asset, make_policy(api, 4, 3)).status == 400);
  CHECK(link_policy(api, asset, make_policy(api, 65535, 2)).status == 400);
  CHECK(link_policy(api, asset, make_policy(api, 2, 1)).status == 400);
  CHECK(link_policy(api, asset, make_policy(api, 1 | 16, 2)).status == 204);
  // What could not be linked cannot be made of what is linked.
  CHECK(api.call("MERGE", policy_url(common), R"({"AssetDeliveryPolicyType":3})").status == 400);
  CHECK(api.call("MERGE", policy_url(common), R"({"AssetDeliveryPolicyType":5})").status == 400);
  CHECK(api.call("MERGE", policy_url(common), R"({"AssetDeliveryProtocol":2})").status == 204);
}

TEST_CASE("the policies of a published asset stay as they are", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto policy = make_policy(api, 7, 2), other = make_policy(api, 16, 2);
  REQUIRE(link_policy(api, asset, policy).status == 204);
  const auto locator = publish(api, asset);
  REQUIRE(locator.status == 201);
  CHECK(link_policy(api, asset, other).status == 400);
  CHECK(unlink_policy(api, asset, policy).status == 400);
  CHECK(api.call("MERGE", policy_url(policy), R"({"Name":"x"})").status == 400);
  CHECK(api.call("DELETE", policy_url(policy)).status == 400);
  CHECK(api.call("MERGE", policy_url(other), R"({"Name":"x"})").status == 204);
  REQUIRE(api.call("DELETE", "Locators('" + locator.at("Id") + "')").status == 204);
  CHECK(api.call("MERGE", policy_url(policy), R"({"Name":"x"})").status == 204);
  CHECK(api.call("DELETE", policy_url(policy)).status == 204);
  CHECK(api.get(fmt::format("Assets('{}')/DeliveryPolicies", asset)).size("value") == 0);
}

TEST_CASE("a storage encrypted asset is published only with a delivery policy; policies survive their assets",
          "[unit][server]") {
  Api api;
  const auto asset = make(api, "Assets", R"({"Options":1})");
  CHECK(publish(api, asset).status == 400);
  const auto policy = make_policy(api, 7, 2);
  REQUIRE(link_policy(api, asset, policy).status == 204);
  CHECK(publish(api, asset).status == 201);
  CHECK(api.call("DELETE", fmt::format("Assets('{}')", asset)).status == 204);
  CHECK(api.get(policy_url(policy)).status == 200);
  CHECK(api.call("DELETE", policy_url(policy)).status == 204);
}
