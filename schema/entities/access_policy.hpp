// AccessPolicy, how long and for what a locator gives access (api.md 5.1).
#pragma once

#include "schema/model/edm.hpp"

#include <string>

namespace lazulite {

enum AccessPermission : std::int32_t {
  kPermissionNone = 0,
  kPermissionRead = 1,
  kPermissionWrite = 2,
  kPermissionDelete = 4,
  kPermissionList = 8
};

struct AccessPolicy {
  std::string id;
  Timestamp created{}, last_modified{};
  std::string name;
  double duration_in_minutes = 0;
  std::int32_t permissions = kPermissionNone;
};

inline constexpr model::Property kAccessPolicyProperties[] = {
    model::property<&AccessPolicy::id>("Id", model::kKey | model::kServerSet),
    model::property<&AccessPolicy::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&AccessPolicy::last_modified>("LastModified", model::kServerSet),
    model::property<&AccessPolicy::name>("Name", model::kCreateOnly | model::kRequired | model::kIndexed),
    model::property<&AccessPolicy::duration_in_minutes>("DurationInMinutes", model::kCreateOnly | model::kRequired),
    model::property<&AccessPolicy::permissions>("Permissions", model::kCreateOnly),
};
inline constexpr model::EntityType kAccessPolicy{
    "AccessPolicy", "AccessPolicies", "nb:pid:UUID:", kAccessPolicyProperties, {}, model::kCreate | model::kDelete};
static_assert(is_well_formed(kAccessPolicy));
constexpr const model::EntityType& entity_type(const AccessPolicy*) { return kAccessPolicy; }

}  // namespace lazulite
