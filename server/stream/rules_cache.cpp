#include "server/stream/rules_cache.hpp"

#include <utility>

namespace lazulite::stream {

namespace {

constexpr std::size_t kMaxEntries = 20'000;

}  // namespace

RulesCache::Lookup RulesCache::find(const std::string& guid, Timestamp now) {
  const std::lock_guard lock{mutex_};
  Lookup out;
  out.generation = generation_;
  const auto found = entries_.find(guid);
  // A stale entry serves while it is loaded anew, but never one that was left alone for long.
  if (found == entries_.end() || now > found->second.fresh_until + time_to_live_) {
    out.must_load = true;
    return out;
  }
  out.rules = found->second.rules;
  if (now >= found->second.fresh_until) {
    out.must_load = true;
    found->second.fresh_until = now + time_to_live_;  // one caller loads
  }
  return out;
}

void RulesCache::put(const std::string& guid, Rules rules, Timestamp now, std::uint64_t generation) {
  const std::lock_guard lock{mutex_};
  if (generation != generation_) return;
  if (entries_.size() >= kMaxEntries) make_room_locked(now);
  entries_[guid] = Entry{std::move(rules), now + time_to_live_};
}

void RulesCache::make_room_locked(Timestamp now) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.fresh_until <= now; });
  if (entries_.size() >= kMaxEntries) entries_.clear();
}

void RulesCache::forget(std::string_view account) {
  const std::lock_guard lock{mutex_};
  ++generation_;
  std::erase_if(entries_,
                [&](const auto& entry) { return !entry.second.rules || entry.second.rules->account == account; });
}

void RulesCache::forget_all() {
  const std::lock_guard lock{mutex_};
  ++generation_;
  entries_.clear();
}

}  // namespace lazulite::stream
