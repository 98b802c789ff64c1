#include "server/cli/cli.hpp"

#include "server/cli/version.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace lazulite;

namespace {

struct Ran {
  int status;
  std::string out, err;
};

Ran run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lazulite");
  std::ostringstream out, err;
  const int status = cli::run(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("the command line prints its version and help", "[unit][cli]") {
  CHECK(run({"version"}).out == "lazulite " + std::string{cli::version()} + "\n");
  const auto help = run({"--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("serve") != std::string::npos);
  CHECK(run({"account", "create", "--help"}).status == 0);
}

TEST_CASE("wrong arguments end with status 2 and a word", "[unit][cli]") {
  const std::vector<const char*> wrong[] = {{}, {"dance"}, {"account"}, {"account", "create"}, {"serve", "--nonsense"}};
  for (const auto& arguments : wrong) {
    const auto ran = run(arguments);
    CHECK(ran.status == 2);
    CHECK_FALSE(ran.err.empty());
  }
}

TEST_CASE("account commands run from the command line", "[unit][cli]") {
  const test::TemporaryFolder folder;
  const std::string data = (folder.path() / "data").string();
  const auto created = run({"account", "create", "alpha", "--data", data.c_str(), "--json"});
  CHECK(created.status == 0);
  CHECK(created.out.starts_with(R"({"name":"alpha")"));
  CHECK(run({"account", "list", "--set", ("data=" + data).c_str()}).out.starts_with("alpha "));
  CHECK(run({"account", "keys", "alpha", "--data", data.c_str()}).out.find("primary key ") != std::string::npos);

  const auto unknown = run({"account", "show", "nobody", "--data", data.c_str()});
  CHECK(unknown.status == 1);
  CHECK(unknown.err == "lazulite: there is no account 'nobody'\n");
}

TEST_CASE("a wrong setting stops every command", "[unit][cli]") {
  for (const auto* setting : {"novalue", "no.such.key=1", "network.threads=many"}) {
    const auto ran = run({"account", "list", "--set", setting});
    CHECK(ran.status == 1);
    CHECK(ran.err.starts_with("lazulite: "));
  }
  CHECK(run({"account", "list", "--config", "/no/such/file.toml"}).status == 1);
}
