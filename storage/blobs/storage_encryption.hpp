// Storage encryption of the files of an asset (accounts-storage.md C.6): AES-256-CTR over the whole file, by the
// asset's storage key and the file's initialization vector. Blobs hold cipher text; whoever works on the media gets
// clear bytes in a file that has no name, so that nothing in the clear is left behind, not even by a crash. Blocks;
// thread-safe.
#pragma once

#include "schema/base/counter_cipher.hpp"
#include "storage/blobs/blob_store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace lazulite::blobs {

// AssetFile.InitializationVector: a decimal number of 64 bits. InvalidArgument.
Result<std::uint64_t> parse_initialization_vector(std::string_view text);

// A read-only file of the clear bytes, which takes as much room as `source` until it is closed. It is made in a work
// folder of the store. Io; detail "InsufficientStorage" when there is no room.
Result<files::FileDescriptor> decrypt(BlobStore& store, const files::FileDescriptor& source, const StorageKey& key,
                                      std::uint64_t initialization_vector);

// Encrypts a file where it is.
Result<void> encrypt_in_place(const std::filesystem::path& path, const StorageKey& key,
                              std::uint64_t initialization_vector);

// Another descriptor of an open file, also of one without a name.
Result<files::FileDescriptor> reopen(const files::FileDescriptor& file);

}  // namespace lazulite::blobs
