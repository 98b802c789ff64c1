#include "storage/blobs/file_blob_store.hpp"

#include "schema/base/ids.hpp"
#include "storage/blobs/block_number.hpp"
#include "storage/blobs/conditions.hpp"
#include "storage/blobs/file_blob_writers.hpp"
#include "storage/blobs/listing.hpp"
#include "storage/blobs/names.hpp"
#include "storage/blobs/sweep.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lazulite::blobs {
namespace {

namespace fs = std::filesystem;

constexpr int kOpenAttempts = 8;  // a blob that is replaced between reading its index and opening its data is read anew

Error name_not_found(const ContainerRef& ref) {
  return fail_with(ErrorCode::kNotFound, "ContainerNotFound", "there is no container {}", ref.container);
}

}  // namespace

Result<std::unique_ptr<FileBlobStore>> FileBlobStore::open(const fs::path& root, const Clock& clock) {
  std::error_code error;
  for (const auto& folder : {root, root / ".trash", root / ".work", root / kServiceFolder}) {
    fs::create_directories(folder, error);
    if (error) return fail(ErrorCode::kIo, "cannot make {}: {}", folder.string(), error.message());
  }
  std::unique_ptr<FileBlobStore> store{new FileBlobStore{root, clock}};
  LAZULITE_TRY(store->root_lock_, files::create_file(root / ".lock"));
  if (::flock(store->root_lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict, "{} is in use by another process", root.string());
  }
  LAZULITE_CHECK(sweep(root));
  LAZULITE_CHECK(store->drop_stale_blocks());
  return store;
}

std::vector<FileBlobStore::Target> FileBlobStore::blobs_with_blocks(const fs::path& root) {
  const auto names = [](const fs::path& folder) {
    auto found = files::names_in(folder);
    return found ? std::move(*found) : std::vector<std::string>{};
  };
  std::vector<Target> out;
  for (const auto& account : names(root)) {
    if (account.front() == '.') continue;
    for (const auto& container : names(root / account)) {
      const ContainerFolder folder{root / account / container};
      for (auto& key : names(folder.blocks_folder())) out.push_back({folder, std::move(key)});
    }
  }
  return out;
}

// ---- locks and uncommitted blocks
// -------------------------------------------------------------------------------------------------

FileBlobStore::Target FileBlobStore::target(const BlobRef& ref) const {
  return {ContainerFolder{root_, ref.container}, file_key(ref.name)};
}

std::shared_mutex& FileBlobStore::container_lock(const ContainerFolder& folder) {
  return container_locks_[std::hash<std::string>{}(folder.path().native()) % container_locks_.size()];
}

FileBlobStore::Locked FileBlobStore::lock(const Target& target) {
  Locked locks;
  locks.container = std::shared_lock{container_lock(target.folder)};
  const auto hash = std::hash<std::string>{}(target.folder.blocks_path(target.key).native());
  locks.blob = std::unique_lock{blob_locks_[hash % blob_locks_.size()]};
  return locks;
}

Result<FileBlobStore::StagingUse> FileBlobStore::staging(const Target& target) {
  const auto path = target.folder.blocks_path(target.key);
  {
    const std::scoped_lock guard{stagings_mutex_};
    if (const auto found = stagings_.find(path.native()); found != stagings_.end())
      return StagingUse{*this, found->second};
  }
  LAZULITE_TRY(const auto record, target.folder.find(target.key));
  LAZULITE_TRY(auto loaded, BlockStaging::load(path, record ? record->sequence : 0));
  const std::scoped_lock guard{stagings_mutex_};
  stagings_[path.native()] = loaded;
  return StagingUse{*this, std::move(loaded)};
}

void FileBlobStore::drop_staging_if_idle(const BlockStaging& staging) {
  if (!staging.idle()) return;
  const std::scoped_lock guard{stagings_mutex_};
  const auto found = stagings_.find(staging.folder().native());
  if (found == stagings_.end() || found->second.get() != &staging) return;
  const auto keep = std::move(found->second);  // the caller's reference stays valid until the end
  stagings_.erase(found);
  keep->clear();
}

bool FileBlobStore::is_current(const std::shared_ptr<BlockStaging>& staging) {
  const std::scoped_lock guard{stagings_mutex_};
  const auto found = stagings_.find(staging->folder().native());
  return found != stagings_.end() && found->second == staging;
}

Result<void> FileBlobStore::drop_stale_blocks(std::chrono::hours age) {
  const auto oldest = fs::file_time_type::clock::now() - age;
  for (const auto& target : blobs_with_blocks(root_)) {
    const auto locks = lock(target);
    std::error_code error;
    if (!target.folder.exists()) continue;
    LAZULITE_TRY(const auto staged, staging(target));
    const auto last_change = fs::last_write_time(staged->folder() / kJournalFile, error);
    if (!error && last_change < oldest) staged->clear();
  }
  return {};
}

