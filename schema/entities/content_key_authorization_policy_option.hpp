// ContentKeyAuthorizationPolicyOption: one way to get a key or licence, and whom it is open to (api.md 5.7).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite {

enum class KeyDeliveryType : std::int32_t {
  kNone = 0,
  kPlayReadyLicense = 1,
  kBaselineHttp = 2,
  kWidevine = 3,
  kFairPlay = 4
};
enum class KeyRestrictionType : std::int32_t { kOpen = 0, kTokenRestricted = 1, kIpRestricted = 2 };

inline constexpr std::size_t kMaxKeyTemplateBytes = 100'000;  // of a licence or token template

struct ContentKeyAuthorizationPolicyRestriction {
  std::string name;
  KeyRestrictionType key_restriction_type = KeyRestrictionType::kOpen;
  std::optional<std::string> requirements;  // TokenRestrictionTemplate XML when token restricted
};
inline constexpr model::Property kKeyRestrictionProperties[] = {
    model::property<&ContentKeyAuthorizationPolicyRestriction::name>("Name"),
    model::property<&ContentKeyAuthorizationPolicyRestriction::key_restriction_type>("KeyRestrictionType"),
    model::property<&ContentKeyAuthorizationPolicyRestriction::requirements>("Requirements")
        .limited_to(kMaxKeyTemplateBytes),
};
inline constexpr model::ComplexType kKeyRestriction{"ContentKeyAuthorizationPolicyRestriction",
                                                    kKeyRestrictionProperties};
constexpr const model::ComplexType& complex_type(const ContentKeyAuthorizationPolicyRestriction*) {
  return kKeyRestriction;
}

struct ContentKeyAuthorizationPolicyOption {
  std::string id;
  std::optional<std::string> name;
  KeyDeliveryType key_delivery_type = KeyDeliveryType::kNone;
  std::optional<std::string> key_delivery_configuration;  // licence template of the delivery type
  std::vector<ContentKeyAuthorizationPolicyRestriction> restrictions;
};

inline constexpr model::Property kContentKeyAuthorizationPolicyOptionProperties[] = {
    model::property<&ContentKeyAuthorizationPolicyOption::id>("Id", model::kKey | model::kServerSet),
    model::property<&ContentKeyAuthorizationPolicyOption::name>("Name", model::kIndexed),
    model::property<&ContentKeyAuthorizationPolicyOption::key_delivery_type>("KeyDeliveryType", model::kRequired),
    model::property<&ContentKeyAuthorizationPolicyOption::key_delivery_configuration>("KeyDeliveryConfiguration")
        .limited_to(kMaxKeyTemplateBytes),
    model::property<&ContentKeyAuthorizationPolicyOption::restrictions>("Restrictions"),
};
inline constexpr model::EntityType kContentKeyAuthorizationPolicyOption{
    "ContentKeyAuthorizationPolicyOption",
    "ContentKeyAuthorizationPolicyOptions",
    "nb:ckpoid:UUID:",
    kContentKeyAuthorizationPolicyOptionProperties,
    {},
    model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kContentKeyAuthorizationPolicyOption));
constexpr const model::EntityType& entity_type(const ContentKeyAuthorizationPolicyOption*) {
  return kContentKeyAuthorizationPolicyOption;
}

}  // namespace lazulite
