#include "server/blob/locator_policies.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/entities/access_policy.hpp"
#include "schema/entities/asset.hpp"
#include "storage/rows/directory.hpp"

#include <string>

namespace lazulite::blob {
namespace {

Result<std::optional<StorageOwner>> find_owner(rows::Database& database, const std::string& storage_account) {
  LAZULITE_TRY(const auto found,
               database.read([&](rows::Session& session) { return rows::find_storage(session, storage_account); }));
  if (!found) return std::optional<StorageOwner>{};
  StorageOwner owner{found->media_account, {}};
  for (const auto* key : {&found->account.primary_key, &found->account.secondary_key}) {
    if (key->empty()) continue;
    LAZULITE_TRY(auto bytes, base64_decode(*key));
    owner.keys.push_back(std::move(bytes));
  }
  return std::optional{std::move(owner)};
}

std::string letters_of(std::int32_t permissions) {
  std::string out;
  if ((permissions & kPermissionRead) != 0) out += 'r';
  if ((permissions & kPermissionWrite) != 0) out += 'w';
  if ((permissions & kPermissionDelete) != 0) out += 'd';
  if ((permissions & kPermissionList) != 0) out += 'l';
  return out;
}

// Start and expiry are in the locator's URL, so the policy gives permissions only.
Result<std::optional<blobs::StoredAccessPolicy>> find_locator_policy(rows::Database& database,
                                                                     const blobs::ContainerRef& container,
                                                                     const std::string& id) {
  std::optional<blobs::StoredAccessPolicy> none;
  if (!Uuid::parse(id)) return none;
  LAZULITE_TRY(const auto found,
               database.read([&](rows::Session& session) { return rows::find_locator(session, id); }));
  if (!found) return none;
  const auto& locator = found->locator;
  const bool is_here = locator.type == LocatorType::kSas && locator.storage_account_name == container.account &&
                       container.container == asset_container_name(locator.asset_id);
  if (!is_here) return none;
  return std::optional{blobs::StoredAccessPolicy{id, {}, {}, letters_of(locator.permissions)}};
}

}  // namespace

StorageDirectory make_storage_directory(rows::Database& database) {
  StorageDirectory directory;
  directory.find_account = [&database](const std::string& name) { return find_owner(database, name); };
  directory.find_policy = [&database](const blobs::ContainerRef& container, const std::string& id) {
    return find_locator_policy(database, container, id);
  };
  return directory;
}

}  // namespace lazulite::blob
