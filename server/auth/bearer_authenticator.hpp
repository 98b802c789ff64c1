// Says which media account a request with `Authorization: Bearer …` may use (accounts-storage.md B.2, B.4; api.md 1.2).
// Takes the tokens of both token services. App owns the one instance; it outlives every connection. Thread-safe: the
// first request with a token is checked on the db pool, later ones are answered from a small cache on the caller's
// thread. It sends no response: an endpoint maps Unauthorized to 401 with `WWW-Authenticate: Bearer`, and Forbidden to
// 403.
#pragma once

#include "schema/base/crypto.hpp"
#include "schema/base/time.hpp"
#include "server/auth/installation_secrets.hpp"
#include "server/http/message.hpp"
#include "storage/rows/database.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace lazulite::auth {

struct Identity {
  std::string account_name;
};

class BearerAuthenticator {
 public:
  // The arguments outlive this.
  BearerAuthenticator(rows::Database& database, WorkPool& db_pool, const InstallationSecrets& secrets,
                      const Clock& clock)
      : database_(database), db_pool_(db_pool), secrets_(secrets), clock_(clock) {}

  // `request` outlives the call. Unauthorized: no token, or one that is not ours, changed or expired. Forbidden: its
  // account or application is gone, or the host `{account}.restv2.…` names another account than the token. Io when the
  // database fails.
  Task<Result<Identity>> authenticate(const http::Request& request);

  // Tokens of this account are checked anew: it was changed or deleted.
  void forget(std::string_view account_name);

  // Accounts are looked up again after this time, so that a removed one loses its access.
  static constexpr std::chrono::seconds kCacheTime{60};
  static constexpr std::size_t kCacheEntries = 1024;

 private:
  struct Entry {
    std::string account_name;
    Timestamp until;
  };

  std::optional<std::string> cached(const Sha256Digest& digest, Timestamp now);
  void remember(const Sha256Digest& digest, Entry entry, Timestamp now);
  Result<Entry> verify(const std::string& token, Timestamp now);

  rows::Database& database_;
  WorkPool& db_pool_;
  const InstallationSecrets& secrets_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Sha256Digest, Entry> cache_;  // guarded by mutex_
};

// What follows "Bearer " in an Authorization header; a SWT holds '%', '&' and '=', so everything after the first space
// counts. Unauthorized for another scheme, nothing, or more than 16 KiB.
Result<std::string> bearer_token(const http::Headers& headers);

// "acct" of "acct.restv2.region.example.org:8080"; nullopt for a host of another form.
std::optional<std::string> account_of_host(std::string_view host);

}  // namespace lazulite::auth
