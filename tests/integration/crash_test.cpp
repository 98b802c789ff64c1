// kill -9 during upload and during encoding: after a restart the workflow finishes and nothing acknowledged is lost.
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <thread>

namespace lazulite::test {
namespace {

std::string blob_url(const std::string& sas, const std::string& name, const std::string& query) {
  const auto question = sas.find('?');
  return sas.substr(0, question) + "/" + name + sas.substr(question) + query;
}

HttpAnswer put(const std::string& url, std::string_view body, const HttpFields& headers = {}) {
  const auto [base, target] = parse_url(url);
  HttpClient client{base};
  return client.send("PUT", target, headers, body);
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

// Uploads a 12 s clip, starts its encoding, and returns the job's id once it is Processing.
std::string start_encoding(const ServerProcess& server) {
  const TemporaryFolder folder;
  make_clip(folder.path() / "clip.mp4", {.seconds = 12, .width = 1280, .height = 720, .rate = "25"});
  ApiClient api{server};
  const auto asset = api.create_asset("source");
  api.upload(api.create_sas(asset, 2), "clip.mp4", read_file_text(folder.path() / "clip.mp4"));
  api.create_file_infos(asset);
  const auto job = api.create_job(asset, api.find_processor("Media Encoder Standard"), "H264 Multiple Bitrate 720p");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (api.job(job).at("State").to_number<int>() != 2) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return job;
}

}  // namespace

TEST_CASE("blocks acknowledged before a crash are there after it", "[integration]") {
  ServerProcess server;
  ApiClient api{server};
  const auto asset = api.create_asset("upload");
  const auto sas = api.create_sas(asset, 1 | 2);
  std::string whole, list = "<BlockList>";
  for (int i = 0; i < 6; ++i) {
    const std::string id = base64_encode(as_bytes(fmt::format("block-{:06}", i)));
    const std::string bytes(100'000 + static_cast<std::size_t>(i), static_cast<char>('a' + i));
    REQUIRE(put(blob_url(sas, "film.mp4", "&comp=block&blockid=" + percent_encode(id)), bytes).status == 201);
    whole += bytes;
    list += "<Latest>" + id + "</Latest>";
    if (i == 2) {
      server.kill();
      server.start();
    }
  }
  REQUIRE(put(blob_url(sas, "film.mp4", "&comp=blocklist"), list + "</BlockList>").status == 201);
  server.kill();
  server.start();
  const auto read = http_get(blob_url(sas, "film.mp4", ""));
  CHECK(read.status == 200);
  CHECK(read.body == whole);
}

TEST_CASE("a job whose server was killed is finished by the next one", "[integration]") {
  ServerProcess server{{{"LAZULITE_ENCODER_LEASE_SECONDS", "2"}}};
  const auto job = start_encoding(server);
  server.kill();
  server.start();
  ApiClient api{server};
  REQUIRE(api.wait_for_job(job) == 3);
  const auto asset = api.output_assets(job).at(0);
  std::size_t videos = 0;
  for (const auto& file : api.files(asset))
    videos += std::string_view{file.at("Name").as_string()}.ends_with(".mp4") ? 1 : 0;
  CHECK(videos == 6);
  for (const auto& each : decode_all(api.streaming_url(asset) + "/Manifest(format=m3u8-aapl)")) {
    if (each.type == "video") CHECK(each.frames == 300);
  }
  // Nothing half-made is left: the container holds exactly the asset's files.
  const auto listed = http_get(api.create_sas(asset, 1 | 8) + "&restype=container&comp=list").body;
  CHECK(count_of(listed, "<Name>") == api.files(asset).size());
}

TEST_CASE("SIGTERM ends the server cleanly, also while it encodes", "[integration]") {
  ServerProcess server;
  const auto job = start_encoding(server);
  const auto start = std::chrono::steady_clock::now();
  CHECK(server.stop() == 0);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{12});
  server.start();
  ApiClient api{server};
  CHECK(api.wait_for_job(job) == 3);
}

}  // namespace lazulite::test
