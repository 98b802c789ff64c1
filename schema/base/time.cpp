#include "schema/base/time.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace lazulite {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
  }
};

struct Fields {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
  std::int64_t micros = 0;
};

Fields split(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date{day};
  const std::chrono::hh_mm_ss<microseconds> clock{time - day};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          clock.subseconds().count()};
}

// Writes `number` over `count` digits of `text`.
void put_digits(std::string& text, std::size_t at, std::size_t count, std::uint64_t number) {
  for (std::size_t i = at + count; i-- > at; number /= 10) text[i] = static_cast<char>('0' + number % 10);
}

// "2024-01-31T23:59:58". By hand: lists write two of them per entity, and a formatter took a third of their time.
std::string iso_seconds(const Fields& f) {
  if (f.year < 0 || f.year > 9999)
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", f.year, f.month, f.day, f.hour, f.minute, f.second);
  std::string text = "0000-00-00T00:00:00";
  text.reserve(text.size() + sizeof ".000000Z");
  put_digits(text, 0, 4, static_cast<std::uint64_t>(f.year));
  put_digits(text, 5, 2, f.month);
  put_digits(text, 8, 2, f.day);
  put_digits(text, 11, 2, static_cast<std::uint64_t>(f.hour));
  put_digits(text, 14, 2, static_cast<std::uint64_t>(f.minute));
  put_digits(text, 17, 2, static_cast<std::uint64_t>(f.second));
  return text;
}

Result<Timestamp> join(const Fields& f, std::string_view text) {
  const year_month_day date{std::chrono::year{f.year}, std::chrono::month{f.month}, std::chrono::day{f.day}};
  if (f.year < 1 || f.year > 9999 || !date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) {
    return fail(ErrorCode::kInvalidArgument, "'{}' is not a valid date and time", text);
  }
  return Timestamp{sys_days{date}} + std::chrono::hours{f.hour} + std::chrono::minutes{f.minute} +
         std::chrono::seconds{f.second} + microseconds{f.micros};
}

// Reads a text from left to right; every method leaves `ok` false when it does not fit.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int number(std::size_t min_digits, std::size_t max_digits) {
    std::size_t n = 0;
    int value = 0;
    while (n < max_digits && n < rest.size() && rest[n] >= '0' && rest[n] <= '9')
      value = value * 10 + (rest[n++] - '0');
    ok = ok && n >= min_digits;
    rest.remove_prefix(n);
    return value;
  }
  bool accept(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok = accept(c) && ok; }
  std::int64_t fraction_micros() {
    std::int64_t micros = 0;
    int digits = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      if (digits < 6) micros = micros * 10 + (rest.front() - '0');
      ++digits;
      rest.remove_prefix(1);
    }
    ok = ok && digits > 0;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
  }
};

Timestamp year_10000() {
  return sys_days{year_month_day{std::chrono::year{10000}, std::chrono::month{1}, std::chrono::day{1}}};
}

Result<Timestamp> parse_iso(std::string_view text) {
  Scanner in{text};
  Fields f;
  f.year = in.number(4, 4);
  in.expect('-');
  f.month = static_cast<unsigned>(in.number(1, 2));
  in.expect('-');
  f.day = static_cast<unsigned>(in.number(1, 2));
  int offset_minutes = 0;
  if (in.ok && (in.accept('T') || in.accept('t') || in.accept(' '))) {
    f.hour = in.number(1, 2);
    in.expect(':');
    f.minute = in.number(2, 2);
    if (in.accept(':')) {
      f.second = in.number(2, 2);
      if (in.accept('.')) f.micros = in.fraction_micros();
    }
    if (!in.accept('Z') && !in.accept('z') && !in.rest.empty()) {
      const int sign = in.accept('-') ? -1 : 1;
      if (sign > 0) in.expect('+');
      const int hours = in.number(2, 2);
      in.accept(':');
      const int minutes = in.number(2, 2);
      in.ok = in.ok && hours <= 23 && minutes <= 59;
      offset_minutes = sign * (hours * 60 + minutes);
    }
  }
  if (!in.ok || !in.rest.empty()) return fail(ErrorCode::kInvalidArgument, "'{}' is not a date and time", text);
  LAZULITE_TRY(const Timestamp local, join(f, text));
  const Timestamp time = local - std::chrono::minutes{offset_minutes};
  if (time < dotnet_min_time() || time >= year_10000())
    return fail(ErrorCode::kInvalidArgument, "'{}' is out of range", text);
  return time;
}

