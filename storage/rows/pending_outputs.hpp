// Which blobs an attempt of a task is about to put into output containers, noted before the first of them is there.
// When the attempt dies in between, the next one, or the end of the task, finds and removes what it left. Call in
// Database::write.
#pragma once

#include "storage/rows/database.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

struct PendingOutput {
  std::string account, asset;  // media account, asset id
  std::string storage_account, container, blob;
};

Result<void> create_pending_output_table(Session& session);  // for migrations

Result<void> note_pending_outputs(Session& session, std::string_view task, std::span<const PendingOutput> outputs);
Result<std::vector<PendingOutput>> list_pending_outputs(Session& session, std::string_view task);
// Tasks with noted outputs that no worker runs.
Result<std::vector<std::string>> tasks_with_abandoned_outputs(Session& session);
Result<void> forget_pending_outputs(Session& session, std::string_view task);

}  // namespace lazulite::rows
