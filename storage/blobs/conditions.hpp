// Conditional requests: does a blob meet If-Match, If-None-Match, If-Modified-Since and If-Unmodified-Since (RFC 9110
// §13)?
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

// For a write: PreconditionFailed "ConditionNotMet", or Conflict "BlobAlreadyExists" for If-None-Match: *.
Result<void> check_write(const Conditions& conditions, const BlobProperties* blob);

}  // namespace lazulite::blobs
