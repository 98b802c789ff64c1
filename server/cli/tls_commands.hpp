// `lazulite tls`: the installation's certificate authority, for people who let their clients trust it.
#pragma once

#include "config/settings.hpp"

#include <iosfwd>

namespace lazulite::cli {

// Prints its certificate in PEM form; makes the authority when there is none yet.
Result<void> export_authority(const Settings& settings, std::ostream& out);

}  // namespace lazulite::cli
