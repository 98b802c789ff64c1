// Backups taken of the real program while it works, and servers started on what is restored from them.
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <sys/stat.h>
#include <thread>

namespace lazulite::test {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kManyLocators = {{"LAZULITE_API_MAX_LOCATORS_PER_ASSET", "1000"}};

Ran lazulite(const std::string& verb, const fs::path& folder, const fs::path& data) {
  return run_program({program_under_test(), verb, folder, "--data", data});
}

// The blob of every file that the API lists, checked to be there whole: its bytes are its own name, many times.
std::size_t check_files(ApiClient& api, const std::string& blob_base) {
  std::size_t checked = 0;
  const auto assets = api.json("GET", "Assets", "", 200);
  for (const auto& asset : assets.at("value").as_array()) {
    const std::string id{asset.at("Id").as_string()};
    const auto sas = parse_url(api.create_sas(id, 1)).target;
    for (const auto& file : api.files(id)) {
      const std::string name{file.at("Name").as_string()};
      HttpClient client{blob_base};
      const auto answer = client.get(sas.substr(0, sas.find('?')) + "/" + name + sas.substr(sas.find('?')));
      CAPTURE(name);
      REQUIRE(answer.status == 200);
      std::string wanted;
      for (int i = 0; i < 1000; ++i) wanted += name;
      CHECK(answer.body == wanted);
      ++checked;
    }
  }
  return checked;
}

void upload(ApiClient& api, const std::string& asset, const std::string& name) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += name;
  api.upload(api.create_sas(asset, 2), name, bytes);
  api.create_file_infos(asset);
}

}  // namespace

TEST_CASE("a backup taken beside uploads and deletions restores to an installation without a gap", "[integration]") {
  TemporaryFolder folder;
  const auto backup = folder.path() / "backup";
  std::size_t before = 0;
  {
    ServerProcess server{kManyLocators};
    ApiClient api{server};
    const auto kept = api.create_asset("kept");
    for (int i = 0; i < 5; ++i) upload(api, kept, "kept" + std::to_string(i));
    before = 5;
    std::atomic<bool> stop{false};
    std::thread writer([&] {
      ApiClient busy{server};
      for (int i = 0; !stop; ++i) {
        const auto asset = busy.create_asset("passing");
        upload(busy, asset, "passing" + std::to_string(i));
        if (i % 2 == 1) busy.call("DELETE", "Assets('" + asset + "')");
      }
    });
    const auto ran = lazulite("backup", backup, server.data());
    stop = true;
    writer.join();
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    CHECK_FALSE(fs::exists(backup.string() + ".partial"));
    CHECK(lazulite("backup", backup, server.data()).exit_code == 1);   // it exists
    CHECK(lazulite("restore", backup, server.data()).exit_code == 1);  // the data folder is in use
  }
  struct stat status {};
  REQUIRE(::stat(backup.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);

  const auto data = folder.path() / "restored";
  REQUIRE(lazulite("restore", backup, data).exit_code == 0);
  ServerProcess server{kManyLocators, data};
  ApiClient api{server};  // with the key of the account that was backed up
  CHECK(check_files(api, server.blob()) >= before);
  const auto again = api.create_asset("new");  // and it goes on working
  upload(api, again, "new");
}

TEST_CASE("a backup that broke off is taken up again, and what is no backup is not restored", "[integration]") {
  TemporaryFolder folder;
  const auto backup = folder.path() / "backup";
  ServerProcess server;
  ApiClient api{server};
  upload(api, api.create_asset("one"), "one");
  fs::create_directories(folder.path() / "backup.partial" / "blobs" / "lazulitestorage");
  REQUIRE(lazulite("backup", backup.string() + "/", server.data()).exit_code == 0);
  CHECK(lazulite("restore", folder.path() / "nothing", folder.path() / "data").exit_code == 1);
  CHECK(lazulite("restore", server.data(), folder.path() / "data").exit_code == 1);
  CHECK(lazulite("backup", folder.path() / "other", folder.path() / "no-data").exit_code == 1);
  CHECK_FALSE(fs::exists(folder.path() / "other"));
}

}  // namespace lazulite::test
