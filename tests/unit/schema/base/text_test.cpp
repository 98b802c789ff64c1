#include "schema/base/text.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace lazulite {
namespace {

TEST_CASE("case is ASCII only", "[unit][schema]") {
  CHECK(to_lower("AZ\xC3\x84[") == "az\xC3\x84[");
  CHECK(to_upper("az\xC3\xA4{") == "AZ\xC3\xA4{");
  CHECK(equals_ignoring_case("Content-Type", "content-TYPE"));
  CHECK_FALSE(equals_ignoring_case("abc", "abcd"));
  CHECK_FALSE(equals_ignoring_case("abcd", "abc"));
  CHECK(starts_with_ignoring_case("Bearer x", "bearer "));
  CHECK_FALSE(starts_with_ignoring_case("Be", "bearer"));
  CHECK(ends_with_ignoring_case("Clip.ISM", ".ism"));
  CHECK_FALSE(ends_with_ignoring_case("ism", ".ism"));
}

TEST_CASE("trim and split", "[unit][schema]") {
  CHECK(trim(" \t\r\n a b \n") == "a b");
  CHECK(trim(" \t").empty());
  CHECK(split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("numbers are whole texts within their range", "[unit][schema]") {
  CHECK(parse_int64("-9223372036854775808") == INT64_MIN);
  CHECK(parse_uint64("18446744073709551615") == UINT64_MAX);
  CHECK(parse_double("1e3") == 1000.0);
  for (const auto* text : {"", " 1", "1 ", "+1", "0x1", "9223372036854775808", "1.0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_int64(text));
  }
  CHECK_FALSE(parse_uint64("-1"));
  CHECK_FALSE(parse_double("1e"));
}

TEST_CASE("percent-encoding keeps the unreserved characters and those asked for", "[unit][schema]") {
  CHECK(percent_encode("aZ09-._~ /\xC3\xA4%") == "aZ09-._~%20%2F%C3%A4%25");
  CHECK(percent_encode("a/b c", "/") == "a/b%20c");
  CHECK(percent_decode("%C3%a4+%2f").value() == "\xC3\xA4+/");
  CHECK(percent_decode("a+b%2B", true).value() == "a b+");
  for (const auto* text : {"%", "a%4", "%zz", "%4", "x%-1"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decode(text));
  }
}

TEST_CASE("every byte survives percent-encoding", "[unit][schema]") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(percent_decode(percent_encode(all)).value() == all);
}

TEST_CASE("a form's value is found by its name in any case", "[unit][schema]") {
  CHECK(form_value("a=1&Grant_Type=client+credentials%21", "grant_type") == "client credentials!");
  CHECK(form_value("a&b=2", "a") == "");
  CHECK(form_value("a=1&a=2", "a") == "1");
  CHECK_FALSE(form_value("a=1", "b"));
  CHECK_FALSE(form_value("a=%zz", "a"));
  CHECK_FALSE(form_value("", "a"));
}

TEST_CASE("XML text is escaped, and what XML forbids is replaced", "[unit][schema]") {
  CHECK(xml_escape("<a b=\"c\">&'</a>") == "&lt;a b=&quot;c&quot;&gt;&amp;'&lt;/a&gt;");
  CHECK(xml_escape("a\r\n\t\x01") == "a&#xD;\n\t\xEF\xBF\xBD");
}

TEST_CASE("UTF-8 is told from what only looks like it", "[unit][schema]") {
  for (const auto* text : {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x8E\xAC", "\xF4\x8F\xBF\xBF"})
    CHECK(is_valid_utf8(text));
  for (const auto* text : {"\xC3", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF8\x88\x80\x80\x80", "a\xFF", "\xE2\x82", "\xC3\x28"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid_utf8(text));
  }
}

TEST_CASE("hexadecimal goes both ways", "[unit][schema]") {
  CHECK(to_hex(as_bytes("\x01\xAB\xFF")) == "01abff");
  CHECK(from_hex("01aBfF").value() == std::vector<std::uint8_t>{1, 0xab, 0xff});
  CHECK(from_hex("").value().empty());
  CHECK_FALSE(from_hex("abc"));
  CHECK_FALSE(from_hex("zz"));
}

}  // namespace
}  // namespace lazulite
