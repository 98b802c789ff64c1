#include "schema/base/base64.hpp"
#include "storage/rows/repository.hpp"
#include "tests/unit/server/manage/management_fixture.hpp"

namespace lazulite::manage {
namespace {

http::Headers xml() {
  http::Headers headers;
  headers.set("Content-Type", "application/xml");
  headers.set("Accept", "application/atom+xml");
  return headers;
}

std::string storage_key(std::uint8_t byte) { return base64_encode(std::vector<std::uint8_t>(64, byte)); }

std::string account_body(const std::string& name, const std::string& storage) {
  return R"({"AccountName":")" + name + R"(","BlobStorageEndpointUri":"https://x.blob.core.windows.net/","Region":)" +
         R"("West Europe","StorageAccountKey":")" + storage_key(1) + R"(","StorageAccountName":")" + storage + "\"}";
}

}  // namespace

TEST_CASE("classic: an account is created, listed, shown, given new keys and deleted", "[unit][server]") {
  ManagementFixture f;
  const auto made = f.send("POST", f.classic("Accounts"), account_body("second", "secondstorage"));
  REQUIRE(made.status == 201);
  CHECK(text_at(f.json_of(made), "AccountName") == "second");
  CHECK(f.json_of(made).at("StatusCode").as_int64() == 201);
  CHECK(text_at(f.json_of(made), "Subscription") == f.first.subscription_id.text);

  const auto list = f.json_of(f.send("GET", f.classic("Accounts")));
  REQUIRE(list.as_array().size() == 2);
  CHECK(text_at(list.at(1), "Name") == "second");
  CHECK(text_at(list.at(1), "State") == "Active");
  CHECK(text_at(list.at(1), "SelfLink") == "http://127.0.0.1:8080" + f.classic("Accounts/second"));

  const auto show = [&] { return f.json_of(f.send("GET", f.classic("Accounts/second"))); };
  const auto before = show();
  CHECK(text_at(before, "AccountKey") == text_at(before.at("AccountKeys"), "Primary"));
  CHECK(text_at(before, "AccountRegion") == "West Europe");
  CHECK(text_at(before, "StorageAccountName") == "secondstorage");
  CHECK(f.send("POST", f.classic("Accounts/second/AccountKeys/Primary/Regenerate"), "\"second\"").status == 204);
  const auto after = show();
  CHECK(text_at(after, "AccountKey") != text_at(before, "AccountKey"));
  CHECK(text_at(after.at("AccountKeys"), "Secondary") == text_at(before.at("AccountKeys"), "Secondary"));
  CHECK(base64_decode(text_at(after, "AccountKey")).value().size() == 32);
  CHECK(f.send("POST", f.classic("Accounts/second/AccountKeys/secondary/Regenerate"), "\"x\"").status == 204);
  CHECK(f.send("POST", f.classic("Accounts/second/AccountKeys/Third/Regenerate"), "\"x\"").status == 400);

  CHECK(f.send("DELETE", f.classic("Accounts/second")).status == 204);
  const auto gone = f.send("GET", f.classic("Accounts/second"));
  CHECK(gone.status == 404);
  CHECK(gone.reason == "The specified account was not found.");
  CHECK(f.json_of(gone) ==
        boost::json::parse(R"({"Code":"NotFound","Message":"The specified account was not found."})"));
  CHECK(f.send("DELETE", f.classic("Accounts/second")).status == 404);
  CHECK(f.changed.size() >= 4);
}

TEST_CASE("classic: the same in XML, as the explorer sends it", "[unit][server]") {
  ManagementFixture f;
  const std::string body =
      "<AccountCreationRequest xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xmlns=\"http://schemas.datacontract.org/2004/07/Microsoft.Cloud.Media.Management.ResourceProvider.Models\">"
      "<AccountName>second</AccountName><BlobStorageEndpointUri>https://x.blob.core.windows.net/</"
      "BlobStorageEndpointUri><Region>West Europe</Region><StorageAccountKey>" +
      storage_key(2) + "</StorageAccountKey><StorageAccountName>secondstorage</StorageAccountName>" +
      "</AccountCreationRequest>";
  const auto made = f.send("POST", f.classic("Accounts"), body, xml());
  REQUIRE(made.status == 201);
  CHECK_THAT(made.body.text(), Catch::Contains("<AccountName>second</AccountName>") &&
                                   Catch::Contains("<StatusCode>Created</StatusCode>"));
  const auto list = f.send("GET", f.classic("Accounts"), {}, xml()).body.text();
  CHECK_THAT(list, Catch::StartsWith("<ServiceResources xmlns=\"http://schemas.microsoft.com/windowsazure\"") &&
                       Catch::Contains("<ServiceResource><Name>first</Name><Type>MediaService</Type>"));
  CHECK_THAT(f.send("GET", f.classic("Accounts/second"), {}, xml()).body.text(),
             Catch::Contains("<AccountKeys><Primary>"));
  CHECK_THAT(f.send("GET", f.classic("Accounts/third"), {}, xml()).body.text(),
             Catch::Contains("<Code>NotFound</Code>"));
  CHECK(f.send("POST", f.classic("Accounts"), "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", xml()).status == 400);
}

