// What a change of states leaves to be done once its transaction is on disk. All of it is noted in the database too
// (container_removals, pending_outputs), so that the next start does what a crash left.
#pragma once

#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"

#include <string>
#include <vector>

namespace lazulite::encoder {

struct StateEffects {
  std::vector<blobs::ContainerRef> containers;  // of deleted output assets
  std::vector<std::string> ended_tasks;         // that did not finish: their moved outputs go
};

// Does it; what fails is logged.
void apply_effects(rows::Database& database, blobs::BlobStore& store, const StateEffects& effects);

}  // namespace lazulite::encoder
