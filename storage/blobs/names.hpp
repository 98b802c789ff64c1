// Names of accounts, containers and blobs: what is allowed (accounts-storage.md A.1, C.3), and the file name that
// stands for a blob.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <string>
#include <string_view>

namespace lazulite::blobs {

inline constexpr std::size_t kBlobNameLimit = 1024;  // bytes

// InvalidArgument "InvalidResourceName".
Result<void> check_container(const ContainerRef& ref);
// As check_container, and InvalidArgument "InvalidUri" for the blob's name.
Result<void> check_blob(const BlobRef& ref);

// A file name for a blob, different for different names, at most 200 bytes of [a-z0-9._%~-], never starting with a dot.
// Everything but [a-z0-9._-] is %XX; a name too long for that is its first 100 bytes, '~' and the SHA-256 of the whole.
std::string file_key(std::string_view name);

// The blob's name again; empty for a shortened key, whose name only the index file knows.
std::string name_of_key(std::string_view key);

}  // namespace lazulite::blobs
