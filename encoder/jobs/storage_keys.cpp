#include "encoder/jobs/storage_keys.hpp"

#include "schema/base/crypto.hpp"
#include "schema/entities/asset.hpp"
#include "storage/blobs/storage_encryption.hpp"
#include "storage/rows/asset_keys.hpp"
#include "storage/rows/repository.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <mutex>

namespace lazulite::encoder {
namespace {

// The clear bytes, once somebody wants them.
class ClearFile {
 public:
  ClearFile(blobs::BlobStore& store, blobs::BlobRef ref, const StorageKey& key, std::uint64_t vector)
      : store_(store), ref_(std::move(ref)), key_(key), vector_(vector) {}

  Result<files::FileDescriptor> open() {
    const std::scoped_lock guard{mutex_};
    if (!clear_) {
      LAZULITE_TRY(const auto blob, store_.open(ref_));
      LAZULITE_TRY(clear_, blobs::decrypt(store_, blob.file, key_, vector_));
    }
    return blobs::reopen(clear_);
  }

 private:
  blobs::BlobStore& store_;
  const blobs::BlobRef ref_;
  const StorageKey key_;
  const std::uint64_t vector_;
  std::mutex mutex_;
  files::FileDescriptor clear_;
};

}  // namespace

Result<std::function<Result<files::FileDescriptor>()>> open_decrypted(blobs::BlobStore& store, blobs::BlobRef ref,
                                                                      const AssetFile& file, const StorageKey& key) {
  if (file.encryption_scheme.value_or("") != kStorageEncryptionScheme) {
    return fail(ErrorCode::kInvalidArgument, "the file '{}' has the EncryptionScheme '{}'", file.name,
                file.encryption_scheme.value_or(""));
  }
  LAZULITE_TRY(const auto vector, blobs::parse_initialization_vector(file.initialization_vector.value_or("")));
  auto clear = std::make_shared<ClearFile>(store, std::move(ref), key, vector);
  return std::function<Result<files::FileDescriptor>()>{[clear] { return clear->open(); }};
}

Result<OutputKeys> OutputKeys::make(const StorageKeys& keys, std::string_view account,
                                    const std::vector<OutgoingFile>& files) {
  OutputKeys out{keys, account};
  for (const auto& file : files) {
    if (file.asset.options != AssetOptions::kStorageEncrypted || out.rows_.contains(file.asset.id)) continue;
    if (!keys.make) return fail(ErrorCode::kUnsupported, "no storage encryption keys can be made here");
    LAZULITE_TRY(auto row, keys.make(account));
    out.rows_.emplace(file.asset.id, std::move(row));
  }
  return out;
}

Result<void> OutputKeys::keep(rows::Session& session) {
  for (auto& [asset, row] : rows_) {
    LAZULITE_TRY(auto present, rows::find_storage_key(session, account_, asset));
    if (present) {
      row = std::move(*present);
    } else {
      LAZULITE_CHECK(rows::insert(session, account_, row));
      LAZULITE_CHECK(rows::link(session, account_, kAsset, "ContentKeys", asset, row.id));
    }
  }
  return {};
}

Result<void> OutputKeys::encrypt(OutgoingFile& file) const {
  const auto row = rows_.find(file.asset.id);
  if (row == rows_.end()) return {};
  LAZULITE_TRY(const auto key, keys_->open(account_, row->second));
  std::array<std::uint8_t, 8> random{};
  random_bytes(random);
  std::uint64_t vector = 0;
  std::memcpy(&vector, random.data(), sizeof vector);
  LAZULITE_CHECK(blobs::encrypt_in_place(file.file.path, key, vector));
  file.encryption = FileEncryption{row->second.id, std::to_string(vector)};
  return {};
}

}  // namespace lazulite::encoder
