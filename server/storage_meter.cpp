#include "server/storage_meter.hpp"

#include "schema/base/log.hpp"
#include "storage/blobs/used_bytes.hpp"

#include <algorithm>

namespace lazulite::server {
namespace {

constexpr std::size_t kMaxReadings = 10'000;
constexpr std::chrono::milliseconds kLeast{250};

}  // namespace

std::shared_ptr<StorageMeter::Reading> StorageMeter::reading_of(const std::string& storage_account) {
  const std::lock_guard lock{mutex_};
  if (readings_.size() >= kMaxReadings) readings_.clear();
  auto& reading = readings_[storage_account];
  if (!reading) reading = std::make_shared<Reading>();
  return reading;
}

std::optional<std::int64_t> StorageMeter::bytes_used(const std::string& storage_account) {
  const auto reading = reading_of(storage_account);
  const std::lock_guard lock{reading->mutex};
  const auto begin = std::chrono::steady_clock::now();
  if (begin < reading->good_until) return reading->bytes;
  const auto measured = blobs::used_bytes(root_, storage_account);
  if (!measured)
    logger("storage").error("cannot measure account={} error={}", storage_account, measured.error().message);
  const auto end = std::chrono::steady_clock::now();
  reading->bytes = measured ? std::optional{static_cast<std::int64_t>(*measured)} : std::nullopt;
  reading->good_until = end + std::max<std::chrono::steady_clock::duration>(kLeast, 100 * (end - begin));
  return reading->bytes;
}

}  // namespace lazulite::server
