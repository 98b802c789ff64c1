// What is not MP4: the Smooth sets of Azure Media Encoder with both manifests (processing.md 3a, 4.3), and transport
// streams (3c.9).
#include "schema/base/text.hpp"
#include "schema/manifests/server_manifest.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>

namespace lazulite::encoder {
namespace {

std::string smooth_preset() {
  return R"(<Presets><Preset Version="5.0"><Job/><MediaFile><OutputFormat><MP4OutputFormat>
    <VideoProfile><MainH264VideoProfile KeyFrameDistance="00:00:02" BFrameCount="2" SeparateFilesPerStream="True" SmoothStreaming="True"><Streams>
      <StreamInfo Size="320, 180"><Bitrate><ConstantBitrate Bitrate="400"/></Bitrate></StreamInfo>
      <StreamInfo Size="160, 90"><Bitrate><ConstantBitrate Bitrate="150"/></Bitrate></StreamInfo></Streams></MainH264VideoProfile></VideoProfile>
    <AudioProfile><AacAudioProfile Channels="2" SamplesPerSecond="44100"><Bitrate><ConstantBitrate Bitrate="96"/></Bitrate></AacAudioProfile></AudioProfile>
    </MP4OutputFormat></OutputFormat></MediaFile></Preset></Presets>)";
}

// Types of the boxes of the top level, in order.
std::vector<std::string> boxes_of(const std::filesystem::path& path) {
  const std::string bytes = test::read_text(path);
  std::vector<std::string> types;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[at + i]);
    types.push_back(bytes.substr(at + 4, 4));
    REQUIRE(size >= 8);
    at += size;
  }
  return types;
}

// Start times of the fragments that a stream of the client manifest lists, and last its end, in seconds.
std::vector<double> fragment_times(const pugi::xml_node& stream) {
  std::vector<double> times{0};
  for (const auto& fragment : stream.children("c"))
    times.push_back(times.back() + fragment.attribute("d").as_double() / 1e7);
  return times;
}

