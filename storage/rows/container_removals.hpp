// Notes of containers that must go because their assets were deleted: written in the transaction that deletes the
// asset, forgotten once the container is gone, worked off at the next start when the server died in between. Over all
// media accounts.
#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

class Session;

struct ContainerRemoval {
  std::string storage_account, container;
};

// Noting twice is one note; forgetting what is not noted is no error.
Result<void> note_container_removal(Session& session, std::string_view storage_account, std::string_view container);
Result<void> forget_container_removal(Session& session, std::string_view storage_account, std::string_view container);
Result<std::vector<ContainerRemoval>> noted_container_removals(Session& session);

// For migrations.cpp.
Result<void> create_container_removals(Session& session);

}  // namespace lazulite::rows
