#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/content_key.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;
using lazulite::test::Fields;
using lazulite::test::key_vault;
using lazulite::test::wrapped_key;

namespace {

constexpr std::string_view kKid = "6f7e8d9c-0b1a-4c2d-9e3f-405162738495";

keys::KeyBytes key_of(std::size_t bytes) {
  keys::KeyBytes out(bytes);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<std::uint8_t>(i);
  return out;
}
std::string key_body(int type, std::size_t bytes, std::string_view more = "") {
  return fmt::format(R"({{"ContentKeyType":{},"EncryptedContentKey":"{}","ProtectionKeyId":"{}"{}}})", type,
                     wrapped_key(key_of(bytes)), key_vault().protection_key_id(), more);
}
std::string make_key(Api& api, int type, std::size_t bytes) {
  const auto made = api.post("ContentKeys", key_body(type, bytes));
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.at("Id");
}
std::string key_url(std::string_view id) { return fmt::format("ContentKeys('{}')", id); }
std::string asset_url(std::string_view id) { return fmt::format("Assets('{}')", id); }
std::string uri_of(std::string_view id) {
  return fmt::format(R"json({{"uri":"http://h/api/ContentKeys('{}')"}})json", id);
}
std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

Answer rebind(Api& api, std::string_view id, std::string_view certificate) {
  return api.get(fmt::format("RebindContentKey?id='{}'&x509Certificate='{}'", id, certificate));
}

}  // namespace

TEST_CASE("a content key is wrapped for the certificate that the service names, and comes back to another one",
          "[unit][server]") {
  Api api;
  const auto id = api.get("GetProtectionKeyId?contentKeyType=1").at("value");
  CHECK(id == key_vault().protection_key_id());
  const auto certificate = api.get("GetProtectionKey?ProtectionKeyId='" + to_lower(id) + "'").at("value");
  CHECK(certificate == key_vault().protection_certificate());
  const auto wrapped = encrypt_for_certificate(base64_decode(certificate).value(), key_of(32)).value();
  const auto made =
      api.post("ContentKeys", fmt::format(R"({{"Id":"nb:kid:UUID:{}","ContentKeyType":1,"EncryptedContentKey":"{}",
                                              "ProtectionKeyId":"{}","ProtectionKeyType":0,"Name":"storage"}})",
                                          to_upper(kKid), base64_encode(wrapped), id));
  REQUIRE(made.status == 201);
  CHECK(made.at("Id") == fmt::format("nb:kid:UUID:{}", kKid));
  CHECK(made.at("Checksum") == "CJwyb601OzE=");
  CHECK(made.at("EncryptedContentKey") == base64_encode(wrapped));
  CHECK(made.at("AuthorizationPolicyId") == "null");
  CHECK_FALSE(made.has("sealed_key"));

  CHECK(rebind(api, made.at("Id"), "").at("value") == base64_encode(key_of(32)));
  const auto mine = CertifiedKey::generate("client");
  const auto rebound = rebind(api, made.at("Id"), percent_encode(base64_encode(mine.certificate())));
  CHECK(mine.decrypt(base64_decode(rebound.at("value")).value()).value() == key_of(32));
  // '+' in the URL as it is, and lines
  auto sloppy = base64_encode(mine.certificate());
  sloppy.insert(64, "%0D%0A");
  CHECK(rebind(api, made.at("Id"), sloppy).status == 200);
}

TEST_CASE("results of the key functions in XML are elements named after the function", "[unit][server]") {
  Api api;
  const Fields atom = {{"Accept", "application/atom+xml,application/xml"}};
  CHECK_THAT(api.get("GetProtectionKeyId?contentKeyType=0", atom).body,
             Catch::EndsWith(fmt::format(
                 R"(<d:GetProtectionKeyId xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m=)"
                 R"("http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">{}</d:GetProtectionKeyId>)",
                 key_vault().protection_key_id())));
  CHECK(api.get("GetProtectionKeyId?contentKeyType=0", {{"Accept", "application/json;odata=verbose"}})
            .at("d.GetProtectionKeyId") == key_vault().protection_key_id());
}

TEST_CASE("the key functions refuse what does not exist or does not fit", "[unit][server]") {
  Api api;
  const auto id = make_key(api, 4, 16);
  CHECK(api.get("GetProtectionKeyId").status == 400);
  CHECK(api.get("GetProtectionKeyId?contentKeyType=5").status == 400);
  CHECK(api.get("GetProtectionKey?protectionKeyId='00'").status == 404);
  CHECK(api.get("GetProtectionKey?protectionKeyId=''").status == 404);
  CHECK(rebind(api, id, "garbage!").status == 400);
  CHECK(rebind(api, id, "AAAA").status == 400);
  CHECK(rebind(api, "nonsense", "").status == 400);
  CHECK(rebind(api, fmt::format("nb:kid:UUID:{}", kKid), "").status == 404);
  const api::Caller others{"others"};
  CHECK(api.raw("GET", "/api/RebindContentKey?id='" + id + "'&x509Certificate=''", "", {}, others).status == 404);
}

