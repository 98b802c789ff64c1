#include "server/keys/key_templates.hpp"

#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::keys;

namespace {

std::string play_ready(std::string_view license) {
  return fmt::format(
      R"(<PlayReadyLicenseResponseTemplate xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.microsoft.com/Azure/MediaServices/KeyDelivery/PlayReadyTemplate/v1"><LicenseTemplates>{}</LicenseTemplates></PlayReadyLicenseResponseTemplate>)",
      license);
}
std::string license(std::string_view members, std::string_view right = "") {
  return play_ready(fmt::format(
      R"(<PlayReadyLicenseTemplate>{}<ContentKey i:type="ContentEncryptionKeyFromHeader" /><PlayRight>{}</PlayRight></PlayReadyLicenseTemplate>)",
      members, right));
}
std::string error_of(const Result<void>& result) { return result ? "none" : result.error().message; }

}  // namespace

TEST_CASE("PlayReady templates: the least, and all that a license may say", "[unit][server]") {
  CHECK(error_of(check_play_ready_template(license(""))) == "none");
  CHECK(
      error_of(check_play_ready_template(license(
          "<AllowTestDevices>true</AllowTestDevices><BeginDate>2024-01-01T00:00:00Z</BeginDate>"
          "<ExpirationDate i:nil=\"true\"/><RelativeExpirationDate>P10675199DT2H48M5.4775807S</RelativeExpirationDate>"
          "<GracePeriod>PT1M</GracePeriod><LicenseType>Persistent</LicenseType><ContentType>Unspecified</ContentType>",
          "<FirstPlayExpiration>P1D</FirstPlayExpiration><ScmsRestriction><ConfigurationData>2</ConfigurationData>"
          "</ScmsRestriction><ExplicitAnalogTelevisionOutputRestriction><BestEffort>true</BestEffort>"
          "<ConfigurationData>1</ConfigurationData></ExplicitAnalogTelevisionOutputRestriction>"
          "<AllowPassingVideoContentToUnknownOutput>Allowed</AllowPassingVideoContentToUnknownOutput>"
          "<UncompressedDigitalVideoOpl>270</UncompressedDigitalVideoOpl>"))) == "none");
  CHECK(error_of(check_play_ready_template(
            play_ready(R"(<PlayReadyLicenseTemplate><ContentKey i:type="ContentEncryptionKeyFromKeyIdentifier">)"
                       R"(<KeyIdentifier>6f7e8d9c-0b1a-4c2d-9e3f-405162738495</KeyIdentifier></ContentKey><PlayRight/>)"
                       R"(</PlayReadyLicenseTemplate>)"))) == "none");
  CHECK(error_of(check_play_ready_template(license("<RelativeBeginDate>PT5M</RelativeBeginDate>"))) == "none");
}

TEST_CASE("PlayReady templates that break a rule are refused", "[unit][server]") {
  for (const auto& text : {
           std::string{},
           std::string{"{}"},
           play_ready(""),
           play_ready("<PlayReadyLicenseTemplate><PlayRight/></PlayReadyLicenseTemplate>"),
           play_ready(R"(<PlayReadyLicenseTemplate><ContentKey i:type="ContentEncryptionKeyFromHeader"/>)"
                      "</PlayReadyLicenseTemplate>"),
           play_ready(
               R"(<PlayReadyLicenseTemplate><ContentKey i:type="Other"/><PlayRight/></PlayReadyLicenseTemplate>)"),
           play_ready(R"(<PlayReadyLicenseTemplate><ContentKey i:type="ContentEncryptionKeyFromKeyIdentifier">)"
                      "<KeyIdentifier>00000000-0000-0000-0000-000000000000</KeyIdentifier></ContentKey><PlayRight/>"
                      "</PlayReadyLicenseTemplate>"),
           license("<LicenseType>Sometimes</LicenseType>"),
           license("<AllowTestDevices>maybe</AllowTestDevices>"),
           license("<BeginDate>2024-01-01T00:00:00Z</BeginDate>"),
           license("<ExpirationDate>2024-01-01T00:00:00Z</ExpirationDate>"),
           license("<GracePeriod>PT1M</GracePeriod>"),
           license("", "<FirstPlayExpiration>P1D</FirstPlayExpiration>"),
           license("<LicenseType>Persistent</LicenseType><BeginDate>2024-01-01T00:00:00Z</BeginDate>"
                   "<RelativeBeginDate>PT5M</RelativeBeginDate>"),
           license("<LicenseType>Persistent</LicenseType><ExpirationDate>soon</ExpirationDate>"),
           license("",
                   "<DigitalVideoOnlyContentRestriction>true</DigitalVideoOnlyContentRestriction>"
                   "<AllowPassingVideoContentToUnknownOutput>Allowed</AllowPassingVideoContentToUnknownOutput>"),
           license("", "<ScmsRestriction><ConfigurationData>4</ConfigurationData></ScmsRestriction>"),
           license("", "<CompressedDigitalVideoOpl>100</CompressedDigitalVideoOpl>"),
       }) {
    CAPTURE(text);
    CHECK_FALSE(check_play_ready_template(text));
  }
  for (const auto* bad : {"", "P", "PT", "1D", "P1", "PD", "P1DT", "P1H", "PT1D", "PT1S1M", "P1.5D", "PT1.5.5S", "-"})
    CHECK_FALSE(check_play_ready_template(license(fmt::format("<RelativeBeginDate>{}</RelativeBeginDate>", bad))));
  for (const auto* good : {"P1Y2M3DT4H5M6S", "-P1D", "PT0.5S", "P0D"})
    CHECK(check_play_ready_template(license(fmt::format("<RelativeBeginDate>{}</RelativeBeginDate>", good))));
}

