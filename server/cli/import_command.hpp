// `lazulite import FOLDER`.
#pragma once

#include "config/settings.hpp"

#include <iosfwd>
#include <string>

namespace lazulite::cli {

struct ImportArguments {
  std::string folder, account;  // account: empty for the one of the settings
  bool dry_run = false;
};

Result<void> import_folder(const Settings& settings, const ImportArguments& arguments, std::ostream& out);

}  // namespace lazulite::cli
