// ContentKeyAuthorizationPolicy: who may have a key is what any of its linked options says (api.md 5.6,
// protection.md 8.1).
#pragma once

#include "schema/model/edm.hpp"

#include <string>

namespace lazulite {

struct ContentKeyAuthorizationPolicy {
  std::string id, name;
};

inline constexpr model::Property kContentKeyAuthorizationPolicyProperties[] = {
    model::property<&ContentKeyAuthorizationPolicy::id>("Id", model::kKey | model::kServerSet),
    model::property<&ContentKeyAuthorizationPolicy::name>("Name", model::kRequired | model::kIndexed),
};
inline constexpr model::Navigation kContentKeyAuthorizationPolicyNavigations[] = {
    model::linked("Options", "ContentKeyAuthorizationPolicyOptions", true),
};
inline constexpr model::EntityType kContentKeyAuthorizationPolicy{"ContentKeyAuthorizationPolicy",
                                                                  "ContentKeyAuthorizationPolicies",
                                                                  "nb:ckpid:UUID:",
                                                                  kContentKeyAuthorizationPolicyProperties,
                                                                  kContentKeyAuthorizationPolicyNavigations,
                                                                  model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kContentKeyAuthorizationPolicy));
constexpr const model::EntityType& entity_type(const ContentKeyAuthorizationPolicy*) {
  return kContentKeyAuthorizationPolicy;
}

}  // namespace lazulite
