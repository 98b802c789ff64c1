#include "server/cli/tls_commands.hpp"

#include "server/auth/installation_secrets.hpp"

#include <ostream>

namespace lazulite::cli {

Result<void> export_authority(const Settings& settings, std::ostream& out) {
  LAZULITE_TRY(const auto authority, auth::load_or_create_authority(settings.data));
  out << authority.certificate_pem();
  return {};
}

}  // namespace lazulite::cli
