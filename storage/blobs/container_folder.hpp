// One container on disk: its paths, its properties and the index files of its blobs (drawing in README.md). A value;
// the caller holds the locks of file_blob_store, except for read(), which is safe against concurrent writers by itself.
//
// An index file is two lines of JSON: the blob's name, data file and properties; then its committed blocks. It is
// replaced by rename, and the data file it names is complete and flushed before: data and properties can never
// disagree.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::blobs {

inline constexpr std::string_view kJournalFile = "journal";            // of a blob's uncommitted blocks
inline constexpr std::string_view kPropertiesFile = "container.json";  // the container exists while it does

struct IndexRecord {
  std::string name;
  std::string data;            // the data file is data/<key>~<data>
  std::uint64_t sequence = 0;  // of the write: uncommitted blocks that are older are dead
  BlobProperties properties;
};

class ContainerFolder {
 public:
  ContainerFolder(const std::filesystem::path& root, const ContainerRef& ref)
      : path_(root / ref.account / ref.container) {}
  explicit ContainerFolder(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path index_folder() const { return path_ / "index"; }
  [[nodiscard]] std::filesystem::path data_folder() const { return path_ / "data"; }
  [[nodiscard]] std::filesystem::path blocks_folder() const { return path_ / "blocks"; }
  [[nodiscard]] std::filesystem::path data_path(const std::string& key, const std::string& data) const;
  [[nodiscard]] std::filesystem::path blocks_path(const std::string& key) const { return blocks_folder() / key; }

  [[nodiscard]] bool exists() const;
  // NotFound "ContainerNotFound".
  [[nodiscard]] Result<void> require() const;
  // Makes the folders, durably; the container exists once write_properties has succeeded.
  [[nodiscard]] Result<void> make() const;
  [[nodiscard]] Result<ContainerProperties> read_properties() const;
  [[nodiscard]] Result<void> write_properties(const ContainerProperties& properties) const;

  // The blob's record: NotFound "BlobNotFound" or "ContainerNotFound".
  [[nodiscard]] Result<IndexRecord> read(const std::string& key) const;
  // The same, but no such blob is nullopt.
  [[nodiscard]] Result<std::optional<IndexRecord>> find(const std::string& key) const;
  [[nodiscard]] Result<std::vector<BlockEntry>> read_blocks(const std::string& key) const;
  // Both, of one version of the blob; errors as read().
  [[nodiscard]] Result<std::pair<IndexRecord, std::vector<BlockEntry>>> read_whole(const std::string& key) const;
  // Makes the record the blob, durably.
  [[nodiscard]] Result<void> publish(const std::string& key, const IndexRecord& record,
                                     const std::vector<BlockEntry>& blocks) const;
  // Removes a data file that did not become the blob's. After a publish that failed half-way it may have: then it
  // stays.
  void discard_data(const std::string& key, const std::string& data) const;
  // Calls `take` with the name of every blob, in no order.
  [[nodiscard]] Result<void> for_each_blob(const std::function<void(const std::string& name)>& take) const;
  // Calls `take` with the name of everything that has uncommitted blocks and no blob, in no order. Names too long for a
  // key are left out: nothing knows them before the commit.
  [[nodiscard]] Result<void> for_each_uncommitted(const std::function<void(const std::string& name)>& take) const;

 private:
  std::filesystem::path path_;
};

}  // namespace lazulite::blobs
