// What SQLite's planner is told of our indexes, once per schema. Left alone it takes an account for a selective column
// and then walks all assets in the order of Created to find one by its name.
#pragma once

#include "schema/base/result.hpp"

namespace lazulite::rows {

class Session;

// Replaces the statistics of every index that begins with the account; measured ones (ANALYZE) would depend on the day.
// Connections see them when they read the schema: call it before readers open.
Result<void> write_planner_statistics(Session& session);

}  // namespace lazulite::rows
