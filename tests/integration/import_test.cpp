// Containers as people kept them of the real service, made assets by `lazulite import`.
#include "tests/support/api_client.hpp"
#include "tests/support/command.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace lazulite::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kGuid = "0a1b2c3d-0000-1111-8222-333344445555";

// A container with a published clip, one with odd files, and folders that are none.
void make_export(const fs::path& folder) {
  const auto movie = folder / (std::string{"asset-"} + kGuid);
  fs::create_directories(movie);
  make_clip(movie / "movie.mp4", {.seconds = 2, .width = 320, .height = 180});
  std::ofstream(movie / "movie.ism")
      << R"(<?xml version="1.0" encoding="utf-8"?><smil xmlns="http://www.w3.org/2001/SMIL20/Language">)"
      << R"(<body><switch><video src="movie.mp4"/><audio src="movie.mp4"/></switch></body></smil>)";
  const auto odd = folder / "asset-0A1B2C3D-0000-1111-8222-333344446666";
  fs::create_directories(odd / "sub folder");
  std::ofstream(odd / "sub folder" / "ä & b.txt") << "text";
  fs::create_symlink("/etc/passwd", odd / "link.txt");
  fs::create_directories(folder / "asset-no-guid");
  fs::create_directories(folder / "$logs");
}

Ran import(const fs::path& folder, const fs::path& data, std::vector<std::string> more = {}) {
  std::vector<std::string> command = {program_under_test(), "import", folder, "--data", data};
  command.insert(command.end(), more.begin(), more.end());
  return run_program(command);
}

}  // namespace

TEST_CASE("exported containers become assets with their old ids, which play", "[integration]") {
  TemporaryFolder folder;
  make_export(folder.path());
  ServerProcess server;
  const auto busy = import(folder.path(), server.data());
  CHECK(busy.exit_code == 1);
  CHECK(busy.err.find("stop it first") != std::string::npos);
  CHECK(server.stop() == 0);

  const auto dry = import(folder.path(), server.data(), {"--dry-run"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(dry.out.find("Would import 2 assets with 3 files") != std::string::npos);
  CHECK(import(folder.path(), server.data(), {"--account", "nobody"}).exit_code == 1);
  const auto first = import(folder.path(), server.data());
  INFO(first.out << first.err);
  CHECK(first.exit_code == 0);
  CHECK(first.out.find("Imported 2 assets with 3 files") != std::string::npos);
  CHECK(first.out.find("2 folders were left out") != std::string::npos);
  CHECK(import(folder.path(), server.data()).out.find("Imported 0 assets") !=
        std::string::npos);  // again: nothing left

  server.start();
  ApiClient api{server};
  const std::string id = std::string{"nb:cid:UUID:"} + kGuid;
  CHECK(api.json("GET", "Assets('" + id + "')", "", 200).at("Name").as_string() == "movie");
  CHECK(api.files(id).size() == 2);
  const auto decoded = decode_each(api.streaming_url(id) + "/Manifest(format=mpd-time-csf)");
  REQUIRE(decoded.size() == 2);
  CHECK(decoded[0].frames == 60);
  const auto odd = api.files("nb:cid:UUID:0a1b2c3d-0000-1111-8222-333344446666");
  REQUIRE(odd.size() == 1);  // the link is no file
  CHECK(odd[0].at("Name").as_string() == "sub folder/ä & b.txt");
}

}  // namespace lazulite::test
