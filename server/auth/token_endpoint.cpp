#include "server/auth/token_endpoint.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "server/auth/aad_token.hpp"
#include "server/auth/acs_token.hpp"
#include "server/auth/error_catalog.hpp"
#include "storage/rows/directory.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <span>

namespace lazulite::auth {
namespace {

namespace json = boost::json;

enum class Route { kNone, kAcsToken, kAadToken, kInstanceDiscovery, kOpenIdConfiguration, kKeys };

struct RouteMatch {
  Route route = Route::kNone;
  std::string_view tenant;  // the first path segment
};

RouteMatch match(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  if (equals_ignoring_case(path, "v2/OAuth2-13")) return {Route::kAcsToken, {}};
  const auto slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return {};
  const auto tenant = path.substr(0, slash);
  const auto rest = path.substr(slash + 1);
  if (equals_ignoring_case(rest, "oauth2/token")) return {Route::kAadToken, tenant};
  if (equals_ignoring_case(rest, ".well-known/openid-configuration")) return {Route::kOpenIdConfiguration, tenant};
  if (equals_ignoring_case(rest, "discovery/keys")) return {Route::kKeys, tenant};
  if (equals_ignoring_case(path, "common/discovery/instance")) return {Route::kInstanceDiscovery, tenant};
  return {};
}

// Every reading is compared with every secret, so that the time tells nothing.
bool any_equal(std::span<const std::string> readings, std::initializer_list<std::string_view> secrets) {
  bool found = false;
  for (const auto& reading : readings) {
    for (const auto secret : secrets) {
      const bool same = !secret.empty() && equal_in_constant_time(reading, secret);
      found = found || same;
    }
  }
  return found;
}

void log_failure(const Error& error) {
  logger("auth").error("an account could not be looked up error={} message=\"{}\"", error_code_name(error.code),
                       error.message);
}

// scheme://host/tenant/… split; nullopt for anything else.
struct Authority {
  std::string host, tenant;
};
std::optional<Authority> parse_authority(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const auto parts = split(url.substr(scheme + 3), '/');
  constexpr std::string_view kHostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]";
  const auto fits = [&](std::string_view text) {
    return !text.empty() && text.size() <= 255 && text.find_first_not_of(kHostCharacters) == std::string_view::npos;
  };
  if (parts.size() < 2 || !fits(parts[0]) || !fits(parts[1])) return std::nullopt;
  return Authority{std::string{parts[0]}, std::string{parts[1]}};
}

}  // namespace

bool TokenEndpoint::serves(std::string_view path) { return match(path).route != Route::kNone; }

Task<http::Response> TokenEndpoint::handle(http::Request request) {
  const std::string path = request.path;  // `tenant` views it while `request` is moved on
  const auto [route, tenant] = match(path);
  const bool is_token = route == Route::kAcsToken || route == Route::kAadToken;
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (route == Route::kNone) co_return not_found(request);
  if (is_token && request.method != "POST") co_return method_not_allowed("POST", request);
  if (!is_token && !is_read) co_return method_not_allowed("GET, HEAD", request);
  if (route == Route::kAcsToken) co_return co_await acs_token(std::move(request));
  if (route == Route::kAadToken) co_return co_await aad_token(std::move(request));
  if (route == Route::kInstanceDiscovery) co_return instance_discovery(request);
  if (route == Route::kOpenIdConfiguration) co_return openid_configuration(request, tenant);
  co_return token_json(200, aad_key_set(secrets_.jwt_key), request);
}

Task<http::Response> TokenEndpoint::acs_token(http::Request request) {
  const auto form = Form::parse(request.body);
  if (!form) co_return acs_error(AcsError::kInvalidRequest, form.error().message, request);
  const auto grant_type = form->find("grant_type");
  const auto client_id = form->find("client_id");
  const auto secrets = form->find_secret("client_secret");
  const auto scope = form->find("scope");
  if (!grant_type) co_return acs_error(AcsError::kInvalidRequest, "grant_type is missing", request);
  if (*grant_type != "client_credentials") co_return acs_error(AcsError::kUnsupportedGrantType, *grant_type, request);
  if (!client_id || secrets.empty())
    co_return acs_error(AcsError::kInvalidRequest, "client_id or client_secret is missing", request);
  if (!scope) co_return acs_error(AcsError::kInvalidRequest, "scope is missing", request);
  if (!equals_ignoring_case(*scope, kAcsScope)) co_return acs_error(AcsError::kInvalidScope, *scope, request);

  auto look_up = [this, name = to_lower(*client_id)] {
    return database_.read([&](rows::Session& session) { return rows::find_account(session, name); });
  };
  const auto account = co_await run_on(db_pool_, std::move(look_up));
  if (!account) {
    log_failure(account.error());
    co_return acs_error(AcsError::kUnavailable, "", request);
  }
  if (!*account || !any_equal(secrets, {(*account)->primary_key, (*account)->secondary_key})) {
    co_return acs_error(AcsError::kInvalidClient, "", request);
  }
  const AcsClaims claims{(*account)->name, (*account)->subscription_id.text,
                         unix_seconds(clock_.now()) + kAcsLifetime.count()};
  const json::object body{{"token_type", "http://schemas.xmlsoap.org/ws/2009/11/swt-token-profile-1.0"},
                          {"access_token", write_acs_token(claims, secrets_.swt_key)},
                          {"expires_in", std::to_string(kAcsLifetime.count())},
                          {"scope", kAcsScope}};
  co_return token_json(200, json::serialize(body), request);
}

