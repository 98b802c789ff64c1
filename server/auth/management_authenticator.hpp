// Says whether a request comes from the administrator of the installation: `Authorization: Bearer` with the management
// key itself, or with an AAD token that the management application was given for Azure's management resources
// (accounts-storage.md A.2, A.3). Pure but for the clock; thread-safe. Deviation: no client certificates.
#pragma once

#include "schema/base/time.hpp"
#include "server/auth/installation_secrets.hpp"
#include "server/http/message.hpp"

namespace lazulite::auth {

class ManagementAuthenticator {
 public:
  // The arguments outlive this.
  ManagementAuthenticator(const InstallationSecrets& secrets, const Clock& clock) : secrets_(secrets), clock_(clock) {}
  // Unauthorized unless it is.
  [[nodiscard]] Result<void> authenticate(const http::Request& request) const;

 private:
  const InstallationSecrets& secrets_;
  const Clock& clock_;
};

}  // namespace lazulite::auth
