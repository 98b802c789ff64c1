// Files as the rest of Lazulite sees them: an owned descriptor, a read-only mapping, and writes that survive a crash.
// Thread-safe where const.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::files {

// The error of the last failed system call (errno): NotFound, or Io; a full disk carries the detail
// "InsufficientStorage".
[[nodiscard]] Error io_error(std::string_view what, const std::filesystem::path& path);

// Closes its descriptor; -1 is none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// O_RDONLY | O_CLOEXEC. NotFound or Io.
Result<FileDescriptor> open_for_reading(const std::filesystem::path& path);
// O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC. Io.
Result<FileDescriptor> create_file(const std::filesystem::path& path, unsigned mode = 0600);
Result<std::uint64_t> size_of(const FileDescriptor& file);
// All bytes at an offset, or Io; a full disk is Io with detail "InsufficientStorage".
Result<void> write_all(const FileDescriptor& file, std::span<const std::uint8_t> bytes, std::uint64_t offset);
// As many bytes as the file has there, up to out.size(); returns how many.
Result<std::size_t> read_some(const FileDescriptor& file, std::span<std::uint8_t> out, std::uint64_t offset);
// Copies a range from file to file inside the kernel (shared extents where the file system can), at most what `from`
// holds: Io when it is shorter.
Result<void> copy_range(const FileDescriptor& from, std::uint64_t from_offset, const FileDescriptor& to,
                        std::uint64_t to_offset, std::uint64_t length);
// fsync of the file (its data and size), and of a directory after a rename in it.
Result<void> flush_file(const FileDescriptor& file);
Result<void> flush_directory(const std::filesystem::path& directory);

// Calls `take` with the name of every entry of a folder, in no order, until it says false. NotFound or Io.
Result<void> for_each_name(const std::filesystem::path& directory, const std::function<bool(std::string_view)>& take);
// Names of the entries of a folder, in no order. NotFound or Io.
Result<std::vector<std::string>> names_in(const std::filesystem::path& directory);

// Whole small file, at most `limit` bytes (TooLarge beyond).
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit = 16U << 20U);
// Written beside its target, flushed, renamed, directory flushed: after success it lasts, before it nothing is visible.
Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0600);

// The whole file in memory, read-only; the mapping lives as long as the object. A file cut short meanwhile raises
// SIGBUS on access: map only files that are never changed in place (committed blobs are replaced by rename).
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> map(FileDescriptor file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] const FileDescriptor& descriptor() const { return file_; }  // for sendfile

 private:
  MappedFile(FileDescriptor file, std::span<const std::uint8_t> bytes) : file_(std::move(file)), bytes_(bytes) {}
  FileDescriptor file_;
  std::span<const std::uint8_t> bytes_;
};

}  // namespace lazulite::files
