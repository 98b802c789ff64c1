// Bodies of requests on their way in: a small one whole, a large one piece by piece to a store's writer. The stream is
// read only as fast as the disk takes it, and no more than one piece of about 1 MiB is in memory.
#pragma once

#include "server/http/message.hpp"
#include "storage/blobs/blob_store.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lazulite::blob {

// The whole body, from the stream or as it was buffered. TooLarge past the limit; InvalidArgument when the client
// vanished.
Task<Result<std::string>> receive_small(http::Request& request, std::uint64_t limit);

// Streams the body to the writer, written and hashed on the pool, and commits it. The writer is gone on every return.
Task<Result<blobs::BlobProperties>> receive(http::Request& request, std::unique_ptr<blobs::BlobWriter> writer,
                                            std::optional<std::string> expected_md5, std::uint64_t limit,
                                            WorkPool& disk);

}  // namespace lazulite::blob
