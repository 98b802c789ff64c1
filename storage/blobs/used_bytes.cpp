#include "storage/blobs/used_bytes.hpp"

#include <system_error>

namespace lazulite::blobs {
namespace {

namespace fs = std::filesystem;

// A file or folder that went while it was looked at is nothing.
bool is_gone(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

Result<std::uint64_t> bytes_in(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const auto size = it->file_size(gone);
    if (!gone) sum += size;
  }
  if (error && !is_gone(error)) return fail(ErrorCode::kIo, "cannot read {}: {}", folder.string(), error.message());
  return sum;
}

}  // namespace

Result<std::uint64_t> used_bytes(const fs::path& store_root, std::string_view account) {
  const auto folder = store_root / account;
  std::uint64_t sum = 0;
  std::error_code error;
  for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error)) {
    LAZULITE_TRY(const auto bytes, bytes_in(it->path() / "data"));
    sum += bytes;
  }
  if (error && !is_gone(error)) return fail(ErrorCode::kIo, "cannot read {}: {}", folder.string(), error.message());
  return sum;
}

}  // namespace lazulite::blobs
