// StorageAccount, where an account's blobs are (api.md 5.18, accounts-storage.md F.1). The keys never leave the server
// by the API.
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

struct StorageAccount {
  std::string name;
  bool is_default = false;
  std::optional<std::int64_t> bytes_used;
  std::string primary_key, secondary_key;  // base64 of 64 bytes
};

inline constexpr model::Property kStorageAccountProperties[] = {
    model::property<&StorageAccount::name>("Name", model::kKey | model::kServerSet),
    model::property<&StorageAccount::is_default>("IsDefault", model::kServerSet),
    model::property<&StorageAccount::bytes_used>("BytesUsed", model::kServerSet | model::kComputed),
    model::property<&StorageAccount::primary_key>("primary_key", model::kInternal),
    model::property<&StorageAccount::secondary_key>("secondary_key", model::kInternal),
};
inline constexpr model::EntityType kStorageAccount{
    "StorageAccount", "StorageAccounts", "", kStorageAccountProperties, {}, model::kReadOnly};
static_assert(is_well_formed(kStorageAccount));
constexpr const model::EntityType& entity_type(const StorageAccount*) { return kStorageAccount; }

}  // namespace lazulite