TEST_CASE("keys that cannot be used are refused", "[unit][server]") {
  Api api;
  CHECK(api.post("ContentKeys", key_body(5, 16)).status == 400);
  CHECK(api.post("ContentKeys", key_body(9, 16)).status == 400);
  CHECK(api.post("ContentKeys", key_body(0, 16, R"(,"ProtectionKeyType":1)")).status == 400);
  CHECK(api.post("ContentKeys", R"({"ContentKeyType":0})").status == 400);
  const auto unreadable = api.post("ContentKeys", R"({"ContentKeyType":0,"EncryptedContentKey":"AAAA"})");
  CHECK(unreadable.status == 400);
  CHECK_THAT(error_of(unreadable), Catch::Contains("The 'EncryptedContentKey' cannot be decrypted"));
  CHECK(api.post("ContentKeys",
                 fmt::format(R"({{"EncryptedContentKey":"{}","ProtectionKeyId":"00"}})", wrapped_key(key_of(16))))
            .status == 400);
  struct Length {
    int type;
    std::size_t good, bad;
  };
  for (const auto& each : {Length{0, 16, 32}, Length{1, 32, 16}, Length{2, 32, 31}, Length{3, 32, 16},
                           Length{4, 16, 15}, Length{6, 16, 0}, Length{7, 16, 17}, Length{8, 5, 0}}) {
    CAPTURE(each.type);
    CHECK(api.post("ContentKeys", key_body(each.type, each.good)).status == 201);
    CHECK(api.post("ContentKeys", key_body(each.type, each.bad)).status == 400);
  }
  CHECK(api.get("ContentKeys").size("value") == 8);
}

TEST_CASE("a checksum that differs is kept, a missing one computed, a password has none", "[unit][server]") {
  Api api;
  const auto sent = api.post("ContentKeys", key_body(4, 16, R"(,"Checksum":"HobP/1GopQY=")"));
  CHECK(sent.at("Checksum") == "HobP/1GopQY=");
  CHECK(api.post("ContentKeys", key_body(8, 5)).at("Checksum") == "null");
  const auto id = fmt::format(R"(,"Id":"nb:kid:UUID:{}")", kKid);
  CHECK(api.post("ContentKeys", key_body(0, 16, id)).at("Checksum") == "l4999coXdo8=");
}

TEST_CASE("a key's id is taken once, over all accounts", "[unit][server]") {
  Api api;
  const auto body = key_body(4, 16, fmt::format(R"(,"Id":"nb:kid:UUID:{}")", kKid));
  CHECK(api.post("ContentKeys", body).status == 201);
  CHECK(api.post("ContentKeys", body).status == 409);
  CHECK(api.raw("POST", "/api/ContentKeys", body, {}, api::Caller{"others"}).status == 403);
  CHECK(api.post("ContentKeys", key_body(4, 16, R"(,"Id":"nb:cid:UUID:1")")).status == 400);
}

TEST_CASE("the key in the row is sealed, and of no use to another row", "[unit][server]") {
  Api api;
  const auto id = make_key(api, 4, 16);
  const auto key =
      api.database->read([&](rows::Session& session) { return rows::get<ContentKey>(session, "movies", id); });
  REQUIRE(key);
  CHECK(key->sealed_key.find(base64_encode(key_of(16)).substr(0, 20)) == std::string::npos);
  CHECK(key_vault().unseal("movies", id, key->sealed_key).value() == key_of(16));
  auto spoilt = *key;
  spoilt.sealed_key = key_vault().seal("others", id, key_of(16));
  REQUIRE(api.database->write([&](rows::Session& session) { return rows::update(session, "movies", spoilt); }));
  const auto refused = rebind(api, id, "");
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("cannot be decrypted"));
}

