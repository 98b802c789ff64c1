#include "server/cli/serve_command.hpp"

#include "server/app.hpp"
#include "server/cli/account_text.hpp"
#include "server/cli/version.hpp"

#include <ostream>

namespace lazulite::cli {
namespace {

void print_addresses(const server::ListeningAt& at, std::ostream& out) {
  out << "Lazulite " << version() << " is ready. Stop it with Ctrl-C.\n"
      << "  REST API        " << at.control << "/api/\n"
      << "  ACS tokens      " << at.control << "/v2/OAuth2-13\n"
      << "  AAD tokens      " << at.control << "/{any tenant}/oauth2/token\n"
      << "  streaming       " << at.stream << "/\n"
      << "  blobs           " << at.blob << "/{storage account}/\n";
  if (!at.queue.empty()) out << "  queues          " << at.queue << "/{storage account}/\n";
  if (!at.tls.empty())
    out << "  all, over TLS   " << at.tls
        << " by host names; `lazulite tls export-ca` prints what clients must trust\n";
}

}  // namespace

Result<void> serve(const Settings& settings, std::ostream& out) {
  LAZULITE_TRY(const auto app, server::App::start(settings));
  print_addresses(app->listening_at(), out);
  if (const auto& account = app->first_account()) {
    out << "A first account was made. `lazulite account keys " << account->name << "` prints this again:\n"
        << keys_text(*account, "  ");
  }
  out.flush();
  app->run_until_signal();
  return {};
}

}  // namespace lazulite::cli
