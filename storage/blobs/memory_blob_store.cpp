#include "storage/blobs/memory_blob_store.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/blobs/block_number.hpp"
#include "storage/blobs/conditions.hpp"
#include "storage/blobs/listing.hpp"
#include "storage/blobs/names.hpp"

#include <algorithm>
#include <sys/mman.h>

namespace lazulite::blobs {
namespace {

Result<Md5Digest> checked_md5(std::string_view bytes, const std::optional<std::string>& expected) {
  const auto digest = md5(as_bytes(bytes));
  if (expected && *expected != as_text(digest))
    return fail_with(ErrorCode::kInvalidArgument, "Md5Mismatch", "the MD5 does not match");
  return digest;
}

}  // namespace

class MemoryBlobWriter final : public BlobWriter {
 public:
  MemoryBlobWriter(MemoryBlobStore& store, BlobRef ref, BlobHeaders headers, Conditions conditions)
      : store_(store), ref_(std::move(ref)), headers_(std::move(headers)), conditions_(std::move(conditions)) {}

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    bytes_ += as_text(bytes);
    return {};
  }

  Result<BlobProperties> commit(std::optional<std::string> expected_md5) override {
    LAZULITE_TRY(const auto digest, checked_md5(bytes_, expected_md5));
    if (headers_.content_md5.empty()) headers_.content_md5 = base64_encode(digest);
    const std::scoped_lock guard{store_.mutex_};
    MemoryBlobStore::Blob blob;
    blob.bytes = std::move(bytes_);
    blob.properties.headers = std::move(headers_);
    return store_.replace(ref_, std::move(blob), conditions_);
  }

 private:
  MemoryBlobStore& store_;
  BlobRef ref_;
  BlobHeaders headers_;
  Conditions conditions_;
  std::string bytes_;
};

class MemoryBlockWriter final : public BlobWriter {
 public:
  MemoryBlockWriter(MemoryBlobStore& store, BlobRef ref, std::string id)
      : store_(store), ref_(std::move(ref)), id_(std::move(id)) {}

  void expect(std::uint64_t size) override { limit_ = size; }

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    if (limit_ && bytes.size() > *limit_ - bytes_.size()) {
      return fail(ErrorCode::kInvalidArgument, "more than the announced {} bytes", *limit_);
    }
    bytes_ += as_text(bytes);
    return {};
  }

  Result<BlobProperties> commit(std::optional<std::string> expected_md5) override {
    LAZULITE_TRY(const auto digest, checked_md5(bytes_, expected_md5));
    BlobProperties properties;
    properties.size = bytes_.size();
    properties.headers.content_md5 = base64_encode(digest);
    const std::scoped_lock guard{store_.mutex_};
    LAZULITE_CHECK(store_.add_block(ref_, {id_, std::move(bytes_)}));
    return properties;
  }

 private:
  MemoryBlobStore& store_;
  BlobRef ref_;
  std::string id_, bytes_;
  std::optional<std::uint64_t> limit_;
};

MemoryBlobStore::~MemoryBlobStore() {
  std::error_code ignored;  // a test's left-overs in the temporary folder
  for (const auto& folder : work_folders_) std::filesystem::remove_all(folder, ignored);
}

// ---- with the mutex held
// ----------------------------------------------------------------------------------------------------------

Result<MemoryBlobStore::Container*> MemoryBlobStore::find(const ContainerRef& ref) {
  LAZULITE_CHECK(check_container(ref));
  const auto found = containers_.find({ref.account, ref.container});
  if (found == containers_.end())
    return fail_with(ErrorCode::kNotFound, "ContainerNotFound", "there is no container {}", ref.container);
  return &found->second;
}

Result<MemoryBlobStore::Blob*> MemoryBlobStore::find(const BlobRef& ref) {
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_TRY(auto* container, find(ref.container));
  const auto found = container->blobs.find(ref.name);
  if (found == container->blobs.end())
    return fail_with(ErrorCode::kNotFound, "BlobNotFound", "there is no blob {}", ref.name);
  return &found->second;
}

Result<BlobProperties> MemoryBlobStore::replace(const BlobRef& ref, Blob with, const Conditions& conditions) {
  LAZULITE_TRY(auto* container, find(ref.container));
  const auto existing = container->blobs.find(ref.name);
  LAZULITE_CHECK(check_write(conditions, existing == container->blobs.end() ? nullptr : &existing->second.properties));
  const auto stamp = stamps_.next();
  with.properties.size = with.bytes.size();
  with.properties.etag = stamp.etag();
  with.properties.created = with.properties.last_modified = stamp.time;
  container->uncommitted.erase(ref.name);
  return (container->blobs[ref.name] = std::move(with)).properties;
}

