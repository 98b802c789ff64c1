#include "packager/media_index_cache.hpp"

#include <condition_variable>
#include <optional>

namespace lazulite::packager {

// A load under way; those that wait share its result.
struct MediaIndexCache::Flight {
  std::condition_variable landed;
  std::optional<Result<Value>> result;
};

MediaIndexCache::MediaIndexCache(CacheLimits limits) : limits_(limits) {}
MediaIndexCache::~MediaIndexCache() = default;

MediaIndexCache::Value MediaIndexCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  ++statistics_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->value;
}

Result<MediaIndexCache::Value> MediaIndexCache::get(const std::string& key, const Loader& load) {
  if (auto value = find(key)) return value;
  std::unique_lock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->value;
  if (const auto under_way = flights_.find(key); under_way != flights_.end()) {
    const auto flight = under_way->second;
    flight->landed.wait(lock, [&flight] { return flight->result.has_value(); });
    return *flight->result;
  }
  ++statistics_.misses;
  const auto flight = std::make_shared<Flight>();
  flights_[key] = flight;
  lock.unlock();
  auto result = load();
  lock.lock();
  if (result) insert_locked(key, *result);
  flight->result = result;
  flights_.erase(key);
  flight->landed.notify_all();
  return result;
}

void MediaIndexCache::erase(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  statistics_.bytes -= found->second->bytes;
  statistics_.files -= found->second->files;
  entries_.erase(found->second);
  by_key_.erase(found);
}

CacheStatistics MediaIndexCache::statistics() const {
  const std::lock_guard lock(mutex_);
  CacheStatistics now = statistics_;
  now.entries = entries_.size();
  return now;
}

void MediaIndexCache::insert_locked(const std::string& key, const Value& value) {
  if (by_key_.contains(key)) return;
  Entry entry{key, value, value->memory_bytes() + key.size() + sizeof(Entry), value->open_files()};
  statistics_.bytes += entry.bytes;
  statistics_.files += entry.files;
  entries_.push_front(std::move(entry));
  by_key_[key] = entries_.begin();
  evict_locked();
}

// The newest entry stays even when it is over the limits by itself.
void MediaIndexCache::evict_locked() {
  while (entries_.size() > 1 && (statistics_.bytes > limits_.max_bytes || statistics_.files > limits_.max_files)) {
    const Entry& oldest = entries_.back();
    statistics_.bytes -= oldest.bytes;
    statistics_.files -= oldest.files;
    ++statistics_.evictions;
    by_key_.erase(oldest.key);
    entries_.pop_back();
  }
}

}  // namespace lazulite::packager
