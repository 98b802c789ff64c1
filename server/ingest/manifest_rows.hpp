// The rows of bulk ingestion, as both the API and ManifestIntake change them: a manifest's list of assets that await a
// file is kept here and nowhere else. All functions run inside the caller's transaction.
#pragma once

#include "schema/entities/ingest_manifest.hpp"
#include "schema/entities/ingest_manifest_asset.hpp"
#include "schema/entities/ingest_manifest_file.hpp"
#include "storage/rows/repository.hpp"

#include <string>
#include <string_view>

namespace lazulite::ingest {

// Brings PendingIngestManifestAssets in step with the files of this manifest asset. Call it after any of them changed;
// `leaving`: a file that is about to be removed.
Result<void> update_pending(rows::Session& session, std::string_view account, const std::string& manifest_id,
                            const std::string& manifest_asset_id, std::string_view leaving = {});

}  // namespace lazulite::ingest
