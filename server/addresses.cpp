#include "server/addresses.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::server {
namespace {

// The domain D of "{account}.restv2.{region}.D"; empty for another name.
std::string_view api_domain(std::string_view host_name) {
  const auto account_end = host_name.find('.');
  if (account_end == std::string_view::npos) return {};
  auto rest = host_name.substr(account_end + 1);
  if (!starts_with_ignoring_case(rest, "restv2.")) return {};
  rest.remove_prefix(7);
  const auto region_end = rest.find('.');
  return region_end == std::string_view::npos ? std::string_view{} : rest.substr(region_end + 1);
}

std::string scheme(const http::Request& request) { return request.secure ? "https://" : "http://"; }

}  // namespace

HostParts split_host(std::string_view host) {
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return {host, {}};
  return {host.substr(0, colon), host.substr(colon)};
}

std::string Addresses::same_host(const http::Request& request, std::uint16_t port) const {
  const auto host = split_host(request.host());
  // Our own TLS listener serves the control service alone to who calls it by an address; the others have plain ports.
  const bool own_tls = ports_.tls != 0 && split_host(request.local_address).port == fmt::format(":{}", ports_.tls);
  return fmt::format("{}{}:{}", own_tls ? "http://" : scheme(request), host.name.empty() ? "127.0.0.1" : host.name,
                     port);
}

std::string Addresses::api_root(const http::Request& request) const {
  return (settings_.public_control.empty() ? request.base_url() : settings_.public_control) + "/api/";
}

bool Addresses::is_global(const http::Request& request) const {
  const auto name = split_host(request.host()).name;
  if (!settings_.public_control.empty() && equals_ignoring_case(settings_.public_control, request.base_url()))
    return false;  // a name is never sent on to itself
  return std::any_of(settings_.global_hosts.begin(), settings_.global_hosts.end(),
                     [name](const auto& each) { return equals_ignoring_case(name, each); });
}

std::string Addresses::account_root(const http::Request& request, std::string_view account) const {
  if (!settings_.public_control.empty()) return settings_.public_control + "/api/";
  const auto domain = settings_.domains.empty() ? std::string_view{"localhost"} : settings_.domains.front();
  return fmt::format("{}{}.restv2.{}.{}{}/api/", scheme(request), account, settings_.region, domain,
                     split_host(request.host()).port);
}

std::string Addresses::reachable_root(const http::Request& request, std::string_view account) const {
  const auto name = split_host(request.host()).name;
  const bool is_address = name.find_first_not_of("0123456789.") == std::string_view::npos || name.starts_with('[');
  return is_address || equals_ignoring_case(name, "localhost") ? api_root(request) : account_root(request, account);
}

std::string Addresses::blob_container(const http::Request& request, std::string_view storage_account,
                                      std::string_view container) const {
  if (!settings_.public_blob.empty()) return fmt::format("{}/{}/{}", settings_.public_blob, storage_account, container);
  const auto host = split_host(request.host());
  if (const auto domain = api_domain(host.name); !domain.empty()) {
    return fmt::format("{}{}.blob.{}{}/{}", scheme(request), storage_account, domain, host.port, container);
  }
  return fmt::format("{}/{}/{}", same_host(request, ports_.blob), storage_account, container);
}

std::string Addresses::streaming_base(const http::Request& request, std::string_view account) const {
  if (!settings_.public_stream.empty()) return settings_.public_stream;
  const auto host = split_host(request.host());
  if (const auto domain = api_domain(host.name); !domain.empty()) {
    return fmt::format("{}{}.streaming.{}{}", scheme(request), account, domain, host.port);
  }
  return same_host(request, ports_.stream);
}

std::string Addresses::key_delivery_base(const http::Request& request, std::string_view account) const {
  const auto host = split_host(request.host());
  const auto domain = settings_.public_control.empty() ? api_domain(host.name) : std::string_view{};
  if (!domain.empty()) return fmt::format("{}{}.keydelivery.{}{}", scheme(request), account, domain, host.port);
  const auto base = settings_.public_control.empty() ? request.base_url() : settings_.public_control;
  return fmt::format("{}/keydelivery/{}", base, account);
}

std::string Addresses::streaming_host(const http::Request& request, std::string_view account) const {
  const std::string base = streaming_base(request, account);
  return base.substr(base.find("//") + 2);
}

std::string Addresses::endpoint_host(const http::Request& request, std::string_view account,
                                     std::string_view endpoint) const {
  const auto host = split_host(request.host());
  if (const auto domain = api_domain(host.name); !domain.empty())
    return fmt::format("{}-{}.streaming.{}{}", endpoint, account, domain, host.port);
  const std::string default_host = streaming_host(request, account);
  const std::string domain = settings_.domains.empty() ? "localhost" : settings_.domains.front();
  return fmt::format("{}-{}.streaming.{}{}", endpoint, account, domain, split_host(default_host).port);
}

}  // namespace lazulite::server