Result<void> MemoryBlobStore::check_id(const BlobRef& ref, const std::string& id) {
  LAZULITE_CHECK(check_block_id(id));
  LAZULITE_TRY(auto* container, find(ref.container));
  const auto staged = container->uncommitted.find(ref.name);
  if (staged != container->uncommitted.end() && staged->second.front().id.size() != id.size()) {
    return fail_with(ErrorCode::kInvalidArgument, "InvalidBlobOrBlock", "all block ids of a blob must be equally long");
  }
  return {};
}

Result<void> MemoryBlobStore::add_block(const BlobRef& ref, Block block) {
  LAZULITE_CHECK(check_id(ref, block.id));
  LAZULITE_TRY(auto* container, find(ref.container));
  auto& blocks = container->uncommitted[ref.name];
  std::erase_if(blocks, [&](const Block& other) { return other.id == block.id; });
  blocks.push_back(std::move(block));
  return {};
}

// ---- containers
// -------------------------------------------------------------------------------------------------------------------

Result<ContainerProperties> MemoryBlobStore::create_container(const ContainerRef& ref) {
  LAZULITE_CHECK(check_container(ref));
  const std::scoped_lock guard{mutex_};
  const auto [entry, is_new] = containers_.try_emplace({ref.account, ref.container});
  if (!is_new)
    return fail_with(ErrorCode::kConflict, "ContainerAlreadyExists", "the container {} exists already", ref.container);
  const auto stamp = stamps_.next();
  entry->second.properties.etag = stamp.etag();
  entry->second.properties.last_modified = stamp.time;
  return entry->second.properties;
}

Result<void> MemoryBlobStore::delete_container(const ContainerRef& ref) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_CHECK(find(ref));
  containers_.erase({ref.account, ref.container});
  return {};
}

Result<ContainerProperties> MemoryBlobStore::container_properties(const ContainerRef& ref) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(const auto* container, find(ref));
  return container->properties;
}

Result<ContainerProperties> MemoryBlobStore::set_container_properties(const ContainerRef& ref,
                                                                      ContainerProperties properties,
                                                                      Conditions conditions) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(auto* container, find(ref));
  LAZULITE_CHECK(check_write(conditions, container->properties));
  const auto stamp = stamps_.next();
  properties.etag = stamp.etag();
  properties.last_modified = stamp.time;
  return container->properties = std::move(properties);
}

Result<std::vector<std::string>> MemoryBlobStore::list_containers(const std::string& account) {
  const std::scoped_lock guard{mutex_};
  std::vector<std::string> out;
  for (const auto& [key, container] : containers_) {
    if (key.first == account) out.push_back(key.second);
  }
  return out;
}

Result<std::string> MemoryBlobStore::service_document(const std::string& account) {
  LAZULITE_CHECK(check_container({account, "$root"}));
  const std::scoped_lock guard{mutex_};
  return services_[account];
}

Result<void> MemoryBlobStore::set_service_document(const std::string& account, std::string text) {
  LAZULITE_CHECK(check_container({account, "$root"}));
  const std::scoped_lock guard{mutex_};
  services_[account] = std::move(text);
  return {};
}

// ---- blobs
// ------------------------------------------------------------------------------------------------------------------------

Result<BlobProperties> MemoryBlobStore::properties(const BlobRef& ref) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(const auto* blob, find(ref));
  return blob->properties;
}

Result<BlobFile> MemoryBlobStore::open(const BlobRef& ref) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(const auto* blob, find(ref));
  BlobFile out{files::FileDescriptor{::memfd_create("blob", MFD_CLOEXEC)}, blob->properties};
  if (!out.file) return files::io_error("create", "a memory file");
  LAZULITE_CHECK(files::write_all(out.file, as_bytes(blob->bytes), 0));
  return out;
}

Result<ListPage> MemoryBlobStore::list(const ContainerRef& ref, const ListQuery& query) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(const auto* container, find(ref));
  PageCollector page{query};
  for (const auto& [name, blob] : container->blobs) page.add(name);
  for (const auto& [name, blocks] : container->uncommitted) {
    if (query.uncommitted && !container->blobs.contains(name)) page.add(name, true);
  }
  return page.finish([&](const std::string& name) { return std::optional{container->blobs.at(name).properties}; });
}

Result<std::unique_ptr<BlobWriter>> MemoryBlobStore::put_blob(const BlobRef& ref, BlobHeaders headers,
                                                              Conditions conditions) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_TRY(const auto* container, find(ref.container));
  const auto existing = container->blobs.find(ref.name);
  LAZULITE_CHECK(check_write(conditions, existing == container->blobs.end() ? nullptr : &existing->second.properties));
  return std::unique_ptr<BlobWriter>{
      std::make_unique<MemoryBlobWriter>(*this, ref, std::move(headers), std::move(conditions))};
}

Result<std::unique_ptr<BlobWriter>> MemoryBlobStore::put_block(const BlobRef& ref, const std::string& block_id) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_CHECK(check_id(ref, block_id));
  return std::unique_ptr<BlobWriter>{std::make_unique<MemoryBlockWriter>(*this, ref, block_id)};
}

