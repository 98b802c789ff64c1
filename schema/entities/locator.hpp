// Locator, the address through which an asset is uploaded to, downloaded or streamed from (api.md 5.4).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

enum class LocatorType : std::int32_t { kNone = 0, kSas = 1, kOnDemandOrigin = 2 };

struct Locator {
  std::string id;
  std::optional<std::string> name;
  Timestamp expiration_date_time{};
  LocatorType type = LocatorType::kNone;
  std::string path, base_uri, content_access_component;  // computed on read, under the base that the client used
  std::string access_policy_id, asset_id;
  std::optional<Timestamp> start_time;
  // Kept with the locator: the policy may be deleted while the locator stays valid, and a SAS check must not need a
  // second look-up.
  std::int32_t permissions = 0;
  std::string storage_account_name;
};

inline constexpr model::Property kLocatorProperties[] = {
    model::property<&Locator::id>("Id", model::kKey | model::kCreateOnly),
    model::property<&Locator::name>("Name", model::kCreateOnly),
    model::property<&Locator::expiration_date_time>("ExpirationDateTime"),
    model::property<&Locator::type>("Type", model::kCreateOnly | model::kRequired),
    model::property<&Locator::path>("Path", model::kServerSet | model::kComputed),
    model::property<&Locator::base_uri>("BaseUri", model::kServerSet | model::kComputed),
    model::property<&Locator::content_access_component>("ContentAccessComponent", model::kServerSet | model::kComputed),
    model::property<&Locator::access_policy_id>("AccessPolicyId", model::kCreateOnly | model::kIndexed),
    model::property<&Locator::asset_id>("AssetId", model::kCreateOnly | model::kIndexed),
    model::property<&Locator::start_time>("StartTime"),
    model::property<&Locator::permissions>("permissions", model::kInternal),
    model::property<&Locator::storage_account_name>("storage_account_name", model::kInternal),
};
inline constexpr model::Navigation kLocatorNavigations[] = {
    model::to_one("AccessPolicy", "AccessPolicies", "AccessPolicyId"),
    model::to_one("Asset", "Assets", "AssetId"),
};
inline constexpr model::EntityType kLocator{"Locator",           "Locators",
                                            "nb:lid:UUID:",      kLocatorProperties,
                                            kLocatorNavigations, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kLocator));
constexpr const model::EntityType& entity_type(const Locator*) { return kLocator; }

}  // namespace lazulite
