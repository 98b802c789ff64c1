#include "storage/rows/asset_keys.hpp"

#include "schema/entities/asset.hpp"
#include "storage/rows/repository.hpp"

namespace lazulite::rows {

Result<std::optional<ContentKey>> find_storage_key(Session& session, std::string_view account,
                                                   std::string_view asset_id) {
  ListQuery query;
  query.linked_from = &kAsset;
  query.linked_navigation = "ContentKeys";
  query.linked_key = asset_id;
  query.condition = equals(kContentKey, "ContentKeyType",
                           model::Value{static_cast<std::int64_t>(ContentKeyType::kStorageEncryption)});
  LAZULITE_TRY(auto keys, list<ContentKey>(session, account, query));
  if (keys.empty()) return std::optional<ContentKey>{};
  return std::optional{std::move(keys.front())};
}

}  // namespace lazulite::rows
