#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;
using lazulite::test::Fields;

namespace {

constexpr const char* kOpen = R"([{"Name":"open","KeyRestrictionType":0,"Requirements":null}])";
constexpr const char* kToken =
    "<TokenRestrictionTemplate xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
    "xmlns='http://schemas.microsoft.com/Azure/MediaServices/KeyDelivery/TokenRestrictionTemplate/v1'>"
    "<Audience>urn:test</Audience><Issuer>http://testissuer.example/</Issuer><PrimaryVerificationKey "
    "i:type='SymmetricVerificationKey'><KeyValue>AAECAw==</KeyValue></PrimaryVerificationKey>"
    "</TokenRestrictionTemplate>";

std::string option_body(int type, std::string_view restrictions = kOpen, std::string_view configuration = "") {
  return fmt::format(R"({{"Name":"o","KeyDeliveryType":{},"KeyDeliveryConfiguration":"{}","Restrictions":{}}})", type,
                     configuration, restrictions);
}
std::string make(Api& api, std::string_view set, std::string_view body) {
  const auto made = api.post(set, body);
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.at("Id");
}
std::string make_option(Api& api, int type) {
  return make(api, "ContentKeyAuthorizationPolicyOptions", option_body(type, kOpen, type == 3 ? "{}" : ""));
}
std::string make_policy(Api& api, std::initializer_list<std::string> options) {
  auto id = make(api, "ContentKeyAuthorizationPolicies", R"({"Name":"p"})");
  for (const auto& option : options) {
    const auto linked =
        api.post(fmt::format("ContentKeyAuthorizationPolicies('{}')/$links/Options", id),
                 fmt::format(R"json({{"uri":"http://h/api/ContentKeyAuthorizationPolicyOptions('{}')"}})json", option));
    REQUIRE(linked.status == 204);
  }
  return id;
}
std::string make_key(Api& api, int type, std::string_view policy) {
  return make(api, "ContentKeys",
              fmt::format(R"({{"ContentKeyType":{},"EncryptedContentKey":"{}","AuthorizationPolicyId":"{}"}})", type,
                          test::wrapped_key(std::vector<std::uint8_t>(16)), policy));
}
Answer delivery_url(Api& api, std::string_view key, std::string_view body, const Fields& headers = {}) {
  return api.post(fmt::format("ContentKeys('{}')/GetKeyDeliveryUrl", key), body, headers);
}
std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

}  // namespace

TEST_CASE("an option keeps its restrictions in every format", "[unit][server]") {
  Api api;
  const auto restrictions = fmt::format(
      R"([{{"Name":"a","KeyRestrictionType":"1","Requirements":"{}"}},{{"KeyRestrictionType":0}}])", kToken);
  const auto made = api.post("ContentKeyAuthorizationPolicyOptions", option_body(2, restrictions));
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.header("DataServiceVersion") == "3.0;");
  CHECK(made.at("Restrictions.0.KeyRestrictionType") == "1");
  CHECK(made.at("Restrictions.0.Requirements") == kToken);
  CHECK(made.at("Restrictions.1.Requirements") == "null");
  const auto url = fmt::format("ContentKeyAuthorizationPolicyOptions('{}')", made.at("Id"));
  const auto verbose = api.get(url, {{"Accept", "application/json;odata=verbose"}});
  CHECK(verbose.at("d.Restrictions.results.0.Name") == "a");
  CHECK(verbose.at("d.Restrictions.__metadata.type") ==
        "Collection(Microsoft.Cloud.Media.Vod.Rest.Data.Models.ContentKeyAuthorizationPolicyRestriction)");
  CHECK_THAT(api.get(url, {{"Accept", "application/atom+xml"}}).body,
             Catch::Contains("<d:element><d:Name>a</d:Name><d:KeyRestrictionType m:type=\"Edm.Int32\">1<"));
  CHECK(api.call("MERGE", url, fmt::format(R"({{"Restrictions":{}}})", kOpen)).status == 204);
  CHECK(api.get(url).size("Restrictions") == 1);
  CHECK(api.get(url + "/Restrictions").size("value") == 1);
}

TEST_CASE("options without a way in, or with templates that cannot work, are refused", "[unit][server]") {
  Api api;
  const auto status = [&](std::string_view body) {
    return api.post("ContentKeyAuthorizationPolicyOptions", body).status;
  };
  CHECK(status(option_body(2, "[]")) == 400);
  CHECK(status(R"({"Name":"o","KeyDeliveryType":2})") == 400);
  CHECK(status(fmt::format(R"({{"Name":"o","Restrictions":{}}})", kOpen)) == 400);
  CHECK(status(option_body(0)) == 400);
  CHECK(status(option_body(5)) == 400);
  CHECK(status(option_body(1, kOpen, "nonsense")) == 400);
  CHECK(status(option_body(2, R"([{"KeyRestrictionType":2,"Requirements":"10.0.0.0/8"}])")) == 400);
  const auto refused =
      api.post("ContentKeyAuthorizationPolicyOptions",
               option_body(2, R"([{"Name":"t","KeyRestrictionType":1,"Requirements":"<TokenRestrictionTemplate/>"}])"));
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("restriction 't'") && Catch::Contains("Expecting element"));
  CHECK(api.get("ContentKeyAuthorizationPolicyOptions").size("value") == 0);
  const auto id = make_option(api, 2);
  const auto url = fmt::format("ContentKeyAuthorizationPolicyOptions('{}')", id);
  CHECK(api.call("MERGE", url, R"({"KeyDeliveryType":1})").status == 400);
  CHECK(api.call("MERGE", url, R"({"Restrictions":[]})").status == 400);
  CHECK(api.call("MERGE", url, R"({"Name":"renamed"})").status == 204);
}

