#include "server/blob/upload.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

constexpr std::size_t kPieceSize = 1 << 20;  // bytes

Error too_large(std::uint64_t limit) {
  return fail_with(ErrorCode::kTooLarge, "RequestBodyTooLarge", "the body has more than {} bytes", limit);
}

// The next piece of the body. A client that goes away in the middle is no fault of the server's.
Task<Result<std::span<const std::uint8_t>>> next_piece(http::BodyStream& stream) {
  auto bytes = co_await stream.next();
  if (!bytes && bytes.error().code == ErrorCode::kIo) {
    co_return fail_with(ErrorCode::kInvalidArgument, "InvalidInput", "the body ended early: {}", bytes.error().message);
  }
  co_return bytes;
}

// Shared with the work on the pool, so that neither outlives the other.
struct Upload {
  std::unique_ptr<blobs::BlobWriter> writer;
  std::string piece;
  std::uint64_t received = 0, limit = 0;
};
using UploadPtr = std::shared_ptr<Upload>;

Task<Result<void>> write_piece(UploadPtr upload, WorkPool& disk) {
  auto work = [upload] {
    auto written = upload->writer->write(as_bytes(upload->piece));
    upload->piece.clear();
    return written;
  };
  co_return co_await run_on(disk, std::move(work));
}

// Cuts what arrives into pieces for the disk; the last one may stay in upload->piece.
Task<Result<void>> take(UploadPtr upload, std::span<const std::uint8_t> bytes, WorkPool& disk) {
  if (bytes.size() > upload->limit - upload->received) co_return too_large(upload->limit);
  upload->received += bytes.size();
  while (!bytes.empty()) {
    const auto n = std::min(bytes.size(), kPieceSize - upload->piece.size());
    upload->piece += as_text(bytes.first(n));
    bytes = bytes.subspan(n);
    if (upload->piece.size() == kPieceSize) LAZULITE_CO_CHECK(co_await write_piece(upload, disk));
  }
  co_return Result<void>{};
}

Task<Result<void>> take_all(UploadPtr upload, http::Request& request, WorkPool& disk) {
  if (!request.stream) co_return co_await take(upload, as_bytes(request.body), disk);
  while (true) {
    LAZULITE_CO_TRY(const auto bytes, co_await next_piece(*request.stream));
    if (bytes.empty()) co_return Result<void>{};
    LAZULITE_CO_CHECK(co_await take(upload, bytes, disk));
  }
}

}  // namespace

Task<Result<std::string>> receive_small(http::Request& request, std::uint64_t limit) {
  std::string out = std::move(request.body);
  if (out.size() > limit) co_return too_large(limit);
  while (request.stream) {
    LAZULITE_CO_TRY(const auto bytes, co_await next_piece(*request.stream));
    if (bytes.empty()) break;
    if (bytes.size() > limit - out.size()) co_return too_large(limit);
    out += as_text(bytes);
  }
  co_return out;
}

Task<Result<blobs::BlobProperties>> receive(http::Request& request, std::unique_ptr<blobs::BlobWriter> writer,
                                            std::optional<std::string> expected_md5, std::uint64_t limit,
                                            WorkPool& disk) {
  auto upload = std::make_shared<Upload>();
  upload->writer = std::move(writer);
  upload->limit = limit;
  if (request.content_length) upload->writer->expect(*request.content_length);
  upload->piece.reserve(
      static_cast<std::size_t>(std::min<std::uint64_t>(request.content_length.value_or(kPieceSize), kPieceSize)));
  const auto taken = co_await take_all(upload, request, disk);
  auto finish = [upload, expected_md5 = std::move(expected_md5), taken]() -> Result<blobs::BlobProperties> {
    const auto owned = std::move(upload->writer);  // closing files and removing what was not committed blocks, too
    if (!taken) return taken.error();
    if (!upload->piece.empty()) LAZULITE_CHECK(owned->write(as_bytes(upload->piece)));
    return owned->commit(expected_md5);
  };
  co_return co_await run_on(disk, std::move(finish));
}

}  // namespace lazulite::blob
