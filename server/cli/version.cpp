#include "server/cli/version.hpp"

namespace lazulite::cli {

std::string_view version() { return LAZULITE_VERSION; }

}  // namespace lazulite::cli
