#include "server/cli/open_database.hpp"

#include "server/app.hpp"

#include <filesystem>
#include <system_error>

namespace lazulite::cli {

Result<std::unique_ptr<rows::Database>> open_database(const Settings& settings) {
  rows::DatabaseOptions options;
  options.path = server::database_path(settings);
  options.readers = 1;
  options.synchronous_full = settings.database.synchronous == "full";
  return rows::Database::open(options);
}

Result<std::unique_ptr<rows::Database>> open_existing_database(const Settings& settings) {
  std::error_code error;
  if (!std::filesystem::exists(server::database_path(settings), error)) {
    return fail(ErrorCode::kNotFound,
                "there is no database in the data folder '{}'; `lazulite serve` or `account create` makes one",
                settings.data);
  }
  return open_database(settings);
}

}  // namespace lazulite::cli
