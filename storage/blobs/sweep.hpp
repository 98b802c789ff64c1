// What opening a store removes: everything that no acknowledged write refers to. Runs alone, before the store serves
// anyone.
#pragma once

#include "schema/base/result.hpp"

#include <filesystem>

namespace lazulite::blobs {

// Data files that no index names, half-written index files, half-made containers, trash, work folders. Reads
// directories only, and the index of a blob just where two data files compete for it.
Result<void> sweep(const std::filesystem::path& root);

}  // namespace lazulite::blobs
