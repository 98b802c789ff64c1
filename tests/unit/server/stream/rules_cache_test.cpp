#include "server/stream/rules_cache.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::stream;
using namespace std::chrono_literals;

namespace {

const Timestamp kNow = parse_time("2024-05-01T10:00:00Z").value();

RulesCache::Rules rules_of(const std::string& account) {
  auto out = std::make_shared<DeliveryRules>();
  out->account = account;
  return out;
}

}  // namespace

TEST_CASE("rules are fresh for a while, then one request loads them anew", "[unit][server]") {
  RulesCache cache{2000ms};
  const auto first = cache.find("a", kNow);
  CHECK(first.must_load);
  CHECK_FALSE(first.rules);
  cache.put("a", rules_of("one"), kNow, first.generation);
  CHECK_FALSE(cache.find("a", kNow + 1999ms).must_load);
  const auto refreshing = cache.find("a", kNow + 2000ms);
  CHECK(refreshing.must_load);
  const auto other = cache.find("a", kNow + 2000ms);
  CHECK_FALSE(other.must_load);
  REQUIRE(other.rules);
  CHECK((*other.rules)->account == "one");
  // Left alone for longer than that, nothing stale is served.
  CHECK_FALSE(cache.find("a", kNow + 6001ms).rules);
}

TEST_CASE("unknown locators are remembered, and forgotten with any account", "[unit][server]") {
  RulesCache cache{2000ms};
  cache.put("a", nullptr, kNow, cache.find("a", kNow).generation);
  cache.put("b", rules_of("other"), kNow, cache.find("b", kNow).generation);
  const auto known = cache.find("a", kNow);
  REQUIRE(known.rules);
  CHECK(*known.rules == nullptr);
  cache.forget("one");
  CHECK(cache.find("a", kNow).must_load);
  CHECK_FALSE(cache.find("b", kNow).must_load);
  cache.forget_all();
  CHECK(cache.find("b", kNow).must_load);
}

TEST_CASE("a load that began before a write does not bring the old rules back", "[unit][server]") {
  RulesCache cache{2000ms};
  const auto before = cache.find("a", kNow);
  cache.forget("one");
  cache.put("a", rules_of("one"), kNow, before.generation);
  CHECK(cache.find("a", kNow).must_load);
}
