// ManagementEndpoint: both management APIs on the control listener, behind the administrator's token. Owned by App,
// outlives every connection; keeps no state.
#pragma once

#include "server/auth/management_authenticator.hpp"
#include "server/manage/arm_api.hpp"
#include "server/manage/management.hpp"

#include <string_view>

namespace lazulite::manage {

class ManagementEndpoint {
 public:
  // All outlive the endpoint.
  ManagementEndpoint(Management& management, const auth::ManagementAuthenticator& authenticator, WorkPool& db,
                     ApiRoot api_root)
      : management_(management), authenticator_(authenticator), db_(db), api_root_(std::move(api_root)) {}

  static bool serves(std::string_view path);
  // Never fails: errors are answers.
  Task<http::Response> handle(http::Request request);

 private:
  [[nodiscard]] http::Response answer(const http::Request& request) const;

  Management& management_;
  const auth::ManagementAuthenticator& authenticator_;
  WorkPool& db_;
  ApiRoot api_root_;
};

}  // namespace lazulite::manage
