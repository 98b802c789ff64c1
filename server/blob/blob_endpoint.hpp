// BlobEndpoint answers the blob protocol (accounts-storage.md C): parse, recognise the operation, authorize, take the
// body, handle, add the common headers. Owned by App, outlives every connection; immutable after construction, so
// handle() may run on any number of strands. Blocking work runs on the disk pool. It knows nothing of sockets and keeps
// no state of its own.
#pragma once

#include "schema/base/time.hpp"
#include "server/blob/operations.hpp"
#include "server/blob/storage_directory.hpp"
#include "server/http/message.hpp"
#include "storage/blobs/blob_store.hpp"

#include <functional>
#include <memory>

namespace lazulite::blob {

class BlobEndpoint {
 public:
  // Called on the disk pool after a blob was committed, before the client hears of it. Blocks; never fails.
  using BlobCommitted = std::function<void(const blobs::BlobRef& blob)>;

  // Store, pool and clock outlive the endpoint.
  BlobEndpoint(blobs::BlobStore& store, StorageDirectory directory, WorkPool& disk, const Clock& clock,
               BlobCommitted committed = {})
      : store_(store), directory_(std::move(directory)), disk_(disk), clock_(clock), committed_(std::move(committed)) {}

  // Route it as a streaming handler; the body is pulled from request.stream. Never fails: errors are answers.
  Task<http::Response> handle(http::Request request);

 private:
  using CallPtr = std::shared_ptr<Call>;
  [[nodiscard]] Task<Result<http::Response>> answer(CallPtr call);
  [[nodiscard]] Task<Result<void>> take_body(CallPtr call, const Operation& operation);

  blobs::BlobStore& store_;
  StorageDirectory directory_;
  WorkPool& disk_;
  const Clock& clock_;
  BlobCommitted committed_;
};

}  // namespace lazulite::blob
