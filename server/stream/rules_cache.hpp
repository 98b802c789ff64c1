// RulesCache: the DeliveryRules in use, by locator GUID. An entry is fresh for a short time; after that one request
// loads it anew while the others go on with what is there, so that a write that nobody announced shows within about
// twice that time. forget() makes a write show at once, also against a load that began before it. Unknown GUIDs are
// kept too. Thread-safe; never blocks but for its mutex.
#pragma once

#include "server/stream/delivery_rules.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lazulite::stream {

class RulesCache {
 public:
  using Rules = std::shared_ptr<const DeliveryRules>;  // null: there is no such locator

  explicit RulesCache(std::chrono::milliseconds time_to_live) : time_to_live_(time_to_live) {}

  struct Lookup {
    std::optional<Rules> rules;  // what may be served now; none: load
    bool must_load = false;      // the caller loads and puts (also when rules are there: it was chosen to refresh them)
    std::uint64_t generation = 0;  // for put()
  };
  [[nodiscard]] Lookup find(const std::string& guid, Timestamp now);
  // Ignored when something was forgotten since find().
  void put(const std::string& guid, Rules rules, Timestamp now, std::uint64_t generation);

  void forget(std::string_view account);  // also all unknown GUIDs
  void forget_all();

 private:
  struct Entry {
    Rules rules;
    Timestamp fresh_until{};
  };
  void make_room_locked(Timestamp now);

  const std::chrono::milliseconds time_to_live_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t generation_ = 0;
};

}  // namespace lazulite::stream