// ---- containers
// -------------------------------------------------------------------------------------------------------------------

Result<ContainerProperties> FileBlobStore::create_container(const ContainerRef& ref) {
  LAZULITE_CHECK(check_container(ref));
  const ContainerFolder folder{root_, ref};
  const std::unique_lock guard{container_lock(folder)};
  if (folder.exists())
    return fail_with(ErrorCode::kConflict, "ContainerAlreadyExists", "the container {} exists already", ref.container);
  LAZULITE_CHECK(folder.make());
  const auto stamp = stamps_.next();
  ContainerProperties properties;
  properties.etag = stamp.etag();
  properties.last_modified = stamp.time;
  LAZULITE_CHECK(folder.write_properties(properties));
  return properties;
}

Result<void> FileBlobStore::delete_container(const ContainerRef& ref) {
  LAZULITE_CHECK(check_container(ref));
  const ContainerFolder folder{root_, ref};
  const auto trash = root_ / ".trash" / Uuid::random().text();
  {
    const std::unique_lock guard{container_lock(folder)};
    if (!folder.exists()) return name_not_found(ref);
    if (::rename(folder.path().c_str(), trash.c_str()) != 0) return files::io_error("delete", folder.path());
    const std::scoped_lock table{stagings_mutex_};
    std::erase_if(stagings_, [&](const auto& entry) { return entry.first.starts_with(folder.path().native() + "/"); });
  }
  LAZULITE_CHECK(files::flush_directory(folder.path().parent_path()));
  std::error_code error;
  fs::remove_all(trash, error);  // what stays goes with the next start's sweep
  return {};
}

Result<ContainerProperties> FileBlobStore::container_properties(const ContainerRef& ref) {
  LAZULITE_CHECK(check_container(ref));
  return ContainerFolder{root_, ref}.read_properties();
}

Result<ContainerProperties> FileBlobStore::set_container_properties(const ContainerRef& ref,
                                                                    ContainerProperties properties,
                                                                    Conditions conditions) {
  LAZULITE_CHECK(check_container(ref));
  const ContainerFolder folder{root_, ref};
  const std::unique_lock guard{container_lock(folder)};
  LAZULITE_TRY(const auto current, folder.read_properties());
  LAZULITE_CHECK(check_write(conditions, current));
  const auto stamp = stamps_.next();
  properties.etag = stamp.etag();
  properties.last_modified = stamp.time;
  LAZULITE_CHECK(folder.write_properties(properties));
  return properties;
}

Result<std::vector<std::string>> FileBlobStore::list_containers(const std::string& account) {
  LAZULITE_CHECK(check_container({account, "$root"}));
  auto names = files::names_in(root_ / account);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<std::string>{};
  if (!names) return names.error();
  std::erase_if(*names, [&](const std::string& name) { return !ContainerFolder{root_ / account / name}.exists(); });
  std::sort(names->begin(), names->end());
  return names;
}

// ---- accounts
// ---------------------------------------------------------------------------------------------------------------------

fs::path FileBlobStore::service_path(const std::string& account) const { return root_ / kServiceFolder / account; }

Result<std::string> FileBlobStore::service_document(const std::string& account) {
  LAZULITE_CHECK(check_container({account, "$root"}));
  auto text = files::read_file(service_path(account));
  if (!text && text.error().code == ErrorCode::kNotFound) return std::string{};
  return text;
}

Result<void> FileBlobStore::set_service_document(const std::string& account, std::string text) {
  LAZULITE_CHECK(check_container({account, "$root"}));
  const std::scoped_lock guard{services_mutex_};
  return files::write_file_durably(service_path(account), text);
}

// ---- reading
// ----------------------------------------------------------------------------------------------------------------------

Result<BlobProperties> FileBlobStore::properties(const BlobRef& ref) {
  LAZULITE_CHECK(check_blob(ref));
  const auto where = target(ref);
  LAZULITE_TRY(auto record, where.folder.read(where.key));
  return std::move(record.properties);
}

Result<BlobFile> FileBlobStore::open(const BlobRef& ref) {
  LAZULITE_CHECK(check_blob(ref));
  const auto where = target(ref);
  for (int attempt = 0;; ++attempt) {
    LAZULITE_TRY(auto record, where.folder.read(where.key));
    auto file = files::open_for_reading(where.folder.data_path(where.key, record.data));
    if (file) return BlobFile{std::move(*file), std::move(record.properties)};
    if (attempt == kOpenAttempts)
      return fail(ErrorCode::kIo, "the data of {} cannot be opened: {}", ref.name, file.error().message);
  }
}