TEST_CASE("a Smooth preset makes one fragmented file per track and both manifests", "[unit][encoder]") {
  EncodeRun run{smooth_preset()};
  run.make_input("film.mp4", picture("320x180", "25", 5) + tone(5) + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p");
  REQUIRE(run.run("Azure Media Encoder"));
  const std::string top_name = "film_H264_400kbps.ismv", low_name = "film_H264_150kbps.ismv",
                    sound_name = "film_AAC_und_ch2_96kbps.isma";
  const auto names = run.names();
  REQUIRE(names.size() >= 5);
  CHECK(std::vector(names.begin(), names.begin() + 3) == std::vector{top_name, low_name, sound_name});
  CHECK(names[names.size() - 2] == "film.ismc");
  CHECK(names.back() == "film.ism");
  CHECK(run.result.outputs.at(0).back().is_primary);

  const DecodedFile top = decode(run.output(top_name).path), low = decode(run.output(low_name).path),
                    sound = decode(run.output(sound_name).path);
  CHECK(top.width == 320);
  CHECK(low.width == 160);
  CHECK(top.frame_times.size() == 125);
  // FFmpeg shows such files, the service's own too, later by what pictures are reordered.
  REQUIRE(top.key_times.size() == 3);
  for (std::size_t i = 1; i < 3; ++i)
    CHECK(top.key_times[i] - top.key_times[0] == Approx(2.0 * static_cast<double>(i)).margin(1e-3));
  CHECK(low.key_times == top.key_times);
  CHECK(sound.audio_start == Approx(0).margin(1e-3));
  CHECK_FALSE(top.channels);
  CHECK(sound.channels == 2);
  CHECK(sound.audio_end == Approx(5).margin(0.05));

  // moov says nothing of samples; fragments begin with the key frames, of sound every two seconds.
  for (const auto& name : {top_name, sound_name}) {
    const auto boxes = boxes_of(run.output(name).path);
    INFO(name);
    CHECK(std::count(boxes.begin(), boxes.end(), "moof") == 3);
    CHECK(boxes.back() == "mfra");
  }

  pugi::xml_document client;
  REQUIRE(client.load_string(run.text_of("film.ismc").c_str()));
  const auto media = client.child("SmoothStreamingMedia");
  CHECK(media.attribute("Duration").as_double() / 1e7 == Approx(5).margin(0.05));
  const auto video = media.find_child_by_attribute("StreamIndex", "Type", "video"),
             audio = media.find_child_by_attribute("StreamIndex", "Type", "audio");
  CHECK(fragment_times(video) == std::vector<double>{0, 2, 4, 5});
  CHECK(fragment_times(audio)[1] == Approx(2).margin(0.03));
  CHECK(video.attribute("Chunks").as_int() == 3);
  CHECK(video.child("QualityLevel").attribute("Bitrate").as_int() == 400'000);
  CHECK(
      std::string_view{video.child("QualityLevel").attribute("CodecPrivateData").value()}.starts_with("00000001674D"));
  CHECK(std::string_view{audio.child("QualityLevel").attribute("CodecPrivateData").value()}.starts_with("1210"));

  const auto manifest = manifests::parse_server_manifest(run.text_of("film.ism"));
  REQUIRE(manifest);
  CHECK(manifest->meta("clientManifestRelativePath") == "film.ismc");
  REQUIRE(manifest->tracks.size() == 3);
  CHECK(manifest->tracks[0].src == top_name);
  CHECK(manifest->tracks[0].bitrate() == 400'000);
  CHECK(manifest->tracks[2].src == sound_name);
  CHECK(manifest->tracks[2].track_id() == 1);
}

TEST_CASE("a Smooth set of this encoder is an input like any other", "[unit][encoder]") {
  EncodeRun run{smooth_preset()};
  run.make_input("film.mp4", picture("320x180", "25", 3) + tone(3) + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p");
  REQUIRE(run.run("Azure Media Encoder"));
  EncodeRun again{small_preset()};
  for (const OutputFile& file : run.result.outputs.at(0)) {
    again.context.inputs.front().files.push_back({.name = file.name,
                                                  .open = [path = file.path] { return files::open_for_reading(path); },
                                                  .size = std::filesystem::file_size(file.path),
                                                  .is_primary = file.is_primary});
  }
  REQUIRE(again.run());
  const DecodedFile top = decode(again.output("film_320x180_300.mp4").path);
  CHECK(top.frame_times.size() == 75);
  CHECK(top.audio_end == Approx(3).margin(0.06));
}

TEST_CASE("TSFormat makes transport streams", "[unit][encoder]") {
  EncodeRun run{R"({"Version": 1.0, "Codecs": [{"Type": "H264Video", "Complexity": "Speed",
      "H264Layers": [{"Bitrate": 400, "Width": 320, "Height": 180}]}, {"Type": "AACAudio", "Bitrate": 128}],
      "Outputs": [{"FileName": "{Basename}_{Width}{Extension}", "Format": {"Type": "TSFormat"}}]})"};
  run.make_input("film.mp4", picture("320x180", "25", 5) + tone(5) + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p");
  REQUIRE(run.run());
  const OutputFile& file = run.output("film_320.ts");
  CHECK(file.mime_type == "video/mp2t");
  CHECK(file.is_primary);
  const auto probed = test::run_command(
      fmt::format("ffprobe -v error -show_entries format=format_name -of csv=p=0 '{}'", file.path.string()));
  CHECK(trim(probed.text) == "mpegts");
  const DecodedFile decoded = decode(file.path);
  CHECK(decoded.frame_times.size() == 125);
  CHECK(decoded.key_times.size() == 3);
  CHECK(decoded.channels == 2);
  CHECK(decoded.audio_end - decoded.audio_start == Approx(5).margin(0.07));
  CHECK(decoded.audio_start == Approx(decoded.frame_times.front()).margin(0.05));
}

}  // namespace
}  // namespace lazulite::encoder
