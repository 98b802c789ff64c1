#include "storage/blobs/stamp.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lazulite::blobs {

std::string Stamp::etag() const { return fmt::format("\"0x{:X}\"", sequence); }

Stamp StampSource::next(std::uint64_t after) {
  Stamp stamp{clock_.now()};
  const auto ticks = static_cast<std::uint64_t>((stamp.time - dotnet_min_time()).count()) * 10;
  auto last = last_.load();
  do {
    stamp.sequence = std::max({ticks, last + 1, after + 1});
  } while (!last_.compare_exchange_weak(last, stamp.sequence));
  return stamp;
}

}  // namespace lazulite::blobs
