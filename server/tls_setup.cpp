#include "server/tls_setup.hpp"

#include "schema/base/text.hpp"
#include "server/addresses.hpp"
#include "server/auth/installation_secrets.hpp"
#include "storage/files/file.hpp"

#include <algorithm>

namespace lazulite::server {
namespace {

constexpr std::uint64_t kMaxPemBytes = 1U << 20U;

Result<std::string> read_pem(const std::string& path) {
  auto text = files::read_file(path, kMaxPemBytes);
  if (!text) return fail(text.error().code, "cannot read {}: {}", path, text.error().message);
  return text;
}

bool is_or_lies_under(std::string_view name, std::string_view domain) {
  if (!ends_with_ignoring_case(name, domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

// The host of "https://host:port".
std::string host_of(std::string_view base) {
  const auto host = base.find("//");
  return std::string{split_host(host == std::string_view::npos ? base : base.substr(host + 2)).name};
}

// Names of this machine, for clients that ask for none.
std::vector<std::string> own_names(const NetworkSettings& network) {
  std::vector<std::string> out = {"localhost", "127.0.0.1", "::1"};
  for (const auto& base : {network.public_control, network.public_stream, network.public_blob}) {
    const auto host = host_of(base);
    if (!host.empty() && std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<http::TlsContext>> make_tls_context(const Settings& settings, const Clock& clock) {
  const auto& network = settings.network;
  if (!network.tls_certificate.empty()) {
    http::IssuedCertificate certificate;
    LAZULITE_TRY(certificate.chain, read_pem(network.tls_certificate));
    LAZULITE_TRY(certificate.key, read_pem(network.tls_key));
    return http::TlsContext::with_certificate(certificate);
  }
  LAZULITE_TRY(auto authority, auth::load_or_create_authority(settings.data));
  auto served = network.domains;
  served.insert(served.end(), network.tls_names.begin(), network.tls_names.end());
  served.insert(served.end(), network.global_hosts.begin(), network.global_hosts.end());
  auto serves = [served = std::move(served)](std::string_view name) {
    return std::any_of(served.begin(), served.end(), [name](const auto& each) { return is_or_lies_under(name, each); });
  };
  return http::TlsContext::with_authority(std::move(authority), own_names(network), std::move(serves), clock);
}

}  // namespace lazulite::server
