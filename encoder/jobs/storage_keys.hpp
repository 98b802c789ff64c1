// Storage encryption of the assets that tasks read and write (accounts-storage.md C.6): the ways of their files into
// the clear and out of it. Rows keep keys sealed; whoever starts the tasks can open them.
#pragma once

#include "encoder/jobs/output_assets.hpp"
#include "schema/base/counter_cipher.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/content_key.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

// What the owner of the master key does for tasks. Thread-safe.
struct StorageKeys {
  // The key of a row. InvalidArgument when it is sealed otherwise or has another length.
  std::function<Result<StorageKey>(std::string_view account, const ContentKey& row)> open;
  // A new row with a random key and a new id.
  std::function<Result<ContentKey>(std::string_view account)> make;
};

// How to open the clear bytes of an encrypted file. They are decrypted at the first call, and kept until the function
// goes. InvalidArgument when its row tells another scheme or no vector. `store` outlives the function.
Result<std::function<Result<files::FileDescriptor>()>> open_decrypted(blobs::BlobStore& store, blobs::BlobRef ref,
                                                                      const AssetFile& file, const StorageKey& key);

// The keys under which one task stores its files, as far as their assets are storage-encrypted.
class OutputKeys {
 public:
  // Makes a key for each such asset. `keys` outlives the result.
  static Result<OutputKeys> make(const StorageKeys& keys, std::string_view account,
                                 const std::vector<OutgoingFile>& files);
  // In Database::write: an asset that has a key already keeps it, the others get the new one.
  Result<void> keep(rows::Session& session);
  // Encrypts a finished file where it is, under a vector of its own, and notes that; nothing for a clear asset.
  [[nodiscard]] Result<void> encrypt(OutgoingFile& file) const;

 private:
  OutputKeys(const StorageKeys& keys, std::string_view account) : keys_(&keys), account_(account) {}

  const StorageKeys* keys_;
  std::string account_;
  std::map<std::string, ContentKey> rows_;  // by asset
};

}  // namespace lazulite::encoder
