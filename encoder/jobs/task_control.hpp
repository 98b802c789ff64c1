// What the scheduler's thread and a task's thread tell each other while the task runs: stop and why, how far, and that
// it is over. All members are thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>

namespace lazulite::encoder {

enum class StopReason : std::uint8_t { kNone, kStalled, kOverdue, kShutdown, kCancelled, kLost };

class TaskControl {
 public:
  // A later, stronger reason (in the order of StopReason) replaces an earlier one.
  void stop(StopReason reason) {
    auto current = reason_.load();
    while (current < reason && !reason_.compare_exchange_weak(current, reason)) {
    }
    stop_.request_stop();
  }
  [[nodiscard]] StopReason reason() const { return reason_.load(); }
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

  // Percent of the whole task; only ever rises.
  void report(double percent) {
    moved_.store(SteadyClock::now());
    auto current = progress_.load();
    while (current < percent && !progress_.compare_exchange_weak(current, percent)) {
    }
  }
  [[nodiscard]] double progress() const { return progress_.load(); }
  // When it last reported, or was made.
  [[nodiscard]] std::chrono::steady_clock::time_point moved() const { return moved_.load(); }

 private:
  using SteadyClock = std::chrono::steady_clock;

  std::stop_source stop_;
  std::atomic<StopReason> reason_{StopReason::kNone};
  std::atomic<double> progress_{0};
  std::atomic<SteadyClock::time_point> moved_{SteadyClock::now()};
};

}  // namespace lazulite::encoder
