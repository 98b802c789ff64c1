// BlobStore in plain files under one folder; layout and crash rules are drawn in README.md. One process at a time may
// open a folder (it holds a lock on it). Thread-safe: a container's lock is shared by everything but its creation and
// deletion, a blob's lock is held while it is replaced; bytes are received and read without any lock.
#pragma once

#include "storage/blobs/block_staging.hpp"
#include "storage/blobs/container_folder.hpp"
#include "storage/blobs/data_file.hpp"
#include "storage/blobs/stamp.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace lazulite::blobs {

inline constexpr std::string_view kServiceFolder = ".services";  // one file an account: service_document()

class FileBlobStore final : public BlobStore {
 public:
  // Opens or makes the folder and removes what a crash left behind. Conflict when another process has it open. The
  // clock outlives the store.
  static Result<std::unique_ptr<FileBlobStore>> open(const std::filesystem::path& root,
                                                     const Clock& clock = system_clock());

  Result<ContainerProperties> create_container(const ContainerRef& ref) override;
  Result<void> delete_container(const ContainerRef& ref) override;
  Result<ContainerProperties> container_properties(const ContainerRef& ref) override;
  Result<ContainerProperties> set_container_properties(const ContainerRef& ref, ContainerProperties properties,
                                                       Conditions conditions) override;
  Result<std::vector<std::string>> list_containers(const std::string& account) override;
  Result<std::string> service_document(const std::string& account) override;
  Result<void> set_service_document(const std::string& account, std::string text) override;
  Result<BlobProperties> properties(const BlobRef& ref) override;
  Result<BlobFile> open(const BlobRef& ref) override;
  Result<ListPage> list(const ContainerRef& ref, const ListQuery& query) override;
  Result<std::unique_ptr<BlobWriter>> put_blob(const BlobRef& ref, BlobHeaders headers, Conditions conditions) override;
  Result<std::unique_ptr<BlobWriter>> put_block(const BlobRef& ref, const std::string& block_id) override;
  Result<BlobProperties> put_block_list(const BlobRef& ref, const std::vector<BlockReference>& blocks,
                                        BlobHeaders headers, Conditions conditions) override;
  Result<BlockLists> block_lists(const BlobRef& ref) override;
  Result<BlobProperties> set_headers(const BlobRef& ref, BlobHeaders headers, Conditions conditions) override;
  Result<void> remove(const BlobRef& ref, Conditions conditions) override;
  Result<BlobProperties> copy(const CopyRequest& request, const BlobRef& ref, Conditions conditions) override;
  Result<std::filesystem::path> make_work_folder() override;
  Result<BlobProperties> adopt(const BlobRef& ref, const std::filesystem::path& file, BlobHeaders headers) override;

  // Drops uncommitted blocks of blobs that received none for this long (7 days, C.3); open() does it too.
  Result<void> drop_stale_blocks(std::chrono::hours age = std::chrono::hours{7 * 24});

 private:
  friend class FileBlobWriter;
  friend class FileBlockWriter;

  // A blob's place, and the locks under which it may change: the container's shared, the blob's own.
  struct Locked {
    std::shared_lock<std::shared_mutex> container;
    std::unique_lock<std::mutex> blob;
  };
  struct Target {
    ContainerFolder folder;
    std::string key;
  };
  struct Replacement {  // what a finished data file becomes
    std::string data;
    std::uint64_t size = 0;
    BlobHeaders headers;
    std::vector<BlockEntry> blocks;
    std::optional<CopyState> copy;
  };

  class StagingUse {  // forgets the staging at its end when nothing is left in it
   public:
    StagingUse(FileBlobStore& store, std::shared_ptr<BlockStaging> staging)
        : store_(&store), staging_(std::move(staging)) {}
    StagingUse(StagingUse&&) noexcept = default;
    StagingUse& operator=(StagingUse&&) = delete;
    ~StagingUse() {
      if (staging_) store_->drop_staging_if_idle(*staging_);
    }
    BlockStaging& operator*() const { return *staging_; }
    BlockStaging* operator->() const { return staging_.get(); }
    [[nodiscard]] const std::shared_ptr<BlockStaging>& shared() const { return staging_; }

   private:
    FileBlobStore* store_;
    std::shared_ptr<BlockStaging> staging_;
  };

  FileBlobStore(std::filesystem::path root, const Clock& clock) : root_(std::move(root)), stamps_(clock) {}
  [[nodiscard]] Target target(const BlobRef& ref) const;
  [[nodiscard]] std::shared_mutex& container_lock(const ContainerFolder& folder);
  [[nodiscard]] Locked lock(const Target& target);
  [[nodiscard]] std::filesystem::path service_path(const std::string& account) const;
  [[nodiscard]] static std::vector<Target> blobs_with_blocks(const std::filesystem::path& root);
  // The blob's uncommitted blocks; the blob's lock is held.
  [[nodiscard]] Result<StagingUse> staging(const Target& target);
  void drop_staging_if_idle(const BlockStaging& staging);
  [[nodiscard]] bool is_current(const std::shared_ptr<BlockStaging>& staging);
  // Gives the bytes of the request's source a second name, the data file `data` of the target; what they will be there.
  [[nodiscard]] Result<Replacement> link_source(const CopyRequest& request, const Target& target, std::string data);
  // Makes a data file that is complete, flushed and in place the blob; removes the one before and all uncommitted
  // blocks. Locks are held.
  [[nodiscard]] Result<BlobProperties> replace(const Target& target, const BlobRef& ref, Replacement with,
                                               const Conditions& conditions);
  [[nodiscard]] Result<std::vector<BlockBytes>> locate_blocks(const Target& target, BlockStaging& staged,
                                                              const std::vector<BlockReference>& blocks,
                                                              std::vector<BlockEntry>& entries);

  std::filesystem::path root_;
  files::FileDescriptor root_lock_;
  StampSource stamps_;
  std::mutex services_mutex_;
  std::array<std::shared_mutex, 64> container_locks_;
  std::array<std::mutex, 256> blob_locks_;
  std::mutex stagings_mutex_;
  std::unordered_map<std::string, std::shared_ptr<BlockStaging>> stagings_;  // by folder
};

}  // namespace lazulite::blobs
