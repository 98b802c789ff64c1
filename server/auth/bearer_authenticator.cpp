#include "server/auth/bearer_authenticator.hpp"

#include "schema/base/text.hpp"
#include "server/auth/aad_token.hpp"
#include "server/auth/acs_token.hpp"
#include "storage/rows/directory.hpp"

#include <algorithm>
#include <utility>

namespace lazulite::auth {
namespace {

constexpr std::size_t kMaxTokenBytes = 16U << 10U;

Timestamp at_unix_seconds(std::int64_t seconds) {
  return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds{seconds})};
}

}  // namespace

Result<std::string> bearer_token(const http::Headers& headers) {
  const auto value = headers.find("Authorization");
  if (!value) return fail(ErrorCode::kUnauthorized, "the request has no Authorization header");
  const auto text = trim(*value);
  const auto space = text.find(' ');
  if (space == std::string_view::npos || !equals_ignoring_case(text.substr(0, space), "Bearer")) {
    return fail(ErrorCode::kUnauthorized, "the Authorization header is not of the form 'Bearer <token>'");
  }
  const auto token = trim(text.substr(space));
  if (token.empty() || token.size() > kMaxTokenBytes) {
    return fail(ErrorCode::kUnauthorized, "the access token is empty or longer than {} bytes", kMaxTokenBytes);
  }
  return std::string{token};
}

std::optional<std::string> account_of_host(std::string_view host) {
  const auto labels = split(host.substr(0, host.find(':')), '.');
  if (labels.size() < 3 || labels[0].empty() || !equals_ignoring_case(labels[1], "restv2")) return std::nullopt;
  return to_lower(labels[0]);
}

Task<Result<Identity>> BearerAuthenticator::authenticate(const http::Request& request) {
  LAZULITE_CO_TRY(const std::string token, bearer_token(request.headers));
  const auto digest = sha256(as_bytes(token));
  const auto now = clock_.now();
  auto account_name = cached(digest, now);
  if (!account_name) {
    auto work = [this, token, now] { return verify(token, now); };
    LAZULITE_CO_TRY(Entry entry, co_await run_on(db_pool_, std::move(work)));
    account_name = entry.account_name;
    remember(digest, std::move(entry), now);
  }
  const auto named = account_of_host(request.host());
  if (named && *named != *account_name) {
    co_return fail(ErrorCode::kForbidden, "the access token is for the account '{}', the host names '{}'",
                   *account_name, *named);
  }
  co_return Identity{std::move(*account_name)};
}

Result<BearerAuthenticator::Entry> BearerAuthenticator::verify(const std::string& token, Timestamp now) {
  const auto until = [now](std::int64_t expires_on) { return std::min(now + kCacheTime, at_unix_seconds(expires_on)); };
  if (looks_like_acs_token(token)) {
    LAZULITE_TRY(const auto claims, read_acs_token(token, secrets_.swt_key, now));
    LAZULITE_TRY(const auto account, database_.read([&](rows::Session& session) {
      return rows::find_account(session, claims.account_name);
    }));
    if (!account)
      return fail(ErrorCode::kForbidden, "the account '{}' of the access token does not exist", claims.account_name);
    return Entry{account->name, until(claims.expires_on)};
  }
  LAZULITE_TRY(const auto claims, read_aad_token(token, secrets_.tenant_id, secrets_.jwt_key, now));
  LAZULITE_TRY(const auto account, database_.read([&](rows::Session& session) {
    return rows::find_account_by_client_id(session, claims.client_id);
  }));
  if (!account) return fail(ErrorCode::kForbidden, "the application '{}' may use no account", claims.client_id);
  return Entry{account->name, until(claims.expires_on)};
}

std::optional<std::string> BearerAuthenticator::cached(const Sha256Digest& digest, Timestamp now) {
  const std::lock_guard lock{mutex_};
  const auto at = cache_.find(digest);
  if (at == cache_.end()) return std::nullopt;
  if (at->second.until > now) return at->second.account_name;
  cache_.erase(at);
  return std::nullopt;
}

void BearerAuthenticator::forget(std::string_view account_name) {
  const std::lock_guard lock{mutex_};
  std::erase_if(cache_, [account_name](const auto& item) { return item.second.account_name == account_name; });
}

void BearerAuthenticator::remember(const Sha256Digest& digest, Entry entry, Timestamp now) {
  const std::lock_guard lock{mutex_};
  if (cache_.size() >= kCacheEntries) {
    std::erase_if(cache_, [now](const auto& item) { return item.second.until <= now; });
    if (cache_.size() >= kCacheEntries) cache_.clear();
  }
  cache_.insert_or_assign(digest, std::move(entry));
}

}  // namespace lazulite::auth