TEST_CASE("classic: storage accounts are attached, listed and given keys", "[unit][server]") {
  ManagementFixture f;
  const auto attach = [&](const std::string& name) {
    return f.send("POST", f.classic("Accounts/first/StorageAccounts"),
                  R"({"StorageAccountName":")" + name + R"(","StorageAccountKey":")" + storage_key(3) + "\"}");
  };
  CHECK(attach("more1").status == 204);
  CHECK(attach("more1").status == 409);
  CHECK(attach("firststorage").status == 409);
  CHECK(attach("No").status == 400);
  CHECK(attach("more2").status == 204);
  CHECK(attach("more3").status == 403);  // the quota
  const auto list = f.json_of(f.send("GET", f.classic("Accounts/first/StorageAccounts")));
  REQUIRE(list.as_array().size() == 3);
  CHECK(text_at(list.at(0), "StorageAccountName") == "firststorage");
  CHECK(list.at(0).at("IsDefault").as_bool());
  CHECK_FALSE(list.at(1).at("IsDefault").as_bool());
  const auto key_of = [&](const std::string& name) {
    return f.database->read([&](rows::Session& s) { return rows::get<StorageAccount>(s, "first", name); })
        .value()
        .primary_key;
  };
  CHECK(key_of("more1") == storage_key(3));
  const auto path = f.classic("Accounts/first/StorageAccounts/more1/Key");
  CHECK(f.send("PUT", path, "\"" + storage_key(4) + "\"").status == 204);
  CHECK(key_of("more1") == storage_key(4));
  CHECK(f.send("PUT", path, "\"c2hvcnQ=\"").status == 400);
  CHECK(f.send("PUT", path, storage_key(4)).status == 400);
  CHECK(f.send("PUT", f.classic("Accounts/first/StorageAccounts/none/Key"), "\"" + storage_key(4) + "\"").status ==
        404);
}

TEST_CASE("classic: bad requests and foreign subscriptions", "[unit][server]") {
  ManagementFixture f;
  CHECK(f.send("POST", f.classic("Accounts"), account_body("first", "another")).status == 409);
  CHECK(f.send("POST", f.classic("Accounts"), account_body("second", "firststorage")).status == 409);
  CHECK(f.send("GET", f.classic("Accounts/second")).status == 404);  // nothing is half made
  CHECK(f.send("POST", f.classic("Accounts"), account_body("No", "another")).status == 400);
  CHECK(f.send("POST", f.classic("Accounts"), R"({"AccountName":"second"})").status == 400);
  CHECK(f.send("POST", f.classic("Accounts"), R"({"AccountName":5})").status == 400);
  CHECK(f.send("POST", f.classic("Accounts"), "nothing").status == 400);
  CHECK(f.send("PUT", f.classic("Accounts")).status == 405);
  CHECK(f.send("GET", f.classic("Others")).status == 404);
  CHECK(f.send("GET", "/00000000-0000-0000-0000-000000000009/services/mediaservices/Accounts").status == 404);
  CHECK(f.json_of(f.send("GET", f.classic("SupportedRegions"))) == boost::json::parse(R"([{"RegionName":"local"}])"));
  f.bearer = f.first.primary_key;  // an account's own key does not open it
  CHECK(f.send("GET", f.classic("Accounts")).status == 401);
  f.bearer.clear();
  const auto refused = f.send("GET", f.classic("Accounts"));
  CHECK(refused.status == 401);
  CHECK(refused.headers.get("WWW-Authenticate") == "Bearer");
}

}  // namespace lazulite::manage
