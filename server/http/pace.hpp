// Pace: how many bytes a second all answers that share it may send together: a bucket that fills at that rate and holds
// a tenth of a second of it. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace lazulite::http {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  // bytes_per_second >= 1.
  explicit Pace(std::uint64_t bytes_per_second, Clock::time_point now = Clock::now());

  // For those who send on.
  void set_rate(std::uint64_t bytes_per_second);
  [[nodiscard]] std::uint64_t rate() const;

  struct Grant {
    std::size_t bytes = 0;              // may be sent now, at most what was wanted
    std::chrono::microseconds wait{0};  // where that is none: when to ask again
  };
  Grant take(std::size_t wanted, Clock::time_point now = Clock::now());
  // What was granted and not sent.
  void give_back(std::size_t bytes);

 private:
  [[nodiscard]] double capacity() const;

  mutable std::mutex mutex_;
  std::uint64_t rate_;
  double filled_;
  Clock::time_point at_;
};

}  // namespace lazulite::http
