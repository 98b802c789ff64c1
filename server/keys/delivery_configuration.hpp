// AssetDeliveryConfiguration: the JSON list [{"Key": n, "Value": "text"}] of a delivery policy (protection.md 7.2).
// Pure functions over foreign text.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lazulite::keys {

enum class DeliveryKey : std::int32_t {
  kNone = 0,
  kEnvelopeKeyAcquisitionUrl = 1,
  kEnvelopeBaseKeyAcquisitionUrl = 2,
  kEnvelopeEncryptionIvAsBase64 = 3,
  kPlayReadyLicenseAcquisitionUrl = 4,
  kPlayReadyCustomAttributes = 5,
  kEnvelopeEncryptionIv = 6,
  kWidevineLicenseAcquisitionUrl = 7,
  kWidevineBaseLicenseAcquisitionUrl = 8,
  kFairPlayLicenseAcquisitionUrl = 9,
  kFairPlayBaseLicenseAcquisitionUrl = 10,
  kCommonEncryptionIvForCbcs = 11,
  kUnencryptedTracksByFourCc = 12,
  kAllowPersistentLicense = 13
};

using DeliveryConfiguration = std::map<DeliveryKey, std::string>;

// Empty text is an empty configuration. InvalidArgument for what is no such list, for an unknown or repeated key, and
// for a value that does not fit its key.
Result<DeliveryConfiguration> parse_delivery_configuration(std::string_view json);

}  // namespace lazulite::keys
