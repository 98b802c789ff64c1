// Quotas: how many rows of a set an account may have (api.md 1.9, accounts-storage.md F.4). Counting a large set costs
// time, so what is remembered is how many rows may still be made before it must be counted again: half of what was
// free. Rows that other code makes (the outputs of jobs) may so exceed a quota by what they are until the next count.
//
// Owned by App; thread-safe.
#pragma once

#include "schema/model/edm.hpp"
#include "storage/rows/database.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::api {

struct SetQuota {
  std::string_view set;
  std::int64_t rows = 0;  // 0: no limit
};

class Quotas {
 public:
  explicit Quotas(std::vector<SetQuota> quotas) : quotas_(std::move(quotas)) {}

  // Before a row is inserted, in its transaction. Forbidden when the account has as many as it may.
  Result<void> require_room(rows::Session& session, const std::string& account, const model::EntityType& type);

 private:
  [[nodiscard]] std::int64_t quota_of(std::string_view set) const;
  bool take_known_room(const std::pair<std::string, std::string_view>& key);

  const std::vector<SetQuota> quotas_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string_view>, std::int64_t> room_;  // by account and set
};

}  // namespace lazulite::api
