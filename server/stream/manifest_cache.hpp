// ManifestCache: manifests and playlists as they were rendered, hashed and compressed once, bounded by bytes; least
// recently used go first. The key says all that the bytes depend on, so an entry is never wrong and never expires.
// Thread-safe; never blocks but for its mutex.
#pragma once

#include "packager/formats/format.hpp"
#include "schema/base/result.hpp"
#include "storage/files/content.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lazulite::stream {

// One body in the form that goes over the wire.
struct EncodedManifest {
  files::SharedBytes body;
  std::string etag;  // with its quotes
};

struct RenderedManifest {
  std::string content_type;
  EncodedManifest plain, gzip;  // gzip.body: null when compression does not pay

  [[nodiscard]] std::size_t memory_bytes() const;
};

// Hashes and compresses; costs far more than the lookup, so not for a network thread.
Result<RenderedManifest> finish_manifest(const packager::Answer& answer);

class ManifestCache {
 public:
  using Value = std::shared_ptr<const RenderedManifest>;

  explicit ManifestCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null when it is not there. Counts as a use.
  [[nodiscard]] Value find(std::string_view key);
  // What is larger than a quarter of the cache is not kept.
  void put(std::string_view key, Value value);

 private:
  struct Entry {
    std::string key;
    Value value;
    std::size_t bytes = 0;
  };

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::list<Entry> entries_;                                                 // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // views Entry::key
  std::size_t bytes_ = 0;
};

}  // namespace lazulite::stream
