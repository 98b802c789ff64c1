#include "server/stream/segment_cache.hpp"

#include "schema/base/log.hpp"

#include <algorithm>
#include <sys/mman.h>

namespace lazulite::stream {

namespace {

constexpr std::size_t kMaxComing = 8;  // copies under way: memory beside max_bytes
constexpr std::size_t kFewParts = 4;   // a header and so many file ranges cost no more than a file of its own

// More than that, or bytes that were written for this answer (a transport stream).
bool costs_work(const files::Content& body) {
  const auto& parts = body.parts();
  return parts.size() > kFewParts || std::any_of(parts.begin(), parts.end(), [](const files::ContentPart& part) {
           return std::holds_alternative<files::BufferRange>(part);
         });
}

// By so much that the copy pays: among segments that are used alike, one that has just been asked for is always one
// ahead of one that will be, and copies would go on for ever.
bool outweighs(unsigned uses, unsigned others) { return uses > others + 2 + others / 4; }

Result<std::shared_ptr<const files::MappedFile>> copy_to_memory(const files::Content& body) {
  files::FileDescriptor file{::memfd_create("segment", MFD_CLOEXEC)};
  if (!file) return files::io_error("make a file in memory for", "a segment");
  std::uint64_t offset = 0;
  for (const auto& part : body.parts()) {
    const auto bytes = files::bytes_of(part);
    LAZULITE_CHECK(files::write_all(file, bytes, offset));
    offset += bytes.size();
  }
  return files::MappedFile::map(std::move(file));
}

}  // namespace

std::size_t UseCounts::column(std::uint64_t hash, std::size_t row) {
  return (hash * 0x9e3779b97f4a7c15U + (hash >> 32U) * (2 * row + 1)) >> (64 - 12) & (kColumns - 1);
}

unsigned UseCounts::add(std::uint64_t hash) {
  if (++uses_ == kPeriod) {
    uses_ = 0;
    for (auto& row : counts_) {
      for (auto& count : row) count = static_cast<std::uint8_t>(count / 2);
    }
  }
  for (std::size_t row = 0; row < kRows; ++row) {
    auto& count = counts_[row][column(hash, row)];
    if (count < 255) ++count;
  }
  return count(hash);
}

unsigned UseCounts::count(std::uint64_t hash) const {
  unsigned least = 255;
  for (std::size_t row = 0; row < kRows; ++row) least = std::min<unsigned>(least, counts_[row][column(hash, row)]);
  return least;
}

std::optional<CachedSegment> SegmentCache::find(std::string_view key) {
  if (max_bytes_ == 0) return std::nullopt;
  const std::lock_guard lock{mutex_};
  uses_.add(std::hash<std::string_view>{}(key));
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->segment;
}

bool SegmentCache::wants(std::string_view key, const files::Content& body) {
  const std::uint64_t size = body.size();
  if (size > max_bytes_ / 8 || !costs_work(body)) return false;
  const std::lock_guard lock{mutex_};
  const unsigned uses = uses_.count(std::hash<std::string_view>{}(key));
  if (uses < 2 || by_key_.contains(key) || coming_.size() >= kMaxComing) return false;
  if (bytes_ + size > max_bytes_ && (entries_.empty() || !outweighs(uses, uses_.count(entries_.back().hash))))
    return false;
  return coming_.emplace(key).second;
}

void SegmentCache::put(std::string_view key, std::string content_type, const files::Content& body) {
  auto file = copy_to_memory(body);
  const std::lock_guard lock{mutex_};
  coming_.erase(std::string{key});
  if (!file) {
    logger("stream").warn("a segment is not cached: {}", file.error().message);
    return;
  }
  if (by_key_.contains(key)) return;
  const std::size_t bytes = (*file)->bytes().size();
  entries_.push_front({std::string{key}, std::hash<std::string_view>{}(key), {std::move(content_type), *file}, bytes});
  by_key_[entries_.front().key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > max_bytes_) {
    const Entry& oldest = entries_.back();
    bytes_ -= oldest.bytes;
    by_key_.erase(oldest.key);
    entries_.pop_back();
  }
}

}  // namespace lazulite::stream
