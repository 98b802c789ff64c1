#include "server/cli/import_command.hpp"

#include "server/asset_import.hpp"

#include <ostream>

namespace lazulite::cli {

Result<void> import_folder(const Settings& settings, const ImportArguments& arguments, std::ostream& out) {
  server::ImportOptions options;
  options.account = arguments.account.empty() ? settings.account.name : arguments.account;
  options.dry_run = arguments.dry_run;
  const auto print = [&out](const std::string& line) { out << line << std::endl; };
  LAZULITE_TRY(const auto totals, server::import_assets(settings, arguments.folder, options, system_clock(), print));
  out << fmt::format("{} {} assets with {} files, {:.1f} MB; {} were there already, {} folders were left out.\n",
                     arguments.dry_run ? "Would import" : "Imported", totals.assets, totals.files,
                     static_cast<double>(totals.bytes) / 1e6, totals.present, totals.left_out);
  return {};
}

}  // namespace lazulite::cli
