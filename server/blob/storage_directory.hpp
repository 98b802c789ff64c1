// Who owns a storage account and which stored access policies hold besides those in the containers' own ACLs: what the
// blob endpoint must know of the rest of the server. Both functions block and are thread-safe; the endpoint calls them
// on its disk pool.
#pragma once

#include "server/auth/sas.hpp"
#include "storage/blobs/blob_store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lazulite::blob {

struct StorageOwner {
  std::string media_account;
  std::vector<auth::AccountKey> keys;  // primary, secondary; raw bytes
};

struct StorageDirectory {
  // By the name of the storage account; nullopt when there is none.
  std::function<Result<std::optional<StorageOwner>>(const std::string& storage_account)> find_account;
  // The policy with that id on a container; nullopt when there is none.
  std::function<Result<std::optional<blobs::StoredAccessPolicy>>(const blobs::ContainerRef& container,
                                                                 const std::string& id)>
      find_policy;
};

}  // namespace lazulite::blob
