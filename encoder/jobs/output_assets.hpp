// Output assets of tasks: their creation with the job, the way of a task's files into them, and their removal.
//
// A task's files become visible in three steps: noted (pending_outputs), moved into the container, then made AssetFile
// rows in the transaction that ends the task. Whatever dies in between leaves a note by which
// discard_pending_outputs() finds the blobs again.
#pragma once

#include "encoder/processors/media_processor.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/pending_outputs.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

// "asset-<guid>" in the asset's storage account (api.md 5.2).
blobs::ContainerRef container_of(const Asset& asset);

// Of a file that is stored encrypted (accounts-storage.md C.6).
struct FileEncryption {
  std::string key_id, initialization_vector;
};
inline constexpr std::string_view kStorageEncryptionScheme = "StorageEncryption", kStorageEncryptionVersion = "1.0";

// A file of a task on its way, and the asset that it goes into.
struct OutgoingFile {
  OutputFile file;
  Asset asset;
  std::uint64_t size = 0;  // known once it is moved
  std::optional<FileEncryption> encryption{};
};

// Which file processing starts from: marked primary, else the only one, else the only .ism (api.md 5.3). None when that
// does not determine one.
std::optional<std::size_t> primary_file(const std::vector<AssetFile>& files);

// In Database::write: notes the files, after checking that none of their names is taken. Conflict otherwise.
Result<void> note_outgoing_files(rows::Session& session, std::string_view account, std::string_view task,
                                 const std::vector<OutgoingFile>& files);
// Moves one into its container, and fills in its size.
Result<void> move_into_container(blobs::BlobStore& store, OutgoingFile& file);
// In Database::write: the AssetFile rows; the first primary file of an asset is its primary.
Result<void> insert_asset_files(rows::Session& session, std::string_view account, std::string_view task,
                                const std::vector<OutgoingFile>& files, Timestamp now);
// Removes the blobs that attempts noted and moved, but never made files: of one task, or of all that nobody runs.
Result<void> discard_pending_outputs(rows::Database& database, blobs::BlobStore& store, std::string_view task);
Result<void> discard_abandoned_outputs(rows::Database& database, blobs::BlobStore& store);

// In Database::write: the rows of an asset and of what hangs on it; links from jobs, tasks and other assets stay, as
// tombstones. Its container, to be deleted after the commit; none when the asset is gone already.
Result<std::optional<blobs::ContainerRef>> delete_output_asset(rows::Session& session, std::string_view account,
                                                               std::string_view asset_id);

}  // namespace lazulite::encoder
