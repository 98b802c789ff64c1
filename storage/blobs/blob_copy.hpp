// Copies of a whole blob store, for backups: made beside a server that goes on writing. They work because an index file
// is replaced whole, and names a data file that never changes while it does (README.md). Blocking.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <filesystem>

namespace lazulite::blobs {

struct CopyTotals {
  std::uint64_t containers = 0, blobs = 0;  // that the source has
  std::uint64_t copied = 0, bytes = 0;      // blobs that the target did not have as they are, and their data
};

// Brings the committed blobs and the containers of the store under `source` to the folder `target`, in the same layout;
// what that has already stays. Each blob is as it was at one instant; blobs may be from different ones. Uncommitted
// blocks are left behind. Nothing is flushed: that is for the caller, once for all. Io with the path.
Result<CopyTotals> copy_blobs(const std::filesystem::path& source, const std::filesystem::path& target);

}  // namespace lazulite::blobs
