// What the delivery policies of an asset say to one request (protection.md 7.3 and 7.4). Pure.
#pragma once

#include "packager/formats/format.hpp"
#include "schema/entities/asset_delivery_policy.hpp"
#include "server/stream/delivery_rules.hpp"

#include <string_view>

namespace lazulite::stream {

// The AssetDeliveryProtocol flag of a format; 0, which no policy has, for one without.
std::int32_t protocol_of(const packager::StreamingFormat& format);

// The asset may be delivered by this protocol, in the clear. `encryption`: what the URL asks for, in lower case, or
// empty. Forbidden MPE_OUTPUT_FORMAT_BLOCKED, MPE_ENC_ENCRYPTION_REQUIRED,
// MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY; InvalidArgument MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL; Unsupported
// MPE_ENCRYPTION_NOT_SUPPORTED for all that would have to be encrypted, or is protected otherwise than by storage
// encryption: it is never served in the clear instead.
Result<void> require_clear_delivery(const DeliveryRules& rules, std::int32_t protocol, std::string_view encryption);

}  // namespace lazulite::stream
