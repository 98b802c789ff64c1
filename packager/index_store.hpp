// IndexStore: MediaIndexes that outlive the process, one file `<folder>/<hash of the source's identity and ETag>.idx`
// each, mapped on use when large. A source that changed has another hash, so a stale index is never found; what is not
// a whole index is rebuilt over. Without a folder, indexes are only built in memory. Thread-safe; methods block.
#pragma once

#include "packager/media_index.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace lazulite::packager {

struct SourceFile;

class IndexStore {
 public:
  IndexStore() = default;
  // Makes the folder when it is absent. Oldest files are removed down to `max_bytes` here, at the start.
  explicit IndexStore(std::filesystem::path folder, std::uint64_t max_bytes = std::uint64_t{2} << 30U);

  // The index of a source that is mapped at `file`. A folder that cannot be written costs a warning, not the request.
  Result<std::shared_ptr<const MediaIndex>> find_or_build(const SourceFile& source, const files::MappedFile& file);

 private:
  std::filesystem::path folder_;
};

}  // namespace lazulite::packager
