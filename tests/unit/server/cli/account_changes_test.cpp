#include "server/cli/account_changes.hpp"

#include "server/cli/account_commands.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <sstream>

using namespace lazulite;
using namespace lazulite::cli;

namespace {

struct Fixture {
  test::TemporaryFolder folder;
  Settings settings;
  std::ostringstream out;

  Fixture() {
    settings.data = (folder.path() / "data").string();
    REQUIRE(create_account(settings, {"alpha", {}, false}, out));
    out.str("");
  }
  boost::json::value json() {
    const auto text = out.str();
    out.str("");
    return boost::json::parse(text);
  }
  boost::json::value keys() {
    REQUIRE(show_account_keys(settings, {"alpha", {}, true}, out));
    return json();
  }
};

std::string text_at(const boost::json::value& value, const char* name) { return value.at(name).as_string().c_str(); }

}  // namespace

TEST_CASE("keys are made anew, one at a time", "[unit][cli]") {
  Fixture f;
  const auto before = f.keys();
  REQUIRE(regenerate_account_key(f.settings, {"alpha", {}, "Primary", false, true}, f.out));
  const auto made = text_at(f.json(), "key");
  const auto after = f.keys();
  CHECK(text_at(after, "primaryKey") == made);
  CHECK(text_at(after, "primaryKey") != text_at(before, "primaryKey"));
  CHECK(text_at(after, "secondaryKey") == text_at(before, "secondaryKey"));
  REQUIRE(regenerate_storage_key(f.settings, {"alpha", "alphastorage", "secondary", false, true}, f.out));
  const auto storage_key = text_at(f.json(), "key");
  CHECK(text_at(f.keys().at("storageAccounts").at(0), "secondaryKey") == storage_key);
  CHECK_FALSE(regenerate_account_key(f.settings, {"alpha", {}, "third", false, false}, f.out));
  CHECK_FALSE(regenerate_account_key(f.settings, {"beta", {}, "primary", false, false}, f.out));
  CHECK_FALSE(regenerate_storage_key(f.settings, {"alpha", "other", "primary", false, false}, f.out));
}

TEST_CASE("storage accounts are attached and listed with what they hold", "[unit][cli]") {
  Fixture f;
  REQUIRE(attach_storage(f.settings, {"alpha", "more", {}, false, false}, f.out));
  CHECK_FALSE(attach_storage(f.settings, {"alpha", "more", {}, false, false}, f.out));
  CHECK_FALSE(attach_storage(f.settings, {"beta", "even", {}, false, false}, f.out));
  const auto data = std::filesystem::path{f.settings.data} / "blobs" / "more" / "asset-1" / "data";
  std::filesystem::create_directories(data);
  test::write_text(data / "a~1", std::string(1234, 'x'));
  f.out.str("");
  REQUIRE(list_storage(f.settings, {"alpha", {}, {}, false, true}, f.out));
  const auto list = f.json();
  REQUIRE(list.as_array().size() == 2);
  for (const auto& each : list.as_array()) {
    CHECK(each.at("isDefault").as_bool() == (text_at(each, "name") == "alphastorage"));
    CHECK(each.at("bytesUsed").to_number<int>() == (text_at(each, "name") == "more" ? 1234 : 0));
  }
}

TEST_CASE("an account is deleted only if that is meant", "[unit][cli]") {
  Fixture f;
  CHECK_FALSE(delete_account(f.settings, {"alpha", {}, {}, false, false}, f.out));
  CHECK(show_account(f.settings, {"alpha", {}, false}, f.out));
  CHECK_FALSE(delete_account(f.settings, {"beta", {}, {}, true, false}, f.out));
  CHECK(delete_account(f.settings, {"alpha", {}, {}, true, false}, f.out));
  CHECK_FALSE(show_account(f.settings, {"alpha", {}, false}, f.out));
}

TEST_CASE("the administrator's credentials stay the same", "[unit][cli]") {
  Fixture f;
  REQUIRE(show_management(f.settings, {{}, {}, {}, false, true}, f.out));
  const auto first = f.json();
  REQUIRE(show_management(f.settings, {{}, {}, {}, false, true}, f.out));
  CHECK(f.json() == first);
  CHECK(text_at(first, "key").size() == 44);
  const auto file = std::filesystem::path{f.settings.data} / "secrets" / "management.key";
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}
