// `lazulite backup FOLDER` and `lazulite restore FOLDER`.
#pragma once

#include "config/settings.hpp"

#include <iosfwd>
#include <string>

namespace lazulite::cli {

Result<void> back_up(const Settings& settings, const std::string& folder, std::ostream& out);
Result<void> restore(const Settings& settings, const std::string& folder, std::ostream& out);

}  // namespace lazulite::cli
