// Rules that hold for every store. Conditional requests: does a blob meet If-Match, If-None-Match, If-Modified-Since
// and If-Unmodified-Since (RFC 9110 §13)?
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <cstdint>

namespace lazulite::blobs {

enum class ConditionOutcome : std::uint8_t {
  kHolds,
  kFailed,       // If-Match or If-Unmodified-Since: 412 for reads and writes
  kNotModified,  // If-None-Match or If-Modified-Since: 304 for reads, 412 for writes
};

// `blob` is null when there is none. Times compare in whole seconds, as the wire has them.
ConditionOutcome evaluate(const Conditions& conditions, const BlobProperties* blob);

// The same for a container, by its ETag and the time of its last change.
ConditionOutcome evaluate(const Conditions& conditions, const ContainerProperties& container);

// For a write: PreconditionFailed "ConditionNotMet", or Conflict "BlobAlreadyExists" for If-None-Match: *.
Result<void> check_write(const Conditions& conditions, const ContainerProperties& container);
Result<void> check_write(const Conditions& conditions, const BlobProperties* blob);

// For the source of a copy: PreconditionFailed "SourceConditionNotMet".
Result<void> check_source(const CopyRequest& request, const BlobProperties& source);
// What a copy takes over of its source, and what it says of itself.
BlobHeaders headers_of_copy(const CopyRequest& request, const BlobProperties& source);
CopyState state_of_copy(const CopyRequest& request, std::uint64_t size, Timestamp now);

}  // namespace lazulite::blobs
