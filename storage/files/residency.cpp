#include "storage/files/residency.hpp"

#include <algorithm>
#include <array>
#include <sys/mman.h>

namespace lazulite::files {

bool is_in_memory(std::span<const std::uint8_t> mapped) {
  constexpr std::uintptr_t kPage = 4096, kMaxPages = 16 * 1024;
  if (mapped.empty()) return true;
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped.data());
  const std::uintptr_t first = begin / kPage, pages = (begin + mapped.size() - 1) / kPage - first + 1;
  if (pages > kMaxPages) return false;
  std::array<unsigned char, kMaxPages> in_memory;  // bit 0 of each page
  const std::uintptr_t lead = begin - first * kPage;
  auto* const start = const_cast<std::uint8_t*>(mapped.data()) - lead;
  if (::mincore(start, pages * kPage, in_memory.data()) != 0) return false;
  return std::all_of(in_memory.begin(), in_memory.begin() + static_cast<std::ptrdiff_t>(pages),
                     [](unsigned char page) { return (page & 1U) != 0; });
}

}  // namespace lazulite::files
