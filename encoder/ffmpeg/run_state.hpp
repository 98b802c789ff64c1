// What the threads of one transcode share: the first error, the stop of all queues, the share of CPU the task may use,
// and queues between stages. All of it is thread-safe. Nobody holds a CPU permit while waiting on a queue, so permits
// cannot deadlock.
#pragma once

#include "schema/base/result.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace lazulite::encoder::ffmpeg {

class RunState {
 public:
  // 0 permits: no bound; the scheduler of the system shares the CPUs out better than we can when all are ours.
  explicit RunState(unsigned cpu_permits) : bounded_(cpu_permits > 0), permits_(cpu_permits) {}

  // Keeps the first error and wakes everybody.
  void fail(Error error) {
    std::vector<std::function<void()>> wakers;
    {
      const std::lock_guard lock{mutex_};
      if (!error_) error_ = std::move(error);
      aborted_ = true;
      wakers = wakers_;
    }
    for (const auto& wake : wakers) wake();
  }
  [[nodiscard]] bool aborted() const { return aborted_; }
  [[nodiscard]] std::optional<Error> error() const {
    const std::lock_guard lock{mutex_};
    return error_;
  }
  // `wake` is called on abort, from any thread; it must stay valid as long as this object. Call before threads start.
  void on_abort(std::function<void()> wake) { wakers_.push_back(std::move(wake)); }

  // The right to use one CPU while it lives.
  class Permit {
   public:
    explicit Permit(RunState& state) : state_(state) { state_.take_permit(); }
    ~Permit() { state_.return_permit(); }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

   private:
    RunState& state_;
  };

 private:
  void take_permit() {
    if (!bounded_) return;
    std::unique_lock lock{permit_mutex_};
    permit_returned_.wait(lock, [this] { return permits_ > 0; });
    --permits_;
  }
  void return_permit() {
    if (!bounded_) return;
    {
      const std::lock_guard lock{permit_mutex_};
      ++permits_;
    }
    permit_returned_.notify_one();
  }

  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::vector<std::function<void()>> wakers_;
  std::atomic<bool> aborted_ = false;
  std::mutex permit_mutex_;
  std::condition_variable permit_returned_;
  const bool bounded_;
  unsigned permits_;
};

// A first-in, first-out queue bounded by count and by bytes; one item always fits.
template <class T>
class BoundedQueue {
 public:
  BoundedQueue(RunState& state, std::size_t max_items, std::size_t max_bytes)
      : state_(state), max_items_(max_items), max_bytes_(max_bytes) {
    state_.on_abort([this] {
      const std::lock_guard lock{mutex_};
      changed_.notify_all();
    });
  }

  // Waits for room. False when the run was aborted; the item is dropped then.
  bool push(T item, std::size_t bytes) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] {
      return state_.aborted() || items_.empty() || (items_.size() < max_items_ && bytes_ + bytes <= max_bytes_);
    });
    if (state_.aborted()) return false;
    items_.emplace_back(std::move(item), bytes);
    bytes_ += bytes;
    changed_.notify_all();
    return true;
  }
  // No push may follow.
  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_all();
  }
  // Waits for an item; nullopt at the end or when the run was aborted.
  std::optional<T> pop() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return state_.aborted() || closed_ || !items_.empty(); });
    if (state_.aborted() || items_.empty()) return std::nullopt;
    T item = std::move(items_.front().first);
    bytes_ -= items_.front().second;
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

 private:
  RunState& state_;
  const std::size_t max_items_, max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace lazulite::encoder::ffmpeg
