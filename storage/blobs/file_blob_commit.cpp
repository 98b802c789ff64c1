// The operations of FileBlobStore that make a blob of files that are on the disk already, and those that change or
// remove one.
#include "schema/base/ids.hpp"
#include "storage/blobs/conditions.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/blobs/names.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lazulite::blobs {
namespace {

namespace fs = std::filesystem;

constexpr int kSourceAttempts = 8;  // of copying a blob that is replaced meanwhile

// Puts the pieces one after the other into a new file, inside the kernel, and flushes it.
Result<void> concatenate(const std::vector<BlockBytes>& pieces, const fs::path& path) {
  LAZULITE_TRY(const auto file, files::create_file(path));
  std::uint64_t offset = 0;
  files::FileDescriptor source;
  const fs::path* opened = nullptr;
  for (const auto& piece : pieces) {
    if (opened == nullptr || *opened != piece.file) {
      LAZULITE_TRY(source, files::open_for_reading(piece.file));
      opened = &piece.file;
    }
    LAZULITE_CHECK(files::copy_range(source, piece.offset, file, offset, piece.size));
    offset += piece.size;
  }
  return files::flush_file(file);
}

// Removes a data file unless it became a blob's.
class DataGuard {
 public:
  DataGuard(const ContainerFolder& folder, std::string key, std::string data)
      : folder_(folder), key_(std::move(key)), data_(std::move(data)) {}
  DataGuard(const DataGuard&) = delete;
  DataGuard& operator=(const DataGuard&) = delete;
  ~DataGuard() { folder_.discard_data(key_, data_); }

 private:
  const ContainerFolder& folder_;
  std::string key_, data_;
};

}  // namespace

Result<BlobProperties> FileBlobStore::put_block_list(const BlobRef& ref, const std::vector<BlockReference>& blocks,
                                                     BlobHeaders headers, Conditions conditions) {
  LAZULITE_CHECK(check_blob(ref));
  const auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_TRY(const auto existing, where.folder.find(where.key));
  LAZULITE_CHECK(check_write(conditions, existing ? &existing->properties : nullptr));
  LAZULITE_TRY(const auto staged, staging(where));
  Replacement with{Uuid::random().text(), 0, std::move(headers), {}, {}};
  LAZULITE_TRY(const auto pieces, locate_blocks(where, *staged, blocks, with.blocks));
  for (const auto& block : with.blocks) with.size += block.size;

  const auto path = where.folder.data_path(where.key, with.data);
  const DataGuard guard{where.folder, where.key, with.data};
  // The run file gets a second name: should the program die before the index is written, the uncommitted blocks are
  // still there.
  LAZULITE_TRY(const auto run, staged->complete_run(pieces));
  if (!run || ::link(run->c_str(), path.c_str()) != 0) LAZULITE_CHECK(concatenate(pieces, path));
  return replace(where, ref, std::move(with), conditions);
}

Result<BlobProperties> FileBlobStore::set_headers(const BlobRef& ref, BlobHeaders headers, Conditions conditions) {
  LAZULITE_CHECK(check_blob(ref));
  const auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_TRY(auto record, where.folder.read(where.key));
  LAZULITE_CHECK(check_write(conditions, &record.properties));
  LAZULITE_TRY(const auto blocks, where.folder.read_blocks(where.key));
  const auto stamp = stamps_.next(record.sequence);
  record.properties.headers = std::move(headers);
  record.properties.etag = stamp.etag();
  record.properties.last_modified = stamp.time;
  LAZULITE_CHECK(where.folder.publish(where.key, record, blocks));
  return std::move(record.properties);
}

Result<void> FileBlobStore::remove(const BlobRef& ref, Conditions conditions) {
  LAZULITE_CHECK(check_blob(ref));
  const auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_TRY(const auto record, where.folder.read(where.key));
  LAZULITE_CHECK(check_write(conditions, &record.properties));
  LAZULITE_TRY(const auto staged, staging(where));
  staged->clear();
  const auto index = where.folder.index_folder() / where.key;
  if (::unlink(index.c_str()) != 0) return files::io_error("delete", index);
  LAZULITE_CHECK(files::flush_directory(where.folder.index_folder()));
  ::unlink(where.folder.data_path(where.key, record.data).c_str());
  return {};
}

// The source is read without its lock, as open() does: when it is replaced meanwhile, its new version is taken.
Result<FileBlobStore::Replacement> FileBlobStore::link_source(const CopyRequest& request, const Target& place,
                                                              std::string data) {
  const auto path = place.folder.data_path(place.key, data);
  const auto source = target(request.source);
  for (int attempt = 0;; ++attempt) {
    LAZULITE_TRY(auto whole, source.folder.read_whole(source.key));
    auto& [record, blocks] = whole;
    LAZULITE_CHECK(check_source(request, record.properties));
    const auto from = source.folder.data_path(source.key, record.data);
    Result<void> copied;
    if (::link(from.c_str(), path.c_str()) != 0) {
      copied = errno == ENOENT ? Result<void>{files::io_error("link", from)}
                               : concatenate({{from, 0, record.properties.size}}, path);
    }
    if (copied) {
      return Replacement{std::move(data), record.properties.size, headers_of_copy(request, record.properties),
                         std::move(blocks), CopyState{}};
    }
    if (copied.error().code != ErrorCode::kNotFound || attempt == kSourceAttempts) return copied.error();
  }
}

Result<BlobProperties> FileBlobStore::copy(const CopyRequest& request, const BlobRef& ref, Conditions conditions) {
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_CHECK(check_blob(request.source));
  const auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_TRY(const auto existing, where.folder.find(where.key));
  LAZULITE_CHECK(check_write(conditions, existing ? &existing->properties : nullptr));
  auto data = Uuid::random().text();
  const DataGuard guard{where.folder, where.key, data};
  LAZULITE_TRY(auto with, link_source(request, where, std::move(data)));
  with.copy = state_of_copy(request, with.size, stamps_.now());
  return replace(where, ref, std::move(with), conditions);
}

Result<fs::path> FileBlobStore::make_work_folder() {
  auto path = root_ / ".work" / Uuid::random().text();
  if (::mkdir(path.c_str(), 0700) != 0) return files::io_error("make folder", path);
  return path;
}

Result<BlobProperties> FileBlobStore::adopt(const BlobRef& ref, const fs::path& file, BlobHeaders headers) {
  LAZULITE_CHECK(check_blob(ref));
  LAZULITE_TRY(const auto opened, files::open_for_reading(file));
  LAZULITE_CHECK(files::flush_file(opened));
  LAZULITE_TRY(const auto size, files::size_of(opened));
  const auto where = target(ref);
  const auto locks = lock(where);
  LAZULITE_CHECK(where.folder.require());
  Replacement with{Uuid::random().text(), size, std::move(headers), {}, {}};
  const auto path = where.folder.data_path(where.key, with.data);
  const DataGuard guard{where.folder, where.key, with.data};
  if (::rename(file.c_str(), path.c_str()) != 0) return files::io_error("adopt", file);
  return replace(where, ref, std::move(with), {});
}

}  // namespace lazulite::blobs
