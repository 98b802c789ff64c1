#include "storage/rows/stored_value.hpp"

#include "schema/entities/streaming_endpoint.hpp"
#include "schema/entities/task.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

namespace lazulite::rows {
namespace {

using model::Value;

struct Numbers {
  std::vector<double> reals;
  std::vector<std::int64_t> integers;
};
constexpr model::Property kReals = model::property<&Numbers::reals>("Reals");
constexpr model::Property kIntegers = model::property<&Numbers::integers>("Integers");

TEST_CASE("numbers within JSON columns keep every bit", "[unit][storage]") {
  Numbers numbers;
  numbers.reals = {0.1,
                   0.1 + 0.2,
                   5e-324,
                   1.7976931348623157e308,
                   -0.0,
                   1e22,
                   9007199254740993.0,
                   std::numeric_limits<double>::infinity()};
  numbers.integers = {0, -1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  for (const auto* property : {&kReals, &kIntegers}) {
    const Value value = property->get(&numbers);
    const auto stored = to_stored(*property, value);
    REQUIRE(stored);
    CHECK(from_stored(*property, *stored).value() == value);
  }
}

TEST_CASE("a complex value is stored by its members' names", "[unit][storage]") {
  const auto& property = *kStreamingEndpoint.find_property("CacheControl");
  StreamingEndpoint endpoint;
  endpoint.cache_control.emplace();
  endpoint.cache_control->max_age = 60;
  CHECK(to_stored(property, property.get(&endpoint)).value() == Value{R"({"MaxAge":60})"});
  CHECK(to_stored(property, Value{}).value() == Value{});
}

TEST_CASE("a member that an older row lacks reads as one that was not sent", "[unit][storage]") {
  const auto& events = *kTask.find_property("HistoricalEvents");
  const auto value = from_stored(events, Value{R"([{"Code":"x"}])"});
  REQUIRE(value);
  JobTask task;
  REQUIRE(events.set(&task, *value));
  REQUIRE(task.historical_events.size() == 1);
  CHECK(task.historical_events[0].code == "x");
  CHECK(task.historical_events[0].message.empty());
  CHECK(task.historical_events[0].time_stamp == dotnet_min_time());
  const auto& cache = *kStreamingEndpoint.find_property("CacheControl");
  CHECK(from_stored(cache, Value{"{}"}).value() == Value{model::ComplexValue{{Value{}}}});
}

TEST_CASE("stored text that is not the property's JSON is an Internal error", "[unit][storage]") {
  const auto& events = *kTask.find_property("HistoricalEvents");
  for (const auto* text : {"", "[", "{}", "[1]", R"([{"TimeStamp":"now"}])", "[[]]", "null x"}) {
    CAPTURE(text);
    const auto value = from_stored(events, Value{text});
    REQUIRE_FALSE(value);
    CHECK(value.error().code == ErrorCode::kInternal);
  }
  CHECK(from_stored(events, Value{std::int64_t{1}}).error().code == ErrorCode::kInternal);
}

}  // namespace
}  // namespace lazulite::rows
