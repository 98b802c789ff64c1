// Which handler answers a request: each listener has a default service, and a request whose Host names another service
// goes there (design.md "On the network"). A service is a list of routes by path prefix. Built once by App, then
// immutable.
#pragma once

#include "server/http/message.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::http {

using Handler = std::function<Task<Response>(Request)>;

enum class PathMatch : std::uint8_t { kExact, kPrefix };

struct Route {
  std::string name;  // for metrics: "api", "blob", "token"
  std::string path;  // lower case; compared without regard to case
  PathMatch match = PathMatch::kPrefix;
  Handler handler;
  std::uint64_t max_body_bytes = 1 << 20;
  bool streaming = false;  // the handler pulls the body itself
  bool log_path = true;    // access lines show the path (never the query)
};

struct Service {
  std::string name;           // "control", "stream", "blob", "queue"
  std::vector<Route> routes;  // the first that fits answers
};

class Router {
 public:
  // Hosts of the form "<label>.<middle>.…" with one of the domains: "blob" for *.blob.<domain> and so on.
  explicit Router(std::vector<std::string> domains) : domains_(std::move(domains)) {}

  void add(Service service) { services_.push_back(std::move(service)); }
  // The route for a request on a listener of that service; nullptr when no route fits (404). `path` is as sent, without
  // the query.
  [[nodiscard]] const Route* find(std::string_view default_service, std::string_view host, std::string_view path) const;

 private:
  [[nodiscard]] std::string_view service_of(std::string_view host) const;
  std::vector<std::string> domains_;
  std::vector<Service> services_;
};

}  // namespace lazulite::http
