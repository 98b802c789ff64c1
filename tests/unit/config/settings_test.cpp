#include "config/settings.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

namespace lazulite {
namespace {

std::filesystem::path write_temporary(const std::string& text) {
  std::string name = (std::filesystem::temp_directory_path() / "lazulite-settings-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  REQUIRE(fd >= 0);
  std::ofstream{name} << text;
  return name;
}

}  // namespace

TEST_CASE("lazulite.toml documents every setting with its default", "[unit][config]") {
  const auto shipped =
      load_settings({.file = LAZULITE_SOURCE_DIR "/config/lazulite.toml", .environment = {}, .overrides = {}});
  REQUIRE(shipped);
  CHECK(list_settings(*shipped) == list_settings(Settings{}));
  std::ifstream in{LAZULITE_SOURCE_DIR "/config/lazulite.toml"};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  for (const auto& [key, value] : list_settings(Settings{})) {
    INFO(key);
    CHECK(text.find("\n" + key.substr(key.rfind('.') + 1) + " = ") != std::string::npos);
  }
}

TEST_CASE("the environment overrides the file, and the command line both", "[unit][config]") {
  const auto file =
      write_temporary("[network]\ncontrol = \"127.0.0.1:1\"\nstream = \"127.0.0.1:2\"\nblob = \"127.0.0.1:3\"\n");
  const auto settings = load_settings({.file = file,
                                       .environment = {{"LAZULITE_NETWORK_STREAM", "127.0.0.1:4"},
                                                       {"LAZULITE_NETWORK_BLOB", "127.0.0.1:5"},
                                                       {"LAZULITE_NETWORK_DOMAINS", "a.test, b.test"},
                                                       {"PATH", "/bin"}},
                                       .overrides = {{"network.blob", "127.0.0.1:6"}}});
  REQUIRE(settings);
  CHECK(settings->network.control == "127.0.0.1:1");
  CHECK(settings->network.stream == "127.0.0.1:4");
  CHECK(settings->network.blob == "127.0.0.1:6");
  CHECK(settings->network.domains == std::vector<std::string>{"a.test", "b.test"});
}

TEST_CASE("what is wrong with a setting is said", "[unit][config]") {
  const auto message = [](const std::string& toml) {
    return load_settings({.file = write_temporary(toml), .environment = {}, .overrides = {}}).error().message;
  };
  CHECK(message("[network]\ncontrl = \"x\"\n").find("there is no setting 'network.contrl'") != std::string::npos);
  CHECK(message("[pools]\ndb = \"many\"\n").find("pools.db must be a whole number") != std::string::npos);
  CHECK(message("[pools]\ndb = 0\n").find("must be from 1 to 256") != std::string::npos);
  CHECK(message("[account]\nname = \"No\"\n").find("is no account name") != std::string::npos);
  CHECK(message("[network]\ncontrol = \"8080\"\n").find("is not an address") != std::string::npos);
  CHECK(message("data = \n").find(":1:") != std::string::npos);
  CHECK(load_settings({.file = {}, .environment = {{"LAZULITE_NETWORK_CONTRL", "x"}}, .overrides = {}}).has_error());
  CHECK(load_settings({.file = "/nonexistent/lazulite.toml", .environment = {}, .overrides = {}}).has_error());
}

}  // namespace lazulite
