// IngestManifests, their assets and their files (api.md 5.15 to 5.17): the upload container of a manifest, its state
// and statistics, and the cascades. What is uploaded is taken in by server/ingest.
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kIngestManifestHooks;
extern const EntityHooks kIngestManifestAssetHooks;
extern const EntityHooks kIngestManifestFileHooks;

}  // namespace lazulite::api
