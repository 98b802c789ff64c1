// The numbered steps from an empty file to the tables that this program works on. Append only: a step that was released
// never changes. A new entity is one line in a new step: create_table(session, kX); a new property one line:
// add_missing_columns(session, kX).
#pragma once

#include "storage/rows/database.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace lazulite::rows {

struct Migration {
  std::int64_t number;
  std::string_view name;
  Result<void> (*apply)(Session& session);
};

// In ascending order, from 1, without gaps.
std::span<const Migration> migrations();

// Runs what is missing, each step in a transaction of its own that also records it, so several processes may start at
// once. Unsupported when the file was written by a newer program.
Result<void> migrate(Session& session, std::span<const Migration> steps);

}  // namespace lazulite::rows
