#include "server/cli/backup_commands.hpp"

#include "server/backup.hpp"

#include <ostream>

namespace lazulite::cli {
namespace {

void print(const blobs::CopyTotals& totals, const std::string& folder, std::ostream& out) {
  out << fmt::format("{} now holds {} blobs in {} containers; {:.1f} MB were copied.\n", folder, totals.blobs,
                     totals.containers, static_cast<double>(totals.bytes) / 1e6);
}

}  // namespace

Result<void> back_up(const Settings& settings, const std::string& folder, std::ostream& out) {
  LAZULITE_TRY(const auto totals, server::back_up(settings, folder));
  print(totals, folder, out);
  return {};
}

Result<void> restore(const Settings& settings, const std::string& folder, std::ostream& out) {
  LAZULITE_TRY(const auto totals, server::restore(folder, settings));
  print(totals, settings.data, out);
  return {};
}

}  // namespace lazulite::cli