TokenEndpoint::Credentials TokenEndpoint::aad_credentials(const Form& form, const http::Headers& headers) {
  const auto authorization = trim(headers.get("Authorization"));
  if (starts_with_ignoring_case(authorization, "Basic ")) {
    const auto decoded = base64_decode(trim(authorization.substr(6)));
    const std::string pair{decoded ? as_text(*decoded) : std::string_view{}};
    const auto colon = pair.find(':');
    if (colon != std::string::npos) {
      // RFC 6749 §2.3.1 wants both parts form-encoded; some clients send them as they are.
      const auto id = percent_decode(std::string_view{pair}.substr(0, colon), true);
      const auto secret = percent_decode(std::string_view{pair}.substr(colon + 1), true);
      return {id ? *id : pair.substr(0, colon), {secret ? *secret : "", pair.substr(colon + 1)}};
    }
  }
  return {form.find("client_id").value_or(""), form.find_secret("client_secret")};
}

Task<http::Response> TokenEndpoint::aad_token(http::Request request) {
  const auto now = clock_.now();
  const auto form = Form::parse(request.body);
  if (!form) co_return aad_error(AadError::kUnreadableBody, form.error().message, request, now);
  const auto grant_type = form->find("grant_type");
  if (!grant_type) co_return aad_error(AadError::kMissingField, "grant_type", request, now);
  if (*grant_type != "client_credentials")
    co_return aad_error(AadError::kUnsupportedGrantType, *grant_type, request, now);
  const auto credentials = aad_credentials(*form, request.headers);
  if (credentials.secrets.empty() && form->find("client_assertion")) {
    co_return aad_error(AadError::kUnsupportedGrantType, "client_credentials with a client_assertion", request, now);
  }
  if (credentials.client_id.empty()) co_return aad_error(AadError::kMissingField, "client_id", request, now);
  if (credentials.secrets.empty()) co_return aad_error(AadError::kMissingField, "client_secret", request, now);
  auto resource = form->find("resource");
  if (!resource) co_return aad_error(AadError::kMissingField, "resource", request, now);
  if (is_management_resource(*resource)) co_return management_token(credentials, std::move(*resource), request);
  if (!is_media_resource(*resource)) co_return aad_error(AadError::kUnknownResource, *resource, request, now);

  auto look_up = [this, id = credentials.client_id] {
    return database_.read([&](rows::Session& session) { return rows::find_account_by_client_id(session, id); });
  };
  const auto account = co_await run_on(db_pool_, std::move(look_up));
  if (!account) {
    log_failure(account.error());
    co_return aad_error(AadError::kUnavailable, "", request, now);
  }
  if (!*account) co_return aad_error(AadError::kUnknownApplication, credentials.client_id, request, now);
  if (!any_equal(credentials.secrets, {(*account)->client_secret}))
    co_return aad_error(AadError::kWrongSecret, "", request, now);
  co_return issue_aad_token((*account)->client_id, std::move(*resource), request);
}

http::Response TokenEndpoint::management_token(const Credentials& credentials, std::string resource,
                                               const http::Request& request) const {
  if (!equals_ignoring_case(credentials.client_id, secrets_.management_client_id))
    return aad_error(AadError::kUnknownApplication, credentials.client_id, request, clock_.now());
  if (!any_equal(credentials.secrets, {secrets_.management_key}))
    return aad_error(AadError::kWrongSecret, "", request, clock_.now());
  return issue_aad_token(secrets_.management_client_id, std::move(resource), request);
}

http::Response TokenEndpoint::issue_aad_token(std::string client_id, std::string resource,
                                              const http::Request& request) const {
  const auto now = unix_seconds(clock_.now());
  const AadClaims claims{std::move(resource), std::move(client_id), now, now + kAadLifetime.count()};
  const std::string lifetime = std::to_string(kAadLifetime.count());
  const json::object body{{"token_type", "Bearer"},
                          {"expires_in", lifetime},
                          {"ext_expires_in", lifetime},
                          {"expires_on", std::to_string(claims.expires_on)},
                          {"not_before", std::to_string(claims.issued_at)},
                          {"resource", claims.audience},
                          {"access_token", write_aad_token(claims, secrets_.tenant_id, secrets_.jwt_key)}};
  return token_json(200, json::serialize(body), request);
}

// ADAL asks this about an authority it does not know, before its first token request.
http::Response TokenEndpoint::instance_discovery(const http::Request& request) const {
  const auto endpoint = form_value(request.query, "authorization_endpoint");
  const auto authority = endpoint ? parse_authority(*endpoint) : std::nullopt;
  if (!authority) return aad_error(AadError::kMissingField, "authorization_endpoint", request, clock_.now());
  const json::object network{{"preferred_network", authority->host},
                             {"preferred_cache", authority->host},
                             {"aliases", json::array{json::string{authority->host}}}};
  const std::string configuration =
      fmt::format("https://{}/{}/.well-known/openid-configuration", authority->host, authority->tenant);
  const json::object body{
      {"tenant_discovery_endpoint", configuration}, {"api-version", "1.1"}, {"metadata", json::array{network}}};
  return token_json(200, json::serialize(body), request);
}

http::Response TokenEndpoint::openid_configuration(const http::Request& request, std::string_view tenant) const {
  const std::string base = request.base_url();
  const json::object body{
      {"issuer", aad_issuer(secrets_.tenant_id)},
      {"token_endpoint", fmt::format("{}/{}/oauth2/token", base, tenant)},
      {"jwks_uri", base + "/common/discovery/keys"},
      {"token_endpoint_auth_methods_supported", json::array{"client_secret_post", "client_secret_basic"}},
      {"grant_types_supported", json::array{"client_credentials"}},
      {"id_token_signing_alg_values_supported", json::array{"RS256"}}};
  return token_json(200, json::serialize(body), request);
}

}  // namespace lazulite::auth
