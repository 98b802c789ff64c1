// The database of the data folder, opened beside a running server or without one.
#pragma once

#include "config/settings.hpp"
#include "storage/rows/database.hpp"

#include <memory>

namespace lazulite::cli {

// Makes it when there is none.
Result<std::unique_ptr<rows::Database>> open_database(const Settings& settings);
// NotFound when the data folder has none.
Result<std::unique_ptr<rows::Database>> open_existing_database(const Settings& settings);

}  // namespace lazulite::cli
