#include "server/stream/source_files.hpp"

#include "storage/blobs/storage_encryption.hpp"

#include <algorithm>

namespace lazulite::stream {
namespace {

constexpr std::size_t kKept = 64;  // files

Error cannot_decrypt(const DeliveryFile& file, std::string_view why) {
  return fail_with(ErrorCode::kUnsupported, "MPE_ENCRYPTION_NOT_SUPPORTED", "the file '{}' cannot be decrypted: {}",
                   file.name, why);
}

}  // namespace

Result<blobs::BlobFile> SourceFiles::open(const DeliveryRules& rules, const DeliveryFile& file) {
  LAZULITE_TRY(auto blob, blobs_.open({rules.container, file.name}));
  if (!file.is_encrypted) return blob;
  const auto key = rules.container.account + '/' + rules.container.container + '/' + file.name + '/' +
                   blob.properties.etag + file.initialization_vector;
  LAZULITE_TRY(blob.file, decrypted(rules, file, blob.file, key));
  return blob;
}

Result<files::FileDescriptor> SourceFiles::decrypted(const DeliveryRules& rules, const DeliveryFile& file,
                                                     const files::FileDescriptor& source, const std::string& key) {
  const std::lock_guard lock{mutex_};
  const auto found = std::find_if(latest_.begin(), latest_.end(), [&](const Clear& each) { return each.key == key; });
  if (found != latest_.end()) {
    latest_.splice(latest_.begin(), latest_, found);
    return blobs::reopen(found->file);
  }
  if (!rules.storage_key || !open_key_) return cannot_decrypt(file, "its asset has no storage encryption key");
  const auto storage_key = open_key_(rules.account, *rules.storage_key);
  if (!storage_key) return cannot_decrypt(file, storage_key.error().message);
  const auto vector = blobs::parse_initialization_vector(file.initialization_vector);
  if (!vector) return cannot_decrypt(file, vector.error().message);
  LAZULITE_TRY(auto clear, blobs::decrypt(blobs_, source, *storage_key, *vector));
  latest_.push_front({key, std::move(clear)});
  if (latest_.size() > kKept) latest_.pop_back();
  return blobs::reopen(latest_.front().file);
}

}  // namespace lazulite::stream
