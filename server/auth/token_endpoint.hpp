// The two token services over HTTP: ACS at /v2/OAuth2-13 (accounts-storage.md B.1) and AAD v1 at /{tenant}/oauth2/token
// with its discovery documents (B.2). Any {tenant} is accepted: an installation has one. App owns the instance; it
// outlives every connection. Thread-safe: the handlers keep no state, accounts are looked up on the db pool. Grant
// types other than client_credentials with a secret are refused with unsupported_grant_type.
#pragma once

#include "schema/base/time.hpp"
#include "schema/entities/media_account.hpp"
#include "server/auth/form.hpp"
#include "server/auth/installation_secrets.hpp"
#include "server/http/message.hpp"
#include "storage/rows/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::auth {

class TokenEndpoint {
 public:
  // The arguments outlive this.
  TokenEndpoint(rows::Database& database, WorkPool& db_pool, const InstallationSecrets& secrets, const Clock& clock)
      : database_(database), db_pool_(db_pool), secrets_(secrets), clock_(clock) {}

  // True for the paths that handle() answers with something else than 404.
  static bool serves(std::string_view path);

  // Dispatches by path: all of the token services.
  Task<http::Response> handle(http::Request request);

 private:
  struct Credentials {
    std::string client_id;
    std::vector<std::string> secrets;  // readings of the one secret; empty when none was sent
  };

  Task<http::Response> acs_token(http::Request request);
  Task<http::Response> aad_token(http::Request request);
  [[nodiscard]] http::Response instance_discovery(const http::Request& request) const;
  [[nodiscard]] http::Response openid_configuration(const http::Request& request, std::string_view tenant) const;
  [[nodiscard]] http::Response issue_aad_token(std::string client_id, std::string resource,
                                               const http::Request& request) const;
  // For the management application, with its own resources.
  [[nodiscard]] http::Response management_token(const Credentials& credentials, std::string resource,
                                                const http::Request& request) const;
  static Credentials aad_credentials(const Form& form, const http::Headers& headers);

  rows::Database& database_;
  WorkPool& db_pool_;
  const InstallationSecrets& secrets_;
  const Clock& clock_;
};

}  // namespace lazulite::auth
