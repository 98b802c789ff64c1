// How much a storage account holds in a FileBlobStore's folder, from its directories alone: beside a running store, and
// without opening a blob.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace lazulite::blobs {

// Bytes of the committed blobs of all containers. 0 for an account without any. What comes or goes meanwhile may count
// or not. Io.
Result<std::uint64_t> used_bytes(const std::filesystem::path& store_root, std::string_view account);

}  // namespace lazulite::blobs
