#include "storage/blobs/file_blob_writers.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "storage/blobs/conditions.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lazulite::blobs {

// ---- a whole blob
// -----------------------------------------------------------------------------------------------------------------

FileBlobWriter::~FileBlobWriter() {
  if (file_ && !published_) target_.folder.discard_data(target_.key, data_);
}

Result<void> FileBlobWriter::start() {
  LAZULITE_TRY(const auto existing, target_.folder.find(target_.key));
  LAZULITE_CHECK(
      check_write(conditions_, existing ? &existing->properties : nullptr));  // spares a long upload; commit asks again
  data_ = Uuid::random().text();
  path_ = target_.folder.data_path(target_.key, data_);
  auto file = files::create_file(path_);
  if (!file) {
    LAZULITE_CHECK(target_.folder.require());
    return file.error();
  }
  file_.emplace(std::move(*file));
  return {};
}

// False when the container was deleted meanwhile, whether or not another of its name stands there now.
bool FileBlobWriter::is_in_place() const {
  struct stat ours {
  }, there{};
  return ::fstat(file_->descriptor().get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino;
}

Result<BlobProperties> FileBlobWriter::commit(std::optional<std::string> expected_md5) {
  LAZULITE_TRY(const auto md5, file_->finish(expected_md5));
  if (headers_.content_md5.empty()) headers_.content_md5 = base64_encode(md5);
  const auto locks = store_.lock(target_);
  LAZULITE_CHECK(target_.folder.require());
  if (!is_in_place())
    return fail_with(ErrorCode::kNotFound, "ContainerNotFound",
                     "the container was deleted while the blob was received");
  FileBlobStore::Replacement with{data_, file_->size(), std::move(headers_), {}, {}};
  auto properties = store_.replace(target_, ref_, std::move(with), conditions_);
  published_ = properties.has_value();
  return properties;
}

// ---- a block
// ----------------------------------------------------------------------------------------------------------------------

FileBlockWriter::~FileBlockWriter() {
  if (!place_) return;
  const auto locks = store_.lock(target_);
  staging_->release(*place_);
  store_.drop_staging_if_idle(*staging_);
}

Result<void> FileBlockWriter::start() {
  const auto locks = store_.lock(target_);
  LAZULITE_CHECK(target_.folder.require());
  LAZULITE_TRY(const auto staged, store_.staging(target_));
  LAZULITE_TRY(place_, staged->reserve(id_, expected_));
  staging_ = staged.shared();
  const auto path = staging_->folder() / place_->file;
  files::FileDescriptor file{::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)};
  if (!file) return files::io_error("create", path);
  file_.emplace(std::move(file), place_->offset, expected_.value_or(DataFile::kNoLimit));
  return {};
}

Result<void> FileBlockWriter::write(std::span<const std::uint8_t> bytes) {
  if (!file_) LAZULITE_CHECK(start());
  return file_->write(bytes);
}

Result<BlobProperties> FileBlockWriter::commit(std::optional<std::string> expected_md5) {
  if (!file_) LAZULITE_CHECK(start());
  LAZULITE_TRY(const auto md5, file_->finish(expected_md5));
  const auto locks = store_.lock(target_);
  if (!store_.is_current(staging_)) {
    return fail_with(ErrorCode::kNotFound, "ContainerNotFound",
                     "the container was deleted while the block was received");
  }
  LAZULITE_CHECK(staging_->check_id(id_));
  const auto stamp = store_.stamps_.next(staging_->last_sequence());
  const auto place = *std::exchange(place_, std::nullopt);
  const FileBlobStore::StagingUse use{store_, staging_};
  LAZULITE_CHECK(staging_->add(place, id_, file_->size(), stamp.sequence));
  BlobProperties properties;
  properties.size = file_->size();
  properties.headers.content_md5 = base64_encode(md5);
  return properties;
}

}  // namespace lazulite::blobs
