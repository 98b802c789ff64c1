// `lazulite serve`: starts the App, says where it listens and how to connect, and runs until a signal.
#pragma once

#include "config/settings.hpp"
#include "schema/base/result.hpp"

#include <iosfwd>

namespace lazulite::cli {

Result<void> serve(const Settings& settings, std::ostream& out);

}  // namespace lazulite::cli
