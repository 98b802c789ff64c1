#include "server/auth/management_authenticator.hpp"

#include "schema/base/text.hpp"
#include "server/auth/aad_token.hpp"
#include "server/auth/bearer_authenticator.hpp"

namespace lazulite::auth {

Result<void> ManagementAuthenticator::authenticate(const http::Request& request) const {
  LAZULITE_TRY(const auto token, bearer_token(request.headers));
  if (equal_in_constant_time(token, secrets_.management_key)) return {};
  const auto claims = read_management_token(token, secrets_.tenant_id, secrets_.jwt_key, clock_.now());
  if (claims && claims->client_id == secrets_.management_client_id) return {};
  return fail(ErrorCode::kUnauthorized, "The access token is not one of the administrator.");
}

}  // namespace lazulite::auth
