#include "server/housekeeping.hpp"

#include "schema/base/log.hpp"

#include <chrono>
#include <utility>

namespace lazulite::server {

Housekeeping::Housekeeping(std::vector<Chore> chores)
    : chores_(std::move(chores)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Housekeeping::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (const auto& chore : chores_) {
      if (stop.stop_requested()) return;
      const auto done = chore.run();
      if (!done) logger("app").error("not done: {}: {}", chore.what, done.error().message);
    }
    std::unique_lock lock{mutex_};
    stopped_.wait_for(lock, stop, std::chrono::hours{1}, [] { return false; });
  }
}

}  // namespace lazulite::server
