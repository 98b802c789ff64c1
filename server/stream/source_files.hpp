// SourceFiles opens the blobs of published assets as clear bytes. A file of a storage-encrypted asset is decrypted when
// it is first wanted, into a file without a name that takes as much room on the disk; the latest ones are kept, and
// whoever has one open keeps it. Thread-safe; blocks (run it on the `disk` pool). The store outlives it.
#pragma once

#include "schema/base/counter_cipher.hpp"
#include "server/stream/delivery_rules.hpp"
#include "storage/blobs/blob_store.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace lazulite::stream {

using OpenStorageKey = std::function<Result<StorageKey>(std::string_view account, const ContentKey& row)>;

class SourceFiles {
 public:
  SourceFiles(blobs::BlobStore& blobs, OpenStorageKey open_key) : blobs_(blobs), open_key_(std::move(open_key)) {}

  // NotFound when the blob is gone; Unsupported MPE_ENCRYPTION_NOT_SUPPORTED for a file that cannot be decrypted.
  Result<blobs::BlobFile> open(const DeliveryRules& rules, const DeliveryFile& file);

 private:
  struct Clear {
    std::string key;
    files::FileDescriptor file;
  };
  [[nodiscard]] Result<files::FileDescriptor> decrypted(const DeliveryRules& rules, const DeliveryFile& file,
                                                        const files::FileDescriptor& source, const std::string& key);

  blobs::BlobStore& blobs_;
  const OpenStorageKey open_key_;
  std::mutex mutex_;         // held while one file is decrypted: others of the same wait for it
  std::list<Clear> latest_;  // the one used last first
};

}  // namespace lazulite::stream
