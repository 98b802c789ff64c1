// One page of List Blobs out of the names of a container, which come in any order; both stores use it. Memory is that
// of the page, however many blobs there are.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace lazulite::blobs {

class PageCollector {
 public:
  // The query outlives the collector.
  explicit PageCollector(const ListQuery& query) : query_(query) {}

  // Keeps the name while it may be on the page. A name is given once; a blob that is only uncommitted blocks says so.
  void add(const std::string& name, bool uncommitted = false);

  // Reads a blob's properties; nullopt when it went away meanwhile.
  using PropertyLoader = std::function<std::optional<BlobProperties>(const std::string& name)>;
  // A blob or a common prefix counts as one result; next_marker is the first of them that did not fit.
  [[nodiscard]] ListPage finish(const PropertyLoader& load) const;

 private:
  enum class Kind : std::uint8_t { kBlob, kUncommitted, kPrefix };

  const ListQuery& query_;
  std::map<std::string, Kind> entries_;  // the smallest of what was added: one page, and the first of the next
};

}  // namespace lazulite::blobs
