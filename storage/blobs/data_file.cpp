#include "storage/blobs/data_file.hpp"

#include "schema/base/text.hpp"

#include <fcntl.h>

namespace lazulite::blobs {
namespace {

constexpr std::uint64_t kPushInterval = 1U << 20U;  // bytes: clients send blocks of 4 MiB and less

}  // namespace

Result<void> DataFile::write(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > limit_ - size_)
    return fail(ErrorCode::kInvalidArgument, "more than the announced {} bytes", limit_);
  LAZULITE_CHECK(files::write_all(file_, bytes, offset_ + size_));
  md5_.update(bytes);
  size_ += bytes.size();
  if (size_ - pushed_ >= kPushInterval) {
    // Only a head start for the flush; its own result is what counts.
    ::sync_file_range(file_.get(), static_cast<off_t>(offset_ + pushed_), static_cast<off_t>(size_ - pushed_),
                      SYNC_FILE_RANGE_WRITE);
    pushed_ = size_;
  }
  return {};
}

Result<Md5Digest> DataFile::finish(const std::optional<std::string>& expected_md5) {
  const auto digest = md5_.finish();
  if (expected_md5 && *expected_md5 != as_text(digest)) {
    return fail_with(ErrorCode::kInvalidArgument, "Md5Mismatch",
                     "the MD5 of the {} bytes received is not the one announced", size_);
  }
  LAZULITE_CHECK(files::flush_file(file_));
  return digest;
}

}  // namespace lazulite::blobs
