// Bytes on their way to disk: appended within a window of a file, hashed, and pushed to the device while they arrive,
// so that neither the page cache fills with gigabytes of dirty pages nor the final flush takes long. One thread at a
// time.
#pragma once

#include "schema/base/crypto.hpp"
#include "storage/files/file.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace lazulite::blobs {

class DataFile {
 public:
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  // Writes from `offset` on, at most `limit` bytes.
  explicit DataFile(files::FileDescriptor file, std::uint64_t offset = 0, std::uint64_t limit = kNoLimit)
      : file_(std::move(file)), offset_(offset), limit_(limit) {}

  // InvalidArgument past the limit.
  [[nodiscard]] Result<void> write(std::span<const std::uint8_t> bytes);
  // Compares with `expected_md5` (16 raw bytes), InvalidArgument "Md5Mismatch", flushes, and returns the MD5. Once, at
  // the end.
  [[nodiscard]] Result<Md5Digest> finish(const std::optional<std::string>& expected_md5);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const files::FileDescriptor& descriptor() const { return file_; }

 private:
  files::FileDescriptor file_;
  std::uint64_t offset_, limit_;
  std::uint64_t size_ = 0;
  std::uint64_t pushed_ = 0;  // bytes handed to the device so far
  Md5Stream md5_;
};

}  // namespace lazulite::blobs
