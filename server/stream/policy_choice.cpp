#include "server/stream/policy_choice.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::stream {
namespace {

using packager::StreamingProtocol;

struct ProtocolFlag {
  StreamingProtocol protocol;
  std::int32_t flag;
};
constexpr ProtocolFlag kProtocolFlags[] = {
    {StreamingProtocol::kSmooth, kProtocolSmoothStreaming},
    {StreamingProtocol::kDash, kProtocolDash},
    {StreamingProtocol::kHls, kProtocolHls},
    {StreamingProtocol::kHds, kProtocolHds},
};

// Values of encryption= in a URL (delivery.md 1.3).
struct UrlEncryption {
  std::string_view name;
  AssetDeliveryPolicyType type;
};
constexpr UrlEncryption kUrlEncryptions[] = {
    {"cbc", AssetDeliveryPolicyType::kDynamicEnvelopeEncryption},
    {"cenc", AssetDeliveryPolicyType::kDynamicCommonEncryption},
    {"piff", AssetDeliveryPolicyType::kDynamicCommonEncryption},
    {"cbcs-aapl", AssetDeliveryPolicyType::kDynamicCommonEncryptionCbcs},
};

Error blocked() {
  return fail_with(ErrorCode::kForbidden, "MPE_OUTPUT_FORMAT_BLOCKED",
                   "the delivery policies of the asset do not allow this protocol");
}
Error not_supported(std::string_view what) {
  return fail_with(ErrorCode::kUnsupported, "MPE_ENCRYPTION_NOT_SUPPORTED", "{}, which this server does not do", what);
}

using Policies = std::vector<DeliveryPolicy>;

Result<AssetDeliveryPolicyType> named_type(const Policies& policies, std::string_view encryption) {
  const auto* const named = std::find_if(std::begin(kUrlEncryptions), std::end(kUrlEncryptions),
                                         [&](const UrlEncryption& each) { return each.name == encryption; });
  const bool set = named != std::end(kUrlEncryptions) &&
                   std::any_of(policies.begin(), policies.end(),
                               [&](const DeliveryPolicy& policy) { return policy.type == named->type; });
  if (set) return named->type;
  return fail_with(ErrorCode::kForbidden, "MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY",
                   "no delivery policy of the asset sets encryption '{}'", encryption);
}

// The policies all cover the protocol.
Result<AssetDeliveryPolicyType> type_for(const Policies& policies, std::string_view encryption) {
  const bool any_blocks = std::any_of(policies.begin(), policies.end(), [](const DeliveryPolicy& policy) {
    return policy.type == AssetDeliveryPolicyType::kBlocked;
  });
  if (policies.empty() || any_blocks) return blocked();
  if (!encryption.empty()) return named_type(policies, encryption);
  if (policies.size() == 1) return policies.front().type;
  return fail_with(ErrorCode::kInvalidArgument, "MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL",
                   "the asset is delivered with several encryptions: the URL must name one by encryption=");
}

}  // namespace

std::int32_t protocol_of(const packager::StreamingFormat& format) {
  for (const auto& each : kProtocolFlags) {
    if (each.protocol == format.protocol) return each.flag;
  }
  return 0;
}

Result<void> require_clear_delivery(const DeliveryRules& rules, std::int32_t protocol, std::string_view encryption) {
  if (rules.policies.empty()) {
    if (!rules.is_encrypted) return {};
    return fail_with(ErrorCode::kForbidden, "MPE_ENC_ENCRYPTION_REQUIRED",
                     "the asset is encrypted in storage and has no delivery policy");
  }
  Policies covering;
  std::copy_if(rules.policies.begin(), rules.policies.end(), std::back_inserter(covering),
               [&](const DeliveryPolicy& policy) { return (policy.protocols & protocol) != 0; });
  LAZULITE_TRY(const auto type, type_for(covering, encryption));
  if (type != AssetDeliveryPolicyType::kNoDynamicEncryption)
    return not_supported("the delivery policy of the asset asks for encryption on delivery");
  if (rules.is_encrypted && !rules.storage_key) return not_supported("the asset must be decrypted for delivery");
  return {};
}

}  // namespace lazulite::stream
