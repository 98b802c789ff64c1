// The KeyDeliveryConfiguration and Requirements of authorization policy options: are they what licence and key delivery
// can work with (protection.md 8.3, 9.1 to 9.3)? Pure functions over foreign text; what is valid is stored as it was
// sent.
#pragma once

#include "schema/base/result.hpp"
#include "schema/entities/content_key_authorization_policy_option.hpp"

#include <string_view>

namespace lazulite::keys {

// InvalidArgument says what is wrong with the configuration of a delivery type; empty text is a type's defaults, where
// it has any.
Result<void> check_key_delivery_configuration(KeyDeliveryType type, std::string_view configuration);

// InvalidArgument for a restriction that no request could ever meet.
Result<void> check_key_restriction(KeyRestrictionType type, std::string_view requirements);

Result<void> check_play_ready_template(std::string_view xml);  // PlayReadyLicenseResponseTemplate
Result<void> check_widevine_template(std::string_view json);   // {} is the defaults
Result<void> check_fair_play_configuration(std::string_view json);

}  // namespace lazulite::keys
