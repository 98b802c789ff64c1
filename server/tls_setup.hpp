// What the TLS listener shows its clients: the certificate of the settings, or certificates of the installation's own
// authority for every name that we answer to (accounts-storage.md E.1).
#pragma once

#include "config/settings.hpp"
#include "schema/base/time.hpp"
#include "server/http/tls.hpp"

#include <memory>

namespace lazulite::server {

// InvalidArgument or Io, with the file. Blocks on files; once, at start. `clock` outlives it.
Result<std::unique_ptr<http::TlsContext>> make_tls_context(const Settings& settings, const Clock& clock);

}  // namespace lazulite::server
