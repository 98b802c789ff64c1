// MediaAccount, who owns all other rows (accounts-storage.md A.1, B). Hidden: not an OData set; the CLI and the token
// endpoints use it.
#pragma once

#include "schema/model/edm.hpp"

#include <string>

namespace lazulite {

struct MediaAccount {
  std::string name;  // ^[a-z0-9]{3,24}$; also the `account` column of all its rows
  model::Guid account_id, subscription_id;
  std::string region;
  Timestamp created{};
  std::string primary_key, secondary_key;  // base64 of 32 bytes: the ACS client secrets
  std::string client_id, client_secret;    // the AAD application made with the account
  std::string resource_group, tags;        // of Azure Resource Manager (A.3); tags: a JSON object of texts, or empty
};

inline constexpr model::Property kMediaAccountProperties[] = {
    model::property<&MediaAccount::name>("Name", model::kKey | model::kServerSet),
    model::property<&MediaAccount::account_id>("AccountId", model::kServerSet),
    model::property<&MediaAccount::subscription_id>("SubscriptionId", model::kServerSet),
    model::property<&MediaAccount::region>("Region", model::kServerSet),
    model::property<&MediaAccount::created>("Created", model::kServerSet),
    model::property<&MediaAccount::primary_key>("primary_key", model::kInternal),
    model::property<&MediaAccount::secondary_key>("secondary_key", model::kInternal),
    model::property<&MediaAccount::client_id>("client_id", model::kInternal),
    model::property<&MediaAccount::client_secret>("client_secret", model::kInternal),
    model::property<&MediaAccount::resource_group>("resource_group", model::kInternal),
    model::property<&MediaAccount::tags>("tags", model::kInternal),
};
inline constexpr model::EntityType kMediaAccount{"MediaAccount", "MediaAccounts", "", kMediaAccountProperties, {},
                                                 model::kHidden};
static_assert(is_well_formed(kMediaAccount));
constexpr const model::EntityType& entity_type(const MediaAccount*) { return kMediaAccount; }

}  // namespace lazulite