TEST_CASE("policies link options; either may be deleted", "[unit][server]") {
  Api api;
  const auto first = make_option(api, 2), second = make_option(api, 3);
  const auto policy = make_policy(api, {first, second});
  const auto url = fmt::format("ContentKeyAuthorizationPolicies('{}')", policy);
  CHECK(api.get(url + "/Options").size("value") == 2);
  CHECK(api.get(url + "?$expand=Options").at("Options.0.Id") == first);
  CHECK(api.call("DELETE", fmt::format("ContentKeyAuthorizationPolicyOptions('{}')", first)).status == 204);
  CHECK(api.get(url + "/$links/Options").size("value") == 1);
  CHECK(api.call("DELETE", fmt::format("{}/$links/Options('{}')", url, percent_encode(second))).status == 204);
  CHECK(api.get(url + "/Options").size("value") == 0);
  const auto made = api.post(url + "/Options", option_body(2));
  CHECK(made.status == 201);
  CHECK(api.get(url + "/Options").at("value.0.Id") == made.at("Id"));
  CHECK(api.call("DELETE", url).status == 204);
  CHECK(api.get("ContentKeyAuthorizationPolicyOptions").size("value") == 2);
}

TEST_CASE("a key's policy exists when it is set", "[unit][server]") {
  Api api;
  const auto policy = make_policy(api, {});
  const auto key = make_key(api, 4, "");
  const auto url = fmt::format("ContentKeys('{}')", key);
  // PUT with this property alone is how the REST pages do it (api.md rule 20).
  CHECK(api.call("PUT", url, fmt::format(R"({{"AuthorizationPolicyId":"{}"}})", policy)).status == 204);
  CHECK(api.get(url).at("AuthorizationPolicyId") == policy);
  CHECK(api.get(url).at("Checksum") != "null");
  CHECK(api.call("PUT", url, R"({"AuthorizationPolicyId":"nb:ckpid:UUID:00000000-0000-0000-0000-000000000001"})")
            .status == 404);
  CHECK(api.call("PUT", url, R"({"AuthorizationPolicyId":"nonsense"})").status == 400);
  CHECK(api.call("DELETE", fmt::format("ContentKeyAuthorizationPolicies('{}')", policy)).status == 204);
  CHECK(api.call("MERGE", url, api.get(url).body).status == 204);
  CHECK(api.call("MERGE", url, R"({"AuthorizationPolicyId":null})").status == 204);
  CHECK(api.get(url).at("AuthorizationPolicyId") == "null");
}

TEST_CASE("GetKeyDeliveryUrl says where a key is to be had", "[unit][server]") {
  Api api;
  const auto policy = make_policy(api, {make_option(api, 2), make_option(api, 3)});
  const auto envelope = make_key(api, 4, policy), common = make_key(api, 0, policy);
  CHECK(delivery_url(api, envelope, R"({"keyDeliveryType":2})").at("value") ==
        fmt::format("http://127.0.0.1:8080/keydelivery/movies/?KID={}", guid_of(envelope)));
  CHECK(delivery_url(api, common, R"({"keyDeliveryType":"3"})").at("value") ==
        fmt::format("http://127.0.0.1:8080/keydelivery/movies/Widevine/?KID={}", guid_of(common)));
  const Fields named = {{"Host", "movies.restv2.westus.media.azure.net"},
                        {"Accept", "application/atom+xml,application/xml"}};
  CHECK_THAT(delivery_url(api, envelope, R"({"keyDeliveryType":2})", named).body,
             Catch::Contains(fmt::format(">http://movies.keydelivery.media.azure.net/?KID={}</d:GetKeyDeliveryUrl>",
                                         guid_of(envelope))));
}

TEST_CASE("GetKeyDeliveryUrl refuses what no policy offers", "[unit][server]") {
  Api api;
  const auto policy = make_policy(api, {make_option(api, 2), make_option(api, 3)});
  const auto envelope = make_key(api, 4, policy), common = make_key(api, 0, policy);
  const auto status = [&](std::string_view key, std::string_view body) { return delivery_url(api, key, body).status; };
  CHECK(status(make_key(api, 4, ""), R"({"keyDeliveryType":2})") == 400);
  CHECK(status(envelope, R"({"keyDeliveryType":0})") == 400);
  CHECK(status(envelope, R"({"keyDeliveryType":1})") == 400);
  CHECK(status(envelope, R"({"keyDeliveryType":9})") == 400);
  CHECK(status(envelope, "") == 400);
  CHECK(status(common, R"({"keyDeliveryType":1})") == 400);
  CHECK(status(common, R"({"keyDeliveryType":4})") == 400);
  CHECK(status("nb:kid:UUID:00000000-0000-0000-0000-000000000001", R"({"keyDeliveryType":2})") == 404);
}
