// Assets from a copy of a storage account: every folder "asset-<guid>" of a folder becomes a container, and an asset
// with that id. For people who kept the containers of the service that was switched off. Blocking; for the command
// line.
#pragma once

#include "config/settings.hpp"
#include "schema/base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace lazulite::server {

struct ImportOptions {
  std::string account;   // media account; the assets lie in its default storage account
  bool dry_run = false;  // only say what would be done
};
struct ImportTotals {
  std::uint64_t assets = 0, files = 0, bytes = 0;
  std::uint64_t present = 0, left_out = 0;  // assets that are there already; folders that are no asset's container
};

// Calls `report` with a line for each folder. An asset appears with all its files or not at all; an import that broke
// off is completed by running it again. Conflict while a server uses the data folder, NotFound for the account or the
// folder, Io.
Result<ImportTotals> import_assets(const Settings& settings, const std::filesystem::path& source,
                                   const ImportOptions& options, const Clock& clock,
                                   const std::function<void(const std::string& line)>& report);

}  // namespace lazulite::server
