// Routes of the control listener: /health, /metrics, the REST API behind its bearer authenticator, the
// management APIs, and the token services for all else. Owned by App; what it refers to outlives it.
#pragma once

#include "server/addresses.hpp"
#include "server/api/odata_endpoint.hpp"
#include "server/auth/bearer_authenticator.hpp"
#include "server/auth/token_endpoint.hpp"
#include "server/http/router.hpp"
#include "server/manage/management_endpoint.hpp"
#include "server/metrics.hpp"
#include "storage/rows/database.hpp"

namespace lazulite::server {

class ControlService {
 public:
  struct Parts {
    auth::BearerAuthenticator& authenticator;
    auth::TokenEndpoint& tokens;
    api::ODataEndpoint& api;
    manage::ManagementEndpoint& management;
    rows::Database& database;
    WorkPool& db;
    Metrics& metrics;
    const Addresses& addresses;
  };
  ControlService(Parts parts, std::uint64_t max_body_bytes) : parts_(parts), max_body_bytes_(max_body_bytes) {}

  [[nodiscard]] http::Service service();

 private:
  Task<http::Response> answer_api(http::Request request);
  Task<http::Response> answer_other(http::Request request);
  Task<http::Response> answer_health(http::Request request);
  Task<http::Response> answer_metrics(http::Request request);

  Parts parts_;
  std::uint64_t max_body_bytes_;
};

}  // namespace lazulite::server
