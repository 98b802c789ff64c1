// BlobStore in memory, for tests: the same rules as file_blob_store (one contract suite holds for both), nothing lasts.
// Thread-safe by one mutex. open() hands out a memfd with a copy of the bytes.
#pragma once

#include "storage/blobs/blob_store.hpp"
#include "storage/blobs/stamp.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace lazulite::blobs {

class MemoryBlobStore final : public BlobStore {
 public:
  // The clock outlives the store.
  explicit MemoryBlobStore(const Clock& clock = system_clock()) : stamps_(clock) {}
  ~MemoryBlobStore() override;

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

 private:
  friend class MemoryBlobWriter;
  friend class MemoryBlockWriter;

  struct Block {
    std::string id, bytes;
  };
  struct Blob {
    std::string bytes;
    BlobProperties properties;
    std::vector<BlockEntry> blocks;
  };
  struct Container {
    ContainerProperties properties;
    std::map<std::string, Blob> blobs;
    std::map<std::string, std::vector<Block>> uncommitted;  // by blob name
  };

  // All with the mutex held.
  [[nodiscard]] Result<Container*> find(const ContainerRef& ref);
  [[nodiscard]] Result<Blob*> find(const BlobRef& ref);
  [[nodiscard]] Result<BlobProperties> replace(const BlobRef& ref, Blob with, const Conditions& conditions);
  [[nodiscard]] Result<void> check_id(const BlobRef& ref, const std::string& id);
  [[nodiscard]] Result<void> add_block(const BlobRef& ref, Block block);

  StampSource stamps_;
  std::mutex mutex_;
  std::map<std::string, std::string> services_;                          // by account
  std::map<std::pair<std::string, std::string>, Container> containers_;  // by account and name
  std::vector<std::filesystem::path> work_folders_;
};

}  // namespace lazulite::blobs
