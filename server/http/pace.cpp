#include "server/http/pace.hpp"

#include <algorithm>

namespace lazulite::http {

namespace {
constexpr double kMinCapacity = 16'384;  // also the least that is granted, so that slow rates cost few calls
constexpr std::chrono::microseconds kMaxWait{1'000'000};
}  // namespace

Pace::Pace(std::uint64_t bytes_per_second, Clock::time_point now)
    : rate_(std::max<std::uint64_t>(bytes_per_second, 1)), filled_(capacity()), at_(now) {}

double Pace::capacity() const { return std::max(static_cast<double>(rate_) / 10, kMinCapacity); }

void Pace::set_rate(std::uint64_t bytes_per_second) {
  const std::lock_guard lock{mutex_};
  rate_ = std::max<std::uint64_t>(bytes_per_second, 1);
}

std::uint64_t Pace::rate() const {
  const std::lock_guard lock{mutex_};
  return rate_;
}

Pace::Grant Pace::take(std::size_t wanted, Clock::time_point now) {
  const std::lock_guard lock{mutex_};
  if (now > at_) {
    const double seconds = std::chrono::duration<double>(now - at_).count();
    filled_ = std::min(capacity(), filled_ + seconds * static_cast<double>(rate_));
    at_ = now;
  }
  const double least = std::min(static_cast<double>(wanted), kMinCapacity);
  if (filled_ < least) {
    const auto wait = static_cast<std::int64_t>((least - filled_) / static_cast<double>(rate_) * 1e6) + 1;
    return {0, std::min(std::chrono::microseconds{wait}, kMaxWait)};
  }
  const auto bytes = static_cast<std::size_t>(std::min(static_cast<double>(wanted), filled_));
  filled_ -= static_cast<double>(bytes);
  return {bytes, {}};
}

void Pace::give_back(std::size_t bytes) {
  const std::lock_guard lock{mutex_};
  filled_ = std::min(capacity(), filled_ + static_cast<double>(bytes));
}

}  // namespace lazulite::http
