// A copy of the whole database for backups.
#pragma once

#include "schema/base/result.hpp"

#include <filesystem>

namespace lazulite::rows {

// Writes a consistent copy of the database `from` to the new file `to`, beside programs that use it: all that was
// committed when the call began. Not flushed. NotFound when there is no `from`, Io with the reason. Blocks.
Result<void> copy_database(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace lazulite::rows
