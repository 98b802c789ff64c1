#include "server/http/router.hpp"

#include "schema/base/text.hpp"

namespace lazulite::http {
namespace {

struct HostRule {
  std::string_view middle;  // the label after the account
  std::string_view service;
};
constexpr HostRule kHostRules[] = {
    {"blob", "blob"},     {"queue", "queue"},    {"streaming", "stream"},
    {"origin", "stream"}, {"restv2", "control"}, {"accesscontrol", "control"},
};

}  // namespace

std::string_view Router::service_of(std::string_view host) const {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) host = host.substr(0, colon);
  bool ours = false;
  for (const auto& domain : domains_) {
    ours = ours || (host.size() > domain.size() && ends_with_ignoring_case(host, domain) &&
                    host[host.size() - domain.size() - 1] == '.');
  }
  const auto first = host.find('.');
  if (!ours || first == std::string_view::npos) return {};
  const auto middle = host.substr(first + 1, host.find('.', first + 1) - first - 1);
  for (const auto& rule : kHostRules) {
    if (equals_ignoring_case(middle, rule.middle)) return rule.service;
  }
  return {};
}

const Route* Router::find(std::string_view default_service, std::string_view host, std::string_view path) const {
  const auto named = service_of(host);
  const auto wanted = named.empty() ? default_service : named;
  for (const auto& service : services_) {
    if (service.name != wanted) continue;
    for (const auto& route : service.routes) {
      const bool fits = route.match == PathMatch::kExact ? equals_ignoring_case(path, route.path)
                                                         : starts_with_ignoring_case(path, route.path);
      if (fits) return &route;
    }
  }
  return nullptr;
}

}  // namespace lazulite::http
