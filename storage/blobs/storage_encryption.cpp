#include "storage/blobs/storage_encryption.hpp"

#include "schema/base/text.hpp"
#include "storage/blobs/work_folder.hpp"

#include <fcntl.h>
#include <vector>

namespace lazulite::blobs {
namespace {

constexpr std::size_t kPiece = 1U << 20U;  // bytes in memory

Result<void> convert(const files::FileDescriptor& from, const files::FileDescriptor& to, const StorageKey& key,
                     std::uint64_t initialization_vector) {
  CounterCipher cipher{key, initialization_vector};
  std::vector<std::uint8_t> piece(kPiece);
  for (std::uint64_t offset = 0;; offset += kPiece) {
    LAZULITE_TRY(const auto n, files::read_some(from, piece, offset));
    const auto bytes = std::span{piece}.first(n);
    cipher.apply(bytes);
    LAZULITE_CHECK(files::write_all(to, bytes, offset));
    if (n < kPiece) return {};
  }
}

}  // namespace

Result<std::uint64_t> parse_initialization_vector(std::string_view text) {
  const auto number = parse_uint64(trim(text));
  if (number) return *number;
  return fail(ErrorCode::kInvalidArgument, "the InitializationVector '{}' is not a number of 64 bits", text);
}

Result<files::FileDescriptor> decrypt(BlobStore& store, const files::FileDescriptor& source, const StorageKey& key,
                                      std::uint64_t initialization_vector) {
  LAZULITE_TRY(const auto folder, WorkFolder::make(store));  // goes away here, and with it the name
  LAZULITE_TRY(const auto clear, files::create_file(folder.path() / "clear"));
  LAZULITE_CHECK(convert(source, clear, key, initialization_vector));
  return reopen(clear);
}

Result<void> encrypt_in_place(const std::filesystem::path& path, const StorageKey& key,
                              std::uint64_t initialization_vector) {
  const files::FileDescriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (!file) return files::io_error("open", path);
  return convert(file, file, key, initialization_vector);
}

Result<files::FileDescriptor> reopen(const files::FileDescriptor& file) {
  return files::open_for_reading("/proc/self/fd/" + std::to_string(file.get()));
}

}  // namespace lazulite::blobs
