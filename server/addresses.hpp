// Public URLs of the services, made when an entity is read and never stored (accounts-storage.md E.2, api.md rule 28):
// the configured public base, else the host by which the client called, with the service's own port (IP, localhost or
// an unknown name: blobs in path style) or its sibling name under the same domain ({account}.restv2.{region}.D →
// {storage}.blob.D, {account}.streaming.D). Immutable after the listeners are open; thread-safe.
#pragma once

#include "config/settings.hpp"
#include "server/http/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite::server {

struct ServicePorts {
  std::uint16_t control = 0, stream = 0, blob = 0, queue = 0;
  std::uint16_t tls = 0;  // of our own TLS listener, where the host names tell the services apart; 0: none
};

class Addresses {
 public:
  Addresses(NetworkSettings settings, ServicePorts ports) : settings_(std::move(settings)), ports_(ports) {}

  // "http://host:port/api/"
  [[nodiscard]] std::string api_root(const http::Request& request) const;
  // A request to a name that stands for all accounts, not for one (api.md rule 6): "media.windows.net".
  [[nodiscard]] bool is_global(const http::Request& request) const;
  // The API root on the account's own host: the public base, else {account}.restv2.{region}.{first domain}.
  [[nodiscard]] std::string account_root(const http::Request& request, std::string_view account) const;
  // The same for a client that may have called by an address: then that one.
  [[nodiscard]] std::string reachable_root(const http::Request& request, std::string_view account) const;
  // "http://host:port/account/asset-…", without a trailing slash
  [[nodiscard]] std::string blob_container(const http::Request& request, std::string_view storage_account,
                                           std::string_view container) const;
  // "http://host:port", without a trailing slash
  [[nodiscard]] std::string streaming_base(const http::Request& request, std::string_view account) const;
  // "host:port" of the above
  [[nodiscard]] std::string streaming_host(const http::Request& request, std::string_view account) const;
  // "{endpoint}-{account}.streaming.domain:port", of a streaming endpoint other than the default one: only its name
  // tells it apart, so a client that calls by IP gets it under the first domain of the settings.
  [[nodiscard]] std::string endpoint_host(const http::Request& request, std::string_view account,
                                          std::string_view endpoint) const;
  // Key and licence delivery of an account (protection.md 8.1): "https://account.keydelivery.domain", or below the
  // control service "http://host:port/keydelivery/account"; without a trailing slash
  [[nodiscard]] std::string key_delivery_base(const http::Request& request, std::string_view account) const;

 private:
  [[nodiscard]] std::string same_host(const http::Request& request, std::uint16_t port) const;

  NetworkSettings settings_;
  ServicePorts ports_;
};

// "host" and ":port" of a Host header; the port part is empty when absent. IPv6 in brackets.
struct HostParts {
  std::string_view name, port;
};
HostParts split_host(std::string_view host);

}  // namespace lazulite::server