Result<BlobProperties> MemoryBlobStore::put_block_list(const BlobRef& ref, const std::vector<BlockReference>& blocks,
                                                       BlobHeaders headers, Conditions conditions) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_TRY(const auto* container, find(ref.container));
  std::unordered_map<std::string, std::string_view> fresh, old;
  if (const auto staged = container->uncommitted.find(ref.name); staged != container->uncommitted.end()) {
    for (const auto& block : staged->second) fresh[block.id] = block.bytes;
  }
  if (const auto blob = container->blobs.find(ref.name); blob != container->blobs.end()) {
    std::string_view rest = blob->second.bytes;
    for (const auto& block : blob->second.blocks) {
      old.try_emplace(block.id, rest.substr(0, block.size));
      rest.remove_prefix(block.size);
    }
  }
  Blob with;
  with.properties.headers = std::move(headers);
  for (const auto& block : blocks) {
    const auto staged = block.source == BlockSource::kCommitted ? fresh.end() : fresh.find(block.id);
    const auto committed = block.source == BlockSource::kUncommitted ? old.end() : old.find(block.id);
    if (staged == fresh.end() && committed == old.end()) {
      return fail_with(ErrorCode::kInvalidArgument, "InvalidBlockList", "the block {} is unknown", block.id);
    }
    const auto bytes = staged != fresh.end() ? staged->second : committed->second;
    with.bytes += bytes;
    with.blocks.push_back({block.id, bytes.size()});
  }
  return replace(ref, std::move(with), conditions);
}

Result<BlockLists> MemoryBlobStore::block_lists(const BlobRef& ref) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_TRY(const auto* container, find(ref.container));
  BlockLists out;
  if (const auto staged = container->uncommitted.find(ref.name); staged != container->uncommitted.end()) {
    for (const auto& block : staged->second) out.uncommitted.push_back({block.id, block.bytes.size()});
  }
  if (const auto blob = container->blobs.find(ref.name); blob != container->blobs.end()) {
    out.committed = blob->second.blocks;
    out.blob = blob->second.properties;
  } else if (out.uncommitted.empty()) {
    return fail_with(ErrorCode::kNotFound, "BlobNotFound", "there is no blob {}", ref.name);
  }
  return out;
}

Result<BlobProperties> MemoryBlobStore::set_headers(const BlobRef& ref, BlobHeaders headers, Conditions conditions) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(auto* blob, find(ref));
  LAZULITE_CHECK(check_write(conditions, &blob->properties));
  const auto stamp = stamps_.next();
  blob->properties.headers = std::move(headers);
  blob->properties.etag = stamp.etag();
  blob->properties.last_modified = stamp.time;
  return blob->properties;
}

Result<void> MemoryBlobStore::remove(const BlobRef& ref, Conditions conditions) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(const auto* blob, find(ref));
  LAZULITE_CHECK(check_write(conditions, &blob->properties));
  LAZULITE_TRY(auto* container, find(ref.container));
  container->blobs.erase(ref.name);
  container->uncommitted.erase(ref.name);
  return {};
}

Result<BlobProperties> MemoryBlobStore::copy(const CopyRequest& request, const BlobRef& ref, Conditions conditions) {
  const std::scoped_lock guard{mutex_};
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_CHECK(find(ref.container));
  LAZULITE_TRY(const auto* source, find(request.source));
  LAZULITE_CHECK(check_source(request, source->properties));
  Blob with = *source;
  with.properties.headers = headers_of_copy(request, source->properties);
  with.properties.copy = state_of_copy(request, with.bytes.size(), stamps_.now());
  return replace(ref, std::move(with), conditions);
}

Result<std::filesystem::path> MemoryBlobStore::make_work_folder() {
  std::error_code error;
  auto path = std::filesystem::temp_directory_path(error) / ("lazulite-work-" + Uuid::random().text());
  if (!error) std::filesystem::create_directory(path, error);
  if (error) return fail(ErrorCode::kIo, "cannot make {}: {}", path.string(), error.message());
  const std::scoped_lock guard{mutex_};
  work_folders_.push_back(path);
  return path;
}

Result<BlobProperties> MemoryBlobStore::adopt(const BlobRef& ref, const std::filesystem::path& file,
                                              BlobHeaders headers) {
  LAZULITE_CHECK(check_blob(ref));
  constexpr std::uint64_t kLimit = 4ULL << 30U;
  Blob with;
  LAZULITE_TRY(with.bytes, files::read_file(file, kLimit));
  with.properties.headers = std::move(headers);
  const std::scoped_lock guard{mutex_};
  LAZULITE_TRY(auto properties, replace(ref, std::move(with), {}));
  std::error_code ignored;  // the bytes are ours now; a file that stays is the folder's to remove
  std::filesystem::remove(file, ignored);
  return properties;
}

}  // namespace lazulite::blobs
