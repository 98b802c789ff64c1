// When a blob was written, and the ETag of that write: .NET ticks (100 ns since year 1), as Azure's "0x8D…", never
// twice the same.
#pragma once

#include "schema/base/time.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace lazulite::blobs {

struct Stamp {
  Timestamp time{};
  std::uint64_t sequence = 0;  // grows with every stamp

  [[nodiscard]] std::string etag() const;  // with its quotes
};

// Thread-safe. The clock outlives it.
class StampSource {
 public:
  explicit StampSource(const Clock& clock) : clock_(clock) {}
  // Later than every stamp before, and later than `after` (what a clock set back would otherwise break across a
  // restart).
  Stamp next(std::uint64_t after = 0);
  [[nodiscard]] Timestamp now() const { return clock_.now(); }

 private:
  const Clock& clock_;
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace lazulite::blobs
