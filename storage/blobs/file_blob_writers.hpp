// The two writers of FileBlobStore: for a whole blob and for a block. Private to the store's sources.
#pragma once

#include "storage/blobs/file_blob_store.hpp"

#include <optional>

namespace lazulite::blobs {

// Writes data/<key>~<guid>; commit names it in the index.
class FileBlobWriter final : public BlobWriter {
 public:
  FileBlobWriter(FileBlobStore& store, BlobRef ref, BlobHeaders headers, Conditions conditions)
      : store_(store),
        ref_(std::move(ref)),
        headers_(std::move(headers)),
        conditions_(std::move(conditions)),
        target_(store.target(ref_)) {}
  ~FileBlobWriter() override;
  [[nodiscard]] Result<void> start();
  Result<void> write(std::span<const std::uint8_t> bytes) override { return file_->write(bytes); }
  Result<BlobProperties> commit(std::optional<std::string> expected_md5) override;

 private:
  [[nodiscard]] bool is_in_place() const;

  FileBlobStore& store_;
  BlobRef ref_;
  BlobHeaders headers_;
  Conditions conditions_;
  FileBlobStore::Target target_;
  std::string data_;
  std::filesystem::path path_;
  std::optional<DataFile> file_;
  bool published_ = false;
};

// Takes its place in the blob's staging folder when the first byte (or the announcement of their number) comes.
class FileBlockWriter final : public BlobWriter {
 public:
  FileBlockWriter(FileBlobStore& store, FileBlobStore::Target target, std::string id)
      : store_(store), target_(std::move(target)), id_(std::move(id)) {}
  ~FileBlockWriter() override;
  void expect(std::uint64_t size) override { expected_ = size; }
  Result<void> write(std::span<const std::uint8_t> bytes) override;
  Result<BlobProperties> commit(std::optional<std::string> expected_md5) override;

 private:
  [[nodiscard]] Result<void> start();

  FileBlobStore& store_;
  FileBlobStore::Target target_;
  std::string id_;
  std::optional<std::uint64_t> expected_;
  std::shared_ptr<BlockStaging> staging_;
  std::optional<BlockPlace> place_;  // while it is ours to give back
  std::optional<DataFile> file_;
};

}  // namespace lazulite::blobs