TEST_CASE("keys are linked to assets of their kind, a storage key once", "[unit][server]") {
  Api api;
  const auto plain = api.create_asset();
  const auto stored = api.post("Assets", R"({"Options":1})").at("Id");
  const auto common = api.post("Assets", R"({"Options":2})").at("Id");
  const auto envelope = api.post("Assets", R"({"Options":4})").at("Id");
  const auto common_key = make_key(api, 0, 16), storage_key = make_key(api, 1, 32), envelope_key = make_key(api, 4, 16);
  const auto link = [&](std::string_view asset, std::string_view key) {
    return api.post(asset_url(asset) + "/$links/ContentKeys", uri_of(key)).status;
  };
  CHECK(link(plain, common_key) == 204);
  CHECK(link(plain, common_key) == 409);
  CHECK(link(plain, envelope_key) == 204);
  CHECK(link(plain, storage_key) == 400);
  CHECK(link(stored, storage_key) == 204);
  CHECK(link(stored, storage_key) == 409);
  CHECK(link(stored, make_key(api, 1, 32)) == 409);
  CHECK(link(stored, envelope_key) == 204);
  CHECK(link(common, envelope_key) == 400);
  CHECK(link(common, common_key) == 204);
  CHECK(link(envelope, common_key) == 400);
  CHECK(link(envelope, envelope_key) == 204);
  CHECK(link(plain, fmt::format("nb:kid:UUID:{}", kKid)) == 404);
  CHECK(link("nb:cid:UUID:00000000-0000-0000-0000-000000000001", common_key) == 400);

  const auto keys = api.get(asset_url(plain) + "/ContentKeys");
  REQUIRE(keys.size("value") == 2);
  CHECK(keys.at("value.0.Id") == common_key);
  CHECK(api.get(asset_url(plain) + "/$links/ContentKeys").size("value") == 2);
  const auto one = fmt::format("{}/$links/ContentKeys('{}')", asset_url(plain), percent_encode(common_key));
  CHECK(api.call("DELETE", one).status == 204);
  CHECK(api.call("DELETE", one).status == 404);
  CHECK(api.get(asset_url(plain) + "/ContentKeys").at("value.0.Id") == envelope_key);
}

TEST_CASE("a key made through an asset's navigation, or bound by a new asset, keeps the rules of links",
          "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  CHECK(api.post(asset_url(asset) + "/ContentKeys", key_body(1, 32)).status == 400);
  CHECK(api.get("ContentKeys").size("value") == 0);
  const auto made = api.post(asset_url(asset) + "/ContentKeys", key_body(4, 16));
  REQUIRE(made.status == 201);
  CHECK(api.get(asset_url(asset) + "/ContentKeys").at("value.0.Id") == made.at("Id"));
  const auto storage_key = make_key(api, 1, 32);
  const auto bound = [&](int options) {
    return api.post("Assets", fmt::format(R"({{"Options":{},"ContentKeys":[{}]}})", options, uri_of(storage_key)));
  };
  CHECK(bound(0).status == 400);
  const auto encrypted = bound(1);
  CHECK(encrypted.status == 201);
  CHECK(api.get(asset_url(encrypted.at("Id")) + "/ContentKeys").at("value.0.Id") == storage_key);
  CHECK(api.post(asset_url(asset) + "/ParentAssets", "{}").status == 405);
}

TEST_CASE("deleting an asset takes the keys that no other asset has", "[unit][server]") {
  Api api;
  const auto first = api.create_asset(), second = api.create_asset();
  const auto shared = make_key(api, 4, 16), own = make_key(api, 0, 16), free = make_key(api, 0, 16);
  for (const auto& [asset, key] : {std::pair{first, shared}, {second, shared}, {first, own}})
    REQUIRE(api.post(asset_url(asset) + "/$links/ContentKeys", uri_of(key)).status == 204);
  REQUIRE(api.call("DELETE", asset_url(first)).status == 204);
  CHECK(api.get(key_url(shared)).status == 200);
  CHECK(api.get(key_url(own)).status == 404);
  CHECK(api.get(key_url(free)).status == 200);
  REQUIRE(api.call("DELETE", asset_url(second)).status == 204);
  CHECK(api.get(key_url(shared)).status == 404);
}

TEST_CASE("a deleted key leaves its assets, but not a published one", "[unit][server]") {
  Api api;
  const auto asset = api.create_asset();
  const auto key = make_key(api, 4, 16);
  REQUIRE(api.post(asset_url(asset) + "/$links/ContentKeys", uri_of(key)).status == 204);
  const auto locator = api.post(
      "Locators", fmt::format(R"({{"Type":2,"AssetId":"{}","AccessPolicyId":"{}"}})", asset, api.create_policy(1)));
  REQUIRE(locator.status == 201);
  CHECK(api.call("DELETE", key_url(key)).status == 400);
  REQUIRE(api.call("DELETE", "Locators('" + locator.at("Id") + "')").status == 204);
  CHECK(api.call("DELETE", key_url(key)).status == 204);
  CHECK(api.get(asset_url(asset) + "/ContentKeys").size("value") == 0);
}
