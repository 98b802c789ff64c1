// Compression in the gzip format (RFC 1952); the only zlib. Thread-safe.
#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>

namespace lazulite {

// Internal when zlib refuses, which only lack of memory makes it do.
Result<std::string> gzip(std::string_view data);
// At most `limit` bytes come out: TooLarge beyond; InvalidArgument for what is no whole gzip file.
Result<std::string> gunzip(std::string_view data, std::size_t limit);

}  // namespace lazulite
