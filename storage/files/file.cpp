#include "storage/files/file.hpp"

#include "schema/base/ids.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace lazulite::files {
Error io_error(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  Error error = fail(code == ENOENT || code == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo, "cannot {} {}: {}",
                     what, path.string(), std::strerror(code));
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) error.detail = "InsufficientStorage";
  return error;
}

namespace {

// Where copy_file_range is not offered: across file systems, or on one that lacks it.
Result<void> copy_by_hand(const FileDescriptor& from, std::uint64_t from_offset, const FileDescriptor& to,
                          std::uint64_t to_offset, std::uint64_t length) {
  std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(length, 1U << 20U));
  while (length != 0) {
    const auto piece = std::span{buffer}.first(std::min<std::uint64_t>(length, buffer.size()));
    LAZULITE_TRY(const auto n, read_some(from, piece, from_offset));
    if (n == 0) return fail(ErrorCode::kIo, "cannot copy: the file ends {} bytes too early", length);
    LAZULITE_CHECK(write_all(to, piece.first(n), to_offset));
    from_offset += n;
    to_offset += n;
    length -= n;
  }
  return {};
}

}  // namespace

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<FileDescriptor> open_for_reading(const std::filesystem::path& path) {
  FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return io_error("open", path);
  return file;
}

Result<FileDescriptor> create_file(const std::filesystem::path& path, unsigned mode) {
  FileDescriptor file{::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, mode)};
  if (!file) return io_error("create", path);
  return file;
}

Result<std::uint64_t> size_of(const FileDescriptor& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return io_error("stat", "an open file");
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> write_all(const FileDescriptor& file, std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto n = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      return io_error("write", "an open file");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<std::size_t> read_some(const FileDescriptor& file, std::span<std::uint8_t> out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto n = ::pread(file.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      return io_error("read", "an open file");
    }
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<void> copy_range(const FileDescriptor& from, std::uint64_t from_offset, const FileDescriptor& to,
                        std::uint64_t to_offset, std::uint64_t length) {
  auto in = static_cast<off_t>(from_offset), out = static_cast<off_t>(to_offset);
  while (length != 0) {
    const auto n = ::copy_file_range(from.get(), &in, to.get(), &out, length, 0);
    if (n == 0) return fail(ErrorCode::kIo, "cannot copy: the file ends {} bytes too early", length);
    if (n > 0) {
      length -= static_cast<std::uint64_t>(n);
    } else if (errno == EXDEV || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
      return copy_by_hand(from, static_cast<std::uint64_t>(in), to, static_cast<std::uint64_t>(out), length);
    } else if (errno != EINTR) {
      return io_error("copy into", "an open file");
    }
  }
  return {};
}

Result<void> flush_file(const FileDescriptor& file) {
  if (::fdatasync(file.get()) != 0) return io_error("flush", "an open file");
  return {};
}

Result<void> flush_directory(const std::filesystem::path& directory) {
  // The parent of a plain relative name is the empty path.
  const FileDescriptor handle{::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!handle || ::fsync(handle.get()) != 0) return io_error("flush directory", directory);
  return {};
}

Result<void> for_each_name(const std::filesystem::path& directory, const std::function<bool(std::string_view)>& take) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(directory.c_str()), ::closedir};
  if (!folder) return io_error("list", directory);
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0) return io_error("list", directory);
    if (entry == nullptr) return {};
    const std::string_view name{static_cast<const char*>(entry->d_name)};
    if (name != "." && name != ".." && !take(name)) return {};
  }
}

Result<std::vector<std::string>> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> out;
  LAZULITE_CHECK(for_each_name(directory, [&](std::string_view name) {
    out.emplace_back(name);
    return true;
  }));
  return out;
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  LAZULITE_TRY(const auto file, open_for_reading(path));
  LAZULITE_TRY(const auto size, size_of(file));
  if (size > limit)
    return fail(ErrorCode::kTooLarge, "{} has {} bytes, more than the {} allowed", path.string(), size, limit);
  std::string text(size, '\0');
  LAZULITE_TRY(const auto n, read_some(file, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, 0));
  text.resize(n);
  return text;
}

Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  const auto temporary = path.parent_path() / ("." + path.filename().string() + "." + Uuid::random().text());
  LAZULITE_TRY(const auto file, create_file(temporary, mode));
  auto written = write_all(file, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, 0);
  if (written) written = flush_file(file);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = io_error("rename to", path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return flush_directory(path.parent_path());
}

Result<std::shared_ptr<const MappedFile>> MappedFile::map(FileDescriptor file) {
  LAZULITE_TRY(const auto size, size_of(file));
  std::span<const std::uint8_t> bytes;
  if (size != 0) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) return io_error("map", "an open file");
    bytes = {static_cast<const std::uint8_t*>(address), size};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(std::move(file), bytes));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace lazulite::files
