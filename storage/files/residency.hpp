// Whether bytes of a mapped file can be read without waiting for the disk. Thread-safe.
#pragma once

#include <cstdint>
#include <span>

namespace lazulite::files {

// `mapped`: a part of MappedFile::bytes(). False also when the system does not tell, or for more than 64 MiB.
bool is_in_memory(std::span<const std::uint8_t> mapped);

}  // namespace lazulite::files
