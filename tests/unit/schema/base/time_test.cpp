#include "schema/base/time.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

namespace lazulite {
namespace {

Timestamp at(std::int64_t micros) { return Timestamp{std::chrono::microseconds{micros}}; }
constexpr std::int64_t kNoon = 1'714'557'600'000'000;  // 2024-05-01T10:00:00Z

TEST_CASE("instants are written as the protocols want them", "[unit][schema]") {
  CHECK(format_iso8601(at(kNoon)) == "2024-05-01T10:00:00Z");
  CHECK(format_iso8601(at(kNoon + 123'456)) == "2024-05-01T10:00:00.123456Z");
  CHECK(format_iso8601(at(kNoon + 120'000)) == "2024-05-01T10:00:00.12Z");
  CHECK(format_iso8601(at(kNoon + 1)) == "2024-05-01T10:00:00.000001Z");
  CHECK(format_iso8601_seconds(at(kNoon + 999'999)) == "2024-05-01T10:00:00Z");
  CHECK(format_iso8601(dotnet_min_time()) == "0001-01-01T00:00:00Z");
  CHECK(format_iso8601(at(-1)) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_http_date(at(kNoon)) == "Wed, 01 May 2024 10:00:00 GMT");
  CHECK(format_http_date(at(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("instants are read in every form that clients send", "[unit][schema]") {
  const std::pair<const char*, std::int64_t> kForms[] = {
      {"2024-05-01T10:00:00Z", kNoon},
      {"2024-05-01t10:00:00z", kNoon},
      {"2024-05-01T10:00:00", kNoon},
      {"2024-05-01 10:00", kNoon},
      {"  2024-05-01T10:00:00Z\r\n", kNoon},
      {"2024-05-01T12:30:00+02:30", kNoon},
      {"2024-05-01T02:00:00-0800", kNoon},
      {"2024-05-01T10:00:00.123456Z", kNoon + 123'456},
      {"2024-05-01T10:00:00.1234567Z", kNoon + 123'456},
      {"2024-05-01T10:00:00.5Z", kNoon + 500'000},
      {"2024-05-01", kNoon - 36'000'000'000},
      {"/Date(1714557600000)/", kNoon},
      {"\\/Date(1714557600000+0100)\\/", kNoon},
      {"/Date(-62135596800000)/", -62'135'596'800'000'000},
      {"5/1/2024 10:00:00 AM", kNoon},
      {"05/01/2024 10:00", kNoon},
      {"5/1/2024 10:00:00 pm", kNoon + 43'200'000'000},
      {"5/1/2024 12:00:00 AM", kNoon - 36'000'000'000},
      {"5/1/2024 12:00:00 PM", kNoon + 7'200'000'000},
  };
  for (const auto& [text, micros] : kForms) {
    CAPTURE(text);
    const auto parsed = parse_time(text);
    REQUIRE(parsed);
    CHECK(*parsed == at(micros));
  }
}

TEST_CASE("what is not an instant is refused", "[unit][schema]") {
  for (const auto* text : {"",
                           "   ",
                           "now",
                           "2024",
                           "2024-13-01",
                           "2024-02-30",
                           "2023-02-29",
                           "0000-01-01",
                           "2024-05-01T24:00:00Z",
                           "2024-05-01T10:60:00Z",
                           "2024-05-01T10:00:61Z",
                           "2024-05-01T10:00:00.Z",
                           "2024-05-01T10:00:00ZZ",
                           "2024-05-01T10:00:00+2",
                           "2024-05-01T",
                           "99999-01-01",
                           "2024-05-01T10:00:00+25:00",
                           "2024-05-01T10:00:00+02:99",
                           "/Date()/",
                           "/Date(x)/",
                           "/Date(99999999999999999999)/",
                           "/Date(253402300800000)/",
                           "13/1/2024 10:00:00 AM",
                           "5/1/2024 13:00:00 PM",
                           "5/1/2024 0:00:00 AM",
                           "5/1/24"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("offsets do not carry an instant out of the years 1 to 9999", "[unit][schema]") {
  CHECK_FALSE(parse_time("0001-01-01T00:00:00+01:00"));
  CHECK_FALSE(parse_time("9999-12-31T23:59:59-01:00"));
  CHECK(parse_time("9999-12-31T23:59:59Z"));
}

TEST_CASE("written instants are read back", "[unit][schema]") {
  for (const std::int64_t micros :
       {std::int64_t{0}, kNoon, kNoon + 1, kNoon + 990'000, std::int64_t{-1}, std::int64_t{253'402'300'799'999'999}}) {
    CHECK(parse_time(format_iso8601(at(micros))).value() == at(micros));
  }
  CHECK(parse_time(format_iso8601(dotnet_min_time())).value() == dotnet_min_time());
  CHECK(parse_http_date(format_http_date(at(kNoon))).value() == at(kNoon));
}

TEST_CASE("HTTP dates that are not RFC 1123 are refused", "[unit][schema]") {
  for (const auto* text :
       {"", "Wed, 01 May 2024 10:00:00", "Wed, 01 Foo 2024 10:00:00 GMT", "Wednesday, 01-May-24 10:00:00 GMT",
        "Wed, 32 May 2024 10:00:00 GMT", "01 May 2024 10:00:00 GMT", "Wed, 01 May 2024 10:00:00 GMT+1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text));
  }
}

TEST_CASE("Unix times round down", "[unit][schema]") {
  CHECK(unix_seconds(at(kNoon + 999'999)) == 1'714'557'600);
  CHECK(unix_millis(at(kNoon + 1'999)) == 1'714'557'600'001);
  CHECK(unix_seconds(at(-1)) == -1);
}

}  // namespace
}  // namespace lazulite
