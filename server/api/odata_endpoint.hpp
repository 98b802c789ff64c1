// The REST API under /api/: generic OData over the entity tables (api.md). Owned by App; outlives every connection;
// thread-safe.
//
// Authentication has happened before: the caller is known, or nobody (then only GET of the service root and of
// $metadata is answered). Path: parse_target → one function of read_requests or write_requests inside one transaction,
// with the set's hooks → codec.
#pragma once

#include "server/api/api_services.hpp"
#include "server/http/message.hpp"
#include "server/http/task.hpp"

#include <optional>
#include <string>

namespace lazulite::api {

struct Caller {
  std::string account;  // media account
};

class ODataEndpoint {
 public:
  // db: the pool on which requests run; both outlive the endpoint.
  ODataEndpoint(ApiServices services, WorkPool& db) : services_(std::move(services)), db_(db) {}

  // Never fails: errors are answers.
  Task<http::Response> handle(http::Request request, std::optional<Caller> caller);

  // The answer to a request that was refused before it came here (its token's account is closed to it, say).
  [[nodiscard]] http::Response refuse(const http::Request& request, const Error& error) const;

  // The same as handle(), on this thread; it blocks.
  [[nodiscard]] http::Response respond(const http::Request& request, const std::optional<Caller>& caller) const;

 private:
  ApiServices services_;
  WorkPool& db_;
};

}  // namespace lazulite::api
