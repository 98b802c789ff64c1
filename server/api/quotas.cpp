#include "server/api/quotas.hpp"

#include "storage/rows/repository.hpp"

namespace lazulite::api {

std::int64_t Quotas::quota_of(std::string_view set) const {
  for (const auto& each : quotas_) {
    if (each.set == set) return each.rows;
  }
  return 0;
}

bool Quotas::take_known_room(const std::pair<std::string, std::string_view>& key) {
  const std::lock_guard lock{mutex_};
  const auto found = room_.find(key);
  if (found == room_.end() || found->second == 0) return false;
  --found->second;
  return true;
}

Result<void> Quotas::require_room(rows::Session& session, const std::string& account, const model::EntityType& type) {
  const auto quota = quota_of(type.set_name);
  const std::pair key{account, type.set_name};
  if (quota == 0 || take_known_room(key)) return {};
  LAZULITE_TRY(const auto count, rows::count(session, account, type, {}));
  if (count >= quota) {
    return fail(ErrorCode::kForbidden, "The account has {} {} already, and its quota is {}.", count, type.set_name,
                quota);
  }
  const std::lock_guard lock{mutex_};
  room_[key] = (quota - count - 1) / 2;
  return {};
}

}  // namespace lazulite::api
