// The main job end to end: connect, upload, encode, publish, play; then every rendition of every protocol is decoded
// and counted.
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

namespace lazulite::test {
namespace {

std::vector<DecodedStream> of_type(const std::vector<DecodedStream>& streams, const std::string& type) {
  std::vector<DecodedStream> out;
  std::copy_if(streams.begin(), streams.end(), std::back_inserter(out),
               [&](const auto& each) { return each.type == type; });
  return out;
}

void check_frames(const std::vector<DecodedStream>& streams, std::size_t renditions, long video_frames,
                  long audio_frames) {
  const auto video = of_type(streams, "video");
  CHECK(video.size() == renditions);
  for (const auto& each : video) CHECK(each.frames == video_frames);
  const auto audio = of_type(streams, "audio");
  CHECK_FALSE(audio.empty());
  for (const auto& each : audio) CHECK(std::abs(each.frames - audio_frames) <= 1);
}

// Every protocol of a published .ism must give the same frames as its MP4 sources.
void check_all_protocols(const std::string& ism, std::size_t renditions, long video_frames, long audio_frames) {
  SECTION("HLS v4") {
    check_frames(decode_all(ism + "/Manifest(format=m3u8-aapl)"), renditions, video_frames, audio_frames);
  }
  SECTION("HLS v3") {
    check_frames(decode_all(ism + "/Manifest(format=m3u8-aapl-v3,audio-only=false)"), renditions, video_frames,
                 audio_frames);
  }
  SECTION("DASH") {
    check_frames(decode_each(ism + "/Manifest(format=mpd-time-csf)"), renditions, video_frames, audio_frames);
  }
  SECTION("Smooth") { check_frames(decode_smooth(ism), renditions, video_frames, audio_frames); }
}

// Uploads a file, encodes it with a preset and returns the published .ism.
std::string encode_and_publish(ApiClient& api, const std::filesystem::path& source, const std::string& preset) {
  const auto asset = api.create_asset("source");
  api.upload(api.create_sas(asset, 2), source.filename().string(), read_file_text(source));
  api.create_file_infos(asset);
  const auto job = api.create_job(asset, api.find_processor("Media Encoder Standard"), preset);
  const int state = api.wait_for_job(job);
  INFO(boost::json::serialize(api.json("GET", "Jobs('" + job + "')/Tasks", "", 200)));
  REQUIRE(state == 3);
  return api.streaming_url(api.output_assets(job).at(0));
}

}  // namespace

TEST_CASE("a clip is encoded to six renditions and plays in all protocols", "[integration]") {
  static ServerProcess server;
  static ApiClient api{server};
  static const std::string ism = [] {
    const TemporaryFolder folder;
    make_clip(folder.path() / "clip.mp4", {.seconds = 5, .width = 640, .height = 360, .rate = "30000/1001"});
    return encode_and_publish(api, folder.path() / "clip.mp4", "H264 Multiple Bitrate 720p");
  }();
  check_all_protocols(ism, 6, 150, 235);
}

TEST_CASE("real sources become playable", "[integration]") {
  if (test_media().empty()) {
    WARN("skipped: the folder of test media is absent");
    return;
  }
  static ServerProcess server;
  static ApiClient api{server};
  SECTION("BigBuckBunny.mp4") {
    const auto ism = encode_and_publish(api, test_media() / "BigBuckBunny.mp4", "H264 Single Bitrate 720p");
    const auto source = decode_all((test_media() / "BigBuckBunny.mp4").string());
    const auto streams = decode_all(ism + "/Manifest(format=m3u8-aapl)");
    CHECK(of_type(streams, "video").at(0).frames == of_type(source, "video").at(0).frames);
  }
  SECTION("smallwmv.wmv, whose cover picture is no video") {
    const auto ism = encode_and_publish(api, test_media() / "smallwmv.wmv", "Adaptive Streaming");
    const auto streams = decode_each(ism + "/Manifest(format=mpd-time-csf)");
    const auto video = of_type(streams, "video");
    REQUIRE_FALSE(video.empty());
    for (const auto& each : video) CHECK(each.frames == video.front().frames);
    CHECK(video.front().frames > 140);
  }
}

TEST_CASE("a set made by the real service plays as uploaded, never encoded here", "[integration]") {
  if (test_media().empty()) {
    WARN("skipped: the folder of test media is absent");
    return;
  }
  static ServerProcess server;
  static ApiClient api{server};
  static const std::string ism = [] {
    const auto asset = api.create_asset("set");
    const auto sas = api.create_sas(asset, 2);
    for (const auto& file : std::filesystem::directory_iterator(test_media() / "ams-mp4-set")) {
      api.upload(sas, file.path().filename().string(), read_file_text(file.path()));
    }
    api.create_file_infos(asset);
    return api.streaming_url(asset);
  }();
  static const auto source = decode_all((test_media() / "ams-mp4-set" / "BigBuckBunny_400.mp4").string());
  check_all_protocols(ism, 6, of_type(source, "video").at(0).frames, of_type(source, "audio").at(0).frames);
}

TEST_CASE("progressive download serves whole files and ranges", "[integration]") {
  ServerProcess server;
  ApiClient api{server};
  const auto asset = api.create_asset("download");
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 % 251);
  api.upload(api.create_sas(asset, 2), "a.mp4", bytes, 100'000);
  api.create_file_infos(asset);
  const std::string url = api.publish(asset) + "a.mp4";
  const auto whole = http_get(url);
  CHECK(whole.status == 200);
  CHECK(whole.body == bytes);
  CHECK(http_get(url, {{"If-None-Match", whole.header("etag")}}).status == 304);
  const auto part = http_get(url, {{"Range", "bytes=1000-1999"}});
  CHECK(part.status == 206);
  CHECK(part.body == bytes.substr(1000, 1000));
  CHECK(part.header("content-range") == "bytes 1000-1999/300000");
  CHECK(http_get(url, {{"Range", "bytes=300000-"}}).status == 416);
  CHECK(whole.header("access-control-allow-origin") == "*");
}

}  // namespace lazulite::test