// M/D/YYYY [hh:mm:ss [AM|PM]]
Result<Timestamp> parse_us(std::string_view text) {
  Scanner in{text};
  Fields f;
  f.month = static_cast<unsigned>(in.number(1, 2));
  in.expect('/');
  f.day = static_cast<unsigned>(in.number(1, 2));
  in.expect('/');
  f.year = in.number(4, 4);
  if (in.ok && in.accept(' ')) {
    f.hour = in.number(1, 2);
    in.expect(':');
    f.minute = in.number(2, 2);
    if (in.accept(':')) f.second = in.number(2, 2);
    if (in.accept(' ')) {
      const bool afternoon = in.accept('P') || in.accept('p');
      if (!afternoon) in.ok = (in.accept('A') || in.accept('a')) && in.ok;
      in.ok = (in.accept('M') || in.accept('m')) && in.ok;
      if (f.hour > 12 || f.hour == 0) in.ok = false;
      f.hour = f.hour % 12 + (afternoon ? 12 : 0);
    }
  }
  if (!in.ok || !in.rest.empty()) return fail(ErrorCode::kInvalidArgument, "'{}' is not a date and time", text);
  return join(f, text);
}

// /Date(ms)/ or \/Date(ms+zzzz)\/: the zone is for display only.
Result<Timestamp> parse_json_date(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.find(')');
  std::int64_t ms = 0;
  if (close != std::string_view::npos && open < close) {
    const char* first = text.data() + open + 1;
    const auto [end, error] = std::from_chars(first, text.data() + close, ms);
    constexpr std::int64_t kYear10000Ms = 253402300800000;
    constexpr std::int64_t kYear1Ms = -62135596800000;
    if (error == std::errc{} && (end == text.data() + close || *end == '+' || *end == '-') && ms < kYear10000Ms &&
        ms >= kYear1Ms) {
      return Timestamp{std::chrono::milliseconds{ms}};
    }
  }
  return fail(ErrorCode::kInvalidArgument, "'{}' is not a JSON date", text);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Timestamp dotnet_min_time() {
  return sys_days{year_month_day{std::chrono::year{1}, std::chrono::month{1}, std::chrono::day{1}}};
}

std::string format_iso8601_seconds(Timestamp time) { return iso_seconds(split(time)) += 'Z'; }

std::string format_iso8601(Timestamp time) {
  const Fields f = split(time);
  std::string text = iso_seconds(f);
  if (f.micros != 0) {
    text += ".000000";
    put_digits(text, text.size() - 6, 6, static_cast<std::uint64_t>(f.micros));
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text += 'Z';
}

std::string format_http_date(Timestamp time) {
  const Fields f = split(time);
  const std::chrono::weekday weekday{std::chrono::floor<days>(time)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[weekday.c_encoding()], f.day,
                     kMonths[f.month - 1], f.year, f.hour, f.minute, f.second);
}

Result<Timestamp> parse_time(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return fail(ErrorCode::kInvalidArgument, "an empty text is not a date and time");
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  if (text.starts_with("/Date(") || text.starts_with("\\/Date(")) return parse_json_date(text);
  return text.find('/') != std::string_view::npos ? parse_us(text) : parse_iso(text);
}

Result<Timestamp> parse_http_date(std::string_view text) {
  const auto comma = text.find(", ");
  Fields f;
  Scanner in{comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 2)};
  f.day = static_cast<unsigned>(in.number(1, 2));
  in.expect(' ');
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (in.rest.starts_with(kMonths[i])) f.month = i + 1;
  }
  if (f.month != 0) in.rest.remove_prefix(3);
  in.expect(' ');
  f.year = in.number(4, 4);
  in.expect(' ');
  f.hour = in.number(2, 2);
  in.expect(':');
  f.minute = in.number(2, 2);
  in.expect(':');
  f.second = in.number(2, 2);
  if (!in.ok || in.rest != " GMT") return fail(ErrorCode::kInvalidArgument, "'{}' is not an HTTP date", text);
  return join(f, text);
}

std::int64_t unix_seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
std::int64_t unix_millis(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace lazulite
