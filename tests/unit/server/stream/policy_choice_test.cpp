#include "server/stream/policy_choice.hpp"

#include "tests/support/result.hpp"
#include "tests/unit/server/stream/stream_fixture.hpp"

using namespace lazulite;
using namespace lazulite::stream;

namespace {

using enum AssetDeliveryPolicyType;

std::string choice(const std::vector<DeliveryPolicy>& policies, std::int32_t protocol, std::string_view encryption = "",
                   bool is_encrypted = false) {
  DeliveryRules rules;
  rules.policies = policies;
  rules.is_encrypted = is_encrypted;
  const auto chosen = require_clear_delivery(rules, protocol, encryption);
  return chosen ? "clear" : chosen.error().detail;
}

}  // namespace

TEST_CASE("every streaming format belongs to a protocol that policies know", "[unit][server]") {
  for (const auto* format : packager::streaming_formats()) {
    CAPTURE(format->names.front());
    CHECK(protocol_of(*format) != 0);
  }
}

TEST_CASE("without policies all is clear, but for what is stored encrypted", "[unit][server]") {
  CHECK(choice({}, kProtocolHls) == "clear");
  CHECK(choice({}, kProtocolHls, "", true) == "MPE_ENC_ENCRYPTION_REQUIRED");
}

TEST_CASE("with a policy, what none covers is blocked", "[unit][server]") {
  const std::vector<DeliveryPolicy> hls = {{kProtocolHls, kNoDynamicEncryption}};
  CHECK(choice(hls, kProtocolHls) == "clear");
  CHECK(choice(hls, kProtocolDash) == "MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(choice(hls, kProtocolProgressiveDownload) == "MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(choice(hls, 0) == "MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(choice(hls, kProtocolHls, "", true) == "MPE_ENCRYPTION_NOT_SUPPORTED");
  CHECK(choice(hls, kProtocolHls, "cbc") == "MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY");
  CHECK(choice({{kProtocolAll, kBlocked}}, kProtocolHls) == "MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(choice({{kProtocolAll, kBlocked}}, kProtocolHls, "cbc") == "MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(choice({{kProtocolAll, kNoDynamicEncryption}}, kProtocolProgressiveDownload) == "clear");
}

TEST_CASE("what must be encrypted is never served in the clear", "[unit][server]") {
  const std::vector<DeliveryPolicy> one = {{kProtocolHls, kDynamicEnvelopeEncryption}};
  CHECK(choice(one, kProtocolHls) == "MPE_ENCRYPTION_NOT_SUPPORTED");
  CHECK(choice(one, kProtocolHls, "cbc") == "MPE_ENCRYPTION_NOT_SUPPORTED");
  CHECK(choice(one, kProtocolHls, "cenc") == "MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY");
  CHECK(choice(one, kProtocolHls, "other") == "MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY");
  CHECK(choice({{kProtocolAll, kDynamicCommonEncryption}}, kProtocolProgressiveDownload) ==
        "MPE_ENCRYPTION_NOT_SUPPORTED");
  const std::vector<DeliveryPolicy> two = {{kProtocolHls | kProtocolDash, kDynamicCommonEncryption},
                                           {kProtocolHls, kDynamicCommonEncryptionCbcs}};
  CHECK(choice(two, kProtocolHls) == "MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL");
  CHECK(choice(two, kProtocolHls, "cbcs-aapl") == "MPE_ENCRYPTION_NOT_SUPPORTED");
  CHECK(choice(two, kProtocolDash) == "MPE_ENCRYPTION_NOT_SUPPORTED");
  CHECK(choice(two, kProtocolDash, "piff") == "MPE_ENCRYPTION_NOT_SUPPORTED");
}

TEST_CASE("the origin keeps to the policies of the rows", "[unit][server]") {
  PublishedAsset site;
  site.add_file("clip.ism", "<smil/>");
  site.add_file("plain.mp4", "bytes");
  const auto set_policy = [&](std::int32_t protocols, AssetDeliveryPolicyType type) {
    AssetDeliveryPolicy policy;
    policy.id = new_entity_id(kAssetDeliveryPolicy.id_prefix);
    policy.name = "p";
    policy.asset_delivery_protocol = protocols;
    policy.asset_delivery_policy_type = type;
    site.write([&](rows::Session& session) -> Result<void> {
      LAZULITE_CHECK(rows::unlink_all(session, PublishedAsset::kAccount, kAsset, "DeliveryPolicies", site.asset.id));
      LAZULITE_CHECK(rows::insert(session, PublishedAsset::kAccount, policy));
      return rows::link(session, PublishedAsset::kAccount, kAsset, "DeliveryPolicies", site.asset.id, policy.id);
    });
    site.endpoint->forget(PublishedAsset::kAccount);
  };
  CHECK(site.get("plain.mp4").status == 200);
  set_policy(kProtocolDash, kNoDynamicEncryption);
  CHECK(site.error("plain.mp4") == "403 MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(site.error("clip.ism/Manifest") == "403 MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(site.error("clip.ism/Manifest(format=m3u8-aapl)") == "403 MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(site.error("clip.ism/QualityLevels(1)/Fragments(video=0,format=m3u8-aapl)") == "403 MPE_OUTPUT_FORMAT_BLOCKED");
  CHECK(site.error("clip.ism/Manifest(format=mpd-time-csf)") != "403 MPE_OUTPUT_FORMAT_BLOCKED");
  set_policy(kProtocolAll, kDynamicEnvelopeEncryption);
  CHECK(site.error("plain.mp4") == "415 MPE_ENCRYPTION_NOT_SUPPORTED");
  CHECK(site.error("clip.ism/Manifest(format=mpd-time-csf)") == "415 MPE_ENCRYPTION_NOT_SUPPORTED");
  set_policy(kProtocolAll, kNoDynamicEncryption);
  CHECK(site.get("plain.mp4").status == 200);
}
