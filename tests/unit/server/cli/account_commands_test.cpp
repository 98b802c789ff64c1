#include "server/cli/account_commands.hpp"

#include "server/app.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <filesystem>
#include <sstream>

using namespace lazulite;
using namespace lazulite::cli;

namespace {

struct Fixture {
  test::TemporaryFolder folder;
  Settings settings;
  std::ostringstream out;

  Fixture() { settings.data = (folder.path() / "data").string(); }

  std::string printed() {
    std::string text = out.str();
    out.str("");
    return text;
  }
  boost::json::value json() { return boost::json::parse(printed()); }
};

AccountOptions named(const std::string& name, bool json = false, const std::string& storage = {}) {
  return {name, storage, json};
}

}  // namespace

TEST_CASE("an account is created in a fresh data folder and found again", "[unit][cli]") {
  Fixture f;
  REQUIRE(create_account(f.settings, named("alpha"), f.out));
  const auto text = f.printed();
  CHECK(text.find("alpha\n") != std::string::npos);
  CHECK(text.find("alphastorage\n") != std::string::npos);
  CHECK(std::filesystem::status(f.settings.data).permissions() == std::filesystem::perms::owner_all);

  REQUIRE(create_account(f.settings, named("beta", true, "betablobs"), f.out));
  const auto created = f.json().as_object();
  CHECK(created.at("name").as_string() == "beta");
  CHECK(created.at("storageAccounts").as_array().at(0).at("name").as_string() == "betablobs");

  REQUIRE(list_accounts(f.settings, named("", true), f.out));
  const auto list = f.json().as_array();
  REQUIRE(list.size() == 2);
  CHECK(list.at(0).at("name").as_string() == "alpha");
  REQUIRE(list_accounts(f.settings, named(""), f.out));
  CHECK(f.printed().find("\nbeta ") != std::string::npos);

  REQUIRE(show_account(f.settings, named("beta", true), f.out));
  CHECK(f.json() == created);
}

TEST_CASE("only the keys command prints keys", "[unit][cli]") {
  Fixture f;
  REQUIRE(create_account(f.settings, named("alpha"), f.out));
  std::string others = f.printed();
  REQUIRE(show_account_keys(f.settings, named("alpha", true), f.out));
  const auto keys = f.json().as_object();
  const auto storage = keys.at("storageAccounts").as_array().at(0).as_object();
  CHECK(keys.at("primaryKey").as_string().size() == 44);
  CHECK(storage.at("primaryKey").as_string().size() == 88);

  REQUIRE(show_account_keys(f.settings, named("alpha"), f.out));
  const auto text = f.printed();
  for (const bool json : {false, true}) {
    REQUIRE(list_accounts(f.settings, named("", json), f.out));
    REQUIRE(show_account(f.settings, named("alpha", json), f.out));
    others += f.printed();
  }
  for (const auto& secret : {keys.at("primaryKey"), keys.at("secondaryKey"), keys.at("clientSecret"),
                             storage.at("primaryKey"), storage.at("secondaryKey")}) {
    const std::string value{secret.as_string()};
    CHECK(text.find(value) != std::string::npos);
    CHECK(others.find(value) == std::string::npos);
  }
}

TEST_CASE("account commands say what is wrong", "[unit][cli]") {
  Fixture f;
  CHECK(list_accounts(f.settings, named(""), f.out).error().code == ErrorCode::kNotFound);
  CHECK_FALSE(std::filesystem::exists(f.settings.data));
  CHECK(create_account(f.settings, named("Not Valid"), f.out).error().code == ErrorCode::kInvalidArgument);
  REQUIRE(create_account(f.settings, named("alpha"), f.out));
  CHECK(create_account(f.settings, named("alpha"), f.out).error().code == ErrorCode::kConflict);
  CHECK(create_account(f.settings, named("beta", false, "alphastorage"), f.out).error().code == ErrorCode::kConflict);
  CHECK(show_account(f.settings, named("nobody"), f.out).error().code == ErrorCode::kNotFound);
  CHECK(show_account_keys(f.settings, named("nobody"), f.out).error().code == ErrorCode::kNotFound);

  f.settings.data = "/proc/lazulite-cannot-be-here";
  CHECK(create_account(f.settings, named("gamma"), f.out).error().code == ErrorCode::kIo);
}
