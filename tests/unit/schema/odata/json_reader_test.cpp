#include "schema/odata/json_reader.hpp"

#include "tests/support/result.hpp"

using namespace lazulite::odata;

namespace {

std::string text_of(std::string_view json) {
  const auto value = read_json(json);
  REQUIRE(value);
  REQUIRE(value->as<std::string>() != nullptr);
  return *value->as<std::string>();
}

}  // namespace

TEST_CASE("JSON is read as RFC 8259 says", "[unit][schema]") {
  const auto value = read_json(R"( {"a":[1,-2.5e3,true,false,null],"b":{"c":"d"}} )");
  REQUIRE(value);
  const auto* list = value->find("a")->as<JsonArray>();
  REQUIRE(list->size() == 5);
  CHECK((*list)[1].as<JsonNumber>()->text == "-2.5e3");
  CHECK((*list)[4].is_null());
  CHECK(*value->find("b")->find("c")->as<std::string>() == "d");
  CHECK(value->find("x") == nullptr);
  CHECK(text_of(R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")") == "\"\\/\b\f\n\r\t\u00e9\U0001F600");
}

TEST_CASE("JSON is read leniently where clients need it", "[unit][schema]") {
  CHECK(text_of("'it is \"quoted\"'") == "it is \"quoted\"");
  CHECK(text_of("\"it's\"") == "it's");
  CHECK(text_of("'it\\'s'") == "it's");
  CHECK(text_of("\"a\tb\r\nc\x01\"") == "a\tb\r\nc\x01");
  CHECK(text_of("\xEF\xBB\xBF \"bom\"") == "bom");
  CHECK(text_of(R"("\ud800x")") == "\uFFFDx");
  CHECK(text_of(R"("\ud800A")") ==
        "\uFFFD"
        "A");
  CHECK(read_json("[1,2,]").value().as<JsonArray>()->size() == 2);
  CHECK(read_json("{'a':1,}").value().as<JsonObject>()->size() == 1);
  CHECK(read_json("{'a':1,'a':2}").value().find("a")->as<JsonNumber>()->text == "2");
}

TEST_CASE("what is no JSON, or hostile, is refused", "[unit][schema]") {
  for (const auto* bad :
       {"",      " ",       "{",       "}",     "[",       "[1",        "[1 2]",       "{\"a\"}",     "{\"a\":}",
        "{a:1}", "\"open",  "'open\"", "\"\\",  "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u0000\"", "1 2",
        "tru",   "nul",     "-",       "1e999", "+1",      "0x10",      ",",           "[,]",         "{,}",
        "\xff",  "\"\xc3\""}) {
    INFO(bad);
    CHECK_FALSE(read_json(bad));
  }
  CHECK_FALSE(read_json(std::string_view{"\"a\0b\"", 5}));
  CHECK(read_json(std::string(30, '[') + std::string(30, ']')));
  CHECK_FALSE(read_json(std::string(100'000, '[')));
  CHECK_FALSE(read_json(std::string(100'000, '{')));
  CHECK_FALSE(read_json("[" + std::string(100, '9') + "]"));
  std::string wide = "{";
  for (int i = 0; i < 1000; ++i) wide += "\"m" + std::to_string(i) + "\":1,";
  CHECK_FALSE(read_json(wide + "}"));
}
