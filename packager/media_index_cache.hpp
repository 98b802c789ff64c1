// MediaIndexCache: the Presentations in use, bounded by the bytes they hold and the files they keep open; least
// recently used go first. One load per key at a time: others that ask for it wait for that one and share its result.
// Failures are not kept. Thread-safe. get() may block on a load (call it on the `disk` pool); find() never does.
#pragma once

#include "packager/presentation.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace lazulite::packager {

struct CacheLimits {
  std::size_t max_bytes = std::size_t{64} << 20U;
  std::size_t max_files = 512;
};

struct CacheStatistics {
  std::uint64_t hits = 0, misses = 0, evictions = 0;
  std::size_t entries = 0, bytes = 0, files = 0;
};

class MediaIndexCache {
 public:
  using Value = std::shared_ptr<const Presentation>;
  using Loader = std::function<Result<Value>()>;

  explicit MediaIndexCache(CacheLimits limits = {});
  ~MediaIndexCache();

  // What is there, or null. Counts as a use.
  [[nodiscard]] Value find(const std::string& key);
  // What is there, or the result of `load`. The key names the asset, the .ism and their ETags, so that a changed source
  // is another entry.
  Result<Value> get(const std::string& key, const Loader& load);
  void erase(const std::string& key);
  [[nodiscard]] CacheStatistics statistics() const;

 private:
  struct Entry {
    std::string key;
    Value value;
    std::size_t bytes = 0, files = 0;
  };
  struct Flight;

  void insert_locked(const std::string& key, const Value& value);
  void evict_locked();

  const CacheLimits limits_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  CacheStatistics statistics_;
};

}  // namespace lazulite::packager
