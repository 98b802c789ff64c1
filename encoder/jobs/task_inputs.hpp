// What a task works on, looked up when it starts: its row, its input assets with their files, its output assets, and
// the reserved units of its account.
#pragma once

#include "encoder/jobs/storage_keys.hpp"
#include "encoder/processors/media_processor.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/task.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/task_leases.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

struct TaskAsset {
  Asset asset;
  std::vector<AssetFile> files;
  std::optional<ContentKey> storage_key;  // of an asset that is storage-encrypted
};

struct TaskRows {
  JobTask task;
  std::vector<TaskAsset> inputs;  // in taskBody order
  std::vector<Asset> outputs;     // in taskBody order
  std::vector<OutputAssetSpec> output_specs;
  EncodingReservedUnitType units;
};

// In Database::read. An asset that is gone, or protected otherwise than by storage encryption, is an error with a code
// of processing.md 5.1 as its detail.
Result<TaskRows> load_task_rows(rows::Session& session, const rows::TaskClaim& claim);

// Looks at the blobs of all files, and makes them openable in the clear. `store` outlives the result. The detail of an
// error is a code of processing.md 5.1.
Result<std::vector<InputAsset>> open_inputs(blobs::BlobStore& store, const StorageKeys& keys, std::string_view account,
                                            const std::vector<TaskAsset>& inputs);

}  // namespace lazulite::encoder
