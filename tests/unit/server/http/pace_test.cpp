#include "server/http/pace.hpp"

#include <catch2/catch.hpp>

using namespace lazulite::http;
using namespace std::chrono_literals;

TEST_CASE("what is granted adds up to the rate, whoever asks", "[unit][server]") {
  auto now = Pace::Clock::now();
  Pace pace{1'000'000, now};
  std::uint64_t granted = 0;
  for (const auto end = now + 10s; now < end;) {
    const auto grant = pace.take(64 * 1024, now);
    granted += grant.bytes;
    if (grant.bytes == 0) {
      CHECK(grant.wait > 0us);
      CHECK(grant.wait <= 1s);
      now += grant.wait;
    }
  }
  CHECK(granted >= 10'000'000);
  CHECK(granted <= 10'000'000 + 2 * 100'000);  // what it held at first
}

TEST_CASE("a rest that saved nothing up is not made up for", "[unit][server]") {
  auto now = Pace::Clock::now();
  Pace pace{1'000'000, now};
  now += 1h;
  CHECK(pace.take(10'000'000, now).bytes == 100'000);
  CHECK(pace.take(1, now).bytes == 0);
  pace.give_back(50'000);
  CHECK(pace.take(20'000, now).bytes == 20'000);
}

TEST_CASE("a rate may change, and may be slow", "[unit][server]") {
  auto now = Pace::Clock::now();
  Pace pace{1, now};
  CHECK(pace.take(100'000, now).bytes == 16'384);
  CHECK(pace.take(100'000, now).wait == 1s);
  pace.set_rate(10'000'000);
  CHECK(pace.rate() == 10'000'000);
  CHECK(pace.take(100'000, now + 10ms).bytes == 100'000);
}