Result<ListPage> FileBlobStore::list(const ContainerRef& ref, const ListQuery& query) {
  LAZULITE_CHECK(check_container(ref));
  const ContainerFolder folder{root_, ref};
  PageCollector page{query};
  LAZULITE_CHECK(folder.for_each_blob([&](const std::string& name) { page.add(name); }));
  if (query.uncommitted) LAZULITE_CHECK(folder.for_each_uncommitted([&](const auto& name) { page.add(name, true); }));
  return page.finish([&](const std::string& name) -> std::optional<BlobProperties> {
    auto record = folder.read(file_key(name));
    if (!record) return std::nullopt;
    return std::move(record->properties);
  });
}

Result<BlockLists> FileBlobStore::block_lists(const BlobRef& ref) {
  LAZULITE_CHECK(check_blob(ref));
  const auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_TRY(auto record, where.folder.find(where.key));
  LAZULITE_TRY(const auto staged, staging(where));
  BlockLists out;
  out.uncommitted = staged->entries();
  if (record) {
    LAZULITE_TRY(out.committed, where.folder.read_blocks(where.key));
    out.blob = std::move(record->properties);
  } else if (out.uncommitted.empty()) {
    return fail_with(ErrorCode::kNotFound, "BlobNotFound", "there is no blob {}", ref.name);
  }
  return out;
}

// ---- writing
// ----------------------------------------------------------------------------------------------------------------------

Result<BlobProperties> FileBlobStore::replace(const Target& target, const BlobRef& ref, Replacement with,
                                              const Conditions& conditions) {
  LAZULITE_TRY(const auto existing, target.folder.find(target.key));
  LAZULITE_CHECK(check_write(conditions, existing ? &existing->properties : nullptr));
  LAZULITE_TRY(const auto staged, staging(target));
  const auto stamp = stamps_.next(std::max(staged->last_sequence(), existing ? existing->sequence : 0));
  IndexRecord record{ref.name, with.data, stamp.sequence, {}};
  record.properties = {with.size, stamp.etag(), stamp.time, stamp.time, std::move(with.headers), std::move(with.copy)};
  LAZULITE_CHECK(files::flush_directory(target.folder.data_folder()));
  LAZULITE_CHECK(target.folder.publish(target.key, record, with.blocks));
  if (existing) ::unlink(target.folder.data_path(target.key, existing->data).c_str());
  staged->clear();
  return std::move(record.properties);
}

Result<std::unique_ptr<BlobWriter>> FileBlobStore::put_blob(const BlobRef& ref, BlobHeaders headers,
                                                            Conditions conditions) {
  LAZULITE_CHECK(check_blob(ref));
  auto writer = std::make_unique<FileBlobWriter>(*this, ref, std::move(headers), std::move(conditions));
  LAZULITE_CHECK(writer->start());
  return std::unique_ptr<BlobWriter>{std::move(writer)};
}

Result<std::unique_ptr<BlobWriter>> FileBlobStore::put_block(const BlobRef& ref, const std::string& block_id) {
  LAZULITE_CHECK(check_blob(ref));
  auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_CHECK(where.folder.require());
  LAZULITE_TRY(const auto staged, staging(where));
  LAZULITE_CHECK(staged->check_id(block_id));
  LAZULITE_CHECK(staged->check_room(block_id));
  return std::unique_ptr<BlobWriter>{std::make_unique<FileBlockWriter>(*this, std::move(where), block_id)};
}

// Where the named blocks' bytes are now; their ids and sizes become the committed list.
Result<std::vector<BlockBytes>> FileBlobStore::locate_blocks(const Target& target, BlockStaging& staged,
                                                             const std::vector<BlockReference>& blocks,
                                                             std::vector<BlockEntry>& entries) {
  std::unordered_map<std::string, BlockBytes> committed;
  LAZULITE_TRY(const auto record, target.folder.find(target.key));
  if (record) {
    LAZULITE_TRY(const auto list, target.folder.read_blocks(target.key));
    std::uint64_t offset = 0;
    for (const auto& block : list) {
      committed.try_emplace(block.id,
                            BlockBytes{target.folder.data_path(target.key, record->data), offset, block.size});
      offset += block.size;
    }
  }
  std::vector<BlockBytes> out;
  for (const auto& block : blocks) {
    const auto* fresh = block.source == BlockSource::kCommitted ? nullptr : staged.find(block.id);
    const auto old = block.source == BlockSource::kUncommitted ? committed.end() : committed.find(block.id);
    if (fresh != nullptr) {
      out.push_back({staged.folder() / fresh->file, fresh->offset, fresh->size});
    } else if (old != committed.end()) {
      out.push_back(old->second);
    } else {
      return fail_with(ErrorCode::kInvalidArgument, "InvalidBlockList", "the block {} is unknown", block.id);
    }
    entries.push_back({block.id, out.back().size});
  }
  return out;
}

}  // namespace lazulite::blobs
