#include "schema/base/gzip.hpp"

#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;

TEST_CASE("gzip data expands to what was compressed, here and by the gzip program", "[unit][schema]") {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "line " + std::to_string(i) + "\n";
  for (const std::string& each : {std::string{}, std::string{"x"}, text}) {
    const std::string packed = gzip(each).value();
    CHECK(gunzip(packed, text.size()).value() == each);
    const test::TemporaryFolder folder;
    test::write_text(folder.path() / "a.gz", packed);
    CHECK(test::run_command("gzip -dc " + (folder.path() / "a.gz").string()).text == each);
  }
  CHECK(gzip(text).value().size() < text.size() / 2);
}

TEST_CASE("what is no gzip data, is cut short or expands too far is refused", "[unit][schema]") {
  const std::string packed = gzip(std::string(1 << 20, 'a')).value();
  CHECK(gunzip("plain text", 1 << 20).error().code == ErrorCode::kInvalidArgument);
  CHECK(gunzip("", 1 << 20).error().code == ErrorCode::kInvalidArgument);
  CHECK(gunzip(packed.substr(0, packed.size() / 2), 1 << 21).error().code == ErrorCode::kInvalidArgument);
  CHECK(gunzip(packed, 1 << 19).error().code == ErrorCode::kTooLarge);
  CHECK(gunzip(packed, 1 << 20));
}
