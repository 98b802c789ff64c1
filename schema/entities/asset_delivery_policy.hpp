// AssetDeliveryPolicy, by which protocols an asset is delivered, and how encrypted (api.md 5.8, protection.md 7).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

enum AssetDeliveryProtocol : std::int32_t {  // flags
  kProtocolSmoothStreaming = 1,
  kProtocolDash = 2,
  kProtocolHls = 4,
  kProtocolHds = 8,
  kProtocolProgressiveDownload = 16,
  kProtocolAll = 65535
};
enum class AssetDeliveryPolicyType : std::int32_t {
  kNone = 0,  // invalid
  kBlocked = 1,
  kNoDynamicEncryption = 2,
  kDynamicEnvelopeEncryption = 3,
  kDynamicCommonEncryption = 4,
  kDynamicCommonEncryptionCbcs = 5
};

struct AssetDeliveryPolicy {
  std::string id, name;
  std::int32_t asset_delivery_protocol = 0;
  AssetDeliveryPolicyType asset_delivery_policy_type = AssetDeliveryPolicyType::kNone;
  std::optional<std::string> asset_delivery_configuration;  // JSON as the client sent it
  Timestamp created{}, last_modified{};
  std::string envelope_iv;  // hex; the IV of envelope encryption when the configuration gives none
};

inline constexpr model::Property kAssetDeliveryPolicyProperties[] = {
    model::property<&AssetDeliveryPolicy::id>("Id", model::kKey | model::kServerSet),
    model::property<&AssetDeliveryPolicy::name>("Name", model::kRequired | model::kIndexed),
    model::property<&AssetDeliveryPolicy::asset_delivery_protocol>("AssetDeliveryProtocol", model::kRequired),
    model::property<&AssetDeliveryPolicy::asset_delivery_policy_type>("AssetDeliveryPolicyType", model::kRequired),
    model::property<&AssetDeliveryPolicy::asset_delivery_configuration>("AssetDeliveryConfiguration")
        .limited_to(100'000),
    model::property<&AssetDeliveryPolicy::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&AssetDeliveryPolicy::last_modified>("LastModified", model::kServerSet),
    model::property<&AssetDeliveryPolicy::envelope_iv>("envelope_iv", model::kInternal),
};
inline constexpr model::EntityType kAssetDeliveryPolicy{"AssetDeliveryPolicy",
                                                        "AssetDeliveryPolicies",
                                                        "nb:adpid:UUID:",
                                                        kAssetDeliveryPolicyProperties,
                                                        {},
                                                        model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kAssetDeliveryPolicy));
constexpr const model::EntityType& entity_type(const AssetDeliveryPolicy*) { return kAssetDeliveryPolicy; }

}  // namespace lazulite
