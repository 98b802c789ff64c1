// SegmentCache: media segments that many clients ask for and that cost work to put together (transport streams,
// fragments of sources whose audio and video alternate), each as one file in memory, which goes to a socket without a
// copy. Bounded by bytes; what is asked for more often stays. The key says all that the bytes depend on, so an entry is
// never wrong and never expires. Thread-safe; never blocks but for its mutex.
//
// Each entry has a file of its own: the pages of one that is evicted live on until the last client has received them,
// and are never written again.
#pragma once

#include "packager/formats/format.hpp"
#include "storage/files/content.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace lazulite::stream {

// How often keys were asked for lately, roughly and in little memory (a count-min sketch that halves now and then).
class UseCounts {
 public:
  // Counts one use and returns the count with it.
  unsigned add(std::uint64_t hash);
  [[nodiscard]] unsigned count(std::uint64_t hash) const;

 private:
  static constexpr std::size_t kRows = 4, kColumns = 4096;
  static constexpr std::uint32_t kPeriod = 8 * kColumns;  // uses between two halvings
  [[nodiscard]] static std::size_t column(std::uint64_t hash, std::size_t row);

  std::array<std::array<std::uint8_t, kColumns>, kRows> counts_{};
  std::uint32_t uses_ = 0;
};

struct CachedSegment {
  std::string content_type;
  std::shared_ptr<const files::MappedFile> file;
};

class SegmentCache {
 public:
  // 0 bytes: keeps nothing.
  explicit SegmentCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Counts as a use, also when it is not there.
  [[nodiscard]] std::optional<CachedSegment> find(std::string_view key);
  // Whether this answer must be handed to put(): it was asked for before, costs work, and is used clearly more often
  // than what would have to go. Others are told no until then.
  [[nodiscard]] bool wants(std::string_view key, const files::Content& body);
  // Copies the body. A system without memory for it costs a warning.
  void put(std::string_view key, std::string content_type, const files::Content& body);

 private:
  struct Entry {
    std::string key;
    std::uint64_t hash = 0;
    CachedSegment segment;
    std::size_t bytes = 0;
  };

  const std::size_t max_bytes_;
  std::mutex mutex_;
  UseCounts uses_;
  std::list<Entry> entries_;                                                 // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // views Entry::key
  std::unordered_set<std::string> coming_;                                   // wanted, and not put yet
  std::size_t bytes_ = 0;
};

}  // namespace lazulite::stream