TEST_CASE("Widevine templates", "[unit][server]") {
  for (const auto* good :
       {"", "{}", R"({"allowed_track_types":"SD_HD","content_key_specs":[{"track_type":"SD","security_level":1,
            "required_output_protection":{"hdcp":"HDCP_NONE"}}],"policy_overrides":{"can_play":true,"can_renew":false,
            "license_duration_seconds":3600,"renewal_server_url":"https://a"},"provider":"p","other":1})"}) {
    CHECK(error_of(check_widevine_template(good)) == "none");
  }
  for (const auto* bad :
       {"[]", "text", "<xml/>", R"({"allowed_track_types":"UHD"})", R"({"content_key_specs":{}})",
        R"({"content_key_specs":[{"security_level":6}]})", R"({"content_key_specs":[1]})",
        R"({"content_key_specs":[{"required_output_protection":{"hdcp":"HDCP_V3"}}]})",
        R"({"policy_overrides":{"can_play":"yes"}})", R"({"policy_overrides":{"license_duration_seconds":-1}})"}) {
    CAPTURE(bad);
    CHECK_FALSE(check_widevine_template(bad));
  }
}

TEST_CASE("FairPlay configurations", "[unit][server]") {
  const auto body = [](std::string_view ask, std::string_view pfx, std::string_view iv, std::string_view more) {
    return fmt::format(
        R"({{"ASkId":"{}","FairPlayPfxPasswordId":"6f7e8d9c-0b1a-4c2d-9e3f-405162738495","FairPlayPfx":"{}","ContentEncryptionIV":"{}"{}}})",
        ask, pfx, iv, more);
  };
  constexpr const char* kId = "6f7e8d9c-0b1a-4c2d-9e3f-405162738495";
  constexpr const char* kIv = "D7D7D7D7D7D7D7D7D7D7D7D7D7D7D7D7";
  CHECK(error_of(check_fair_play_configuration(body(kId, "AAEC", kIv, ""))) == "none");
  CHECK(error_of(check_fair_play_configuration(
            body(kId, "AAEC", kIv, R"(,"RentalAndLeaseKeyType":1039325691,"RentalDuration":60)"))) == "none");
  for (const auto& bad :
       {std::string{}, std::string{"{}"}, body("x", "AAEC", kIv, ""), body(kId, "?", kIv, ""), body(kId, "", kIv, ""),
        body(kId, "AAEC", "00", ""), body(kId, "AAEC", kIv, R"(,"RentalAndLeaseKeyType":7)"),
        body(kId, "AAEC", kIv, R"(,"RentalDuration":"long")")}) {
    CAPTURE(bad);
    CHECK_FALSE(check_fair_play_configuration(bad));
  }
}

TEST_CASE("each delivery type has its configuration, each restriction its requirements", "[unit][server]") {
  CHECK(check_key_delivery_configuration(KeyDeliveryType::kBaselineHttp, ""));
  CHECK(check_key_delivery_configuration(KeyDeliveryType::kWidevine, "{}"));
  CHECK(check_key_delivery_configuration(KeyDeliveryType::kPlayReadyLicense, license("")));
  CHECK_FALSE(check_key_delivery_configuration(KeyDeliveryType::kPlayReadyLicense, ""));
  CHECK_FALSE(check_key_delivery_configuration(KeyDeliveryType::kFairPlay, ""));
  CHECK_FALSE(check_key_delivery_configuration(KeyDeliveryType::kNone, ""));
  CHECK_FALSE(check_key_delivery_configuration(static_cast<KeyDeliveryType>(5), ""));
  CHECK(check_key_restriction(KeyRestrictionType::kOpen, ""));
  CHECK_FALSE(check_key_restriction(KeyRestrictionType::kTokenRestricted, ""));
  CHECK_FALSE(check_key_restriction(KeyRestrictionType::kIpRestricted, "10.0.0.0/8"));
  CHECK_FALSE(check_key_restriction(static_cast<KeyRestrictionType>(3), ""));
}
