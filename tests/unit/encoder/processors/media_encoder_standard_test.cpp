// Encodes generated clips and decodes every output (processing.md 3b, 4, 7).
#include "schema/manifests/server_manifest.hpp"
#include "tests/support/result.hpp"
#include "tests/unit/encoder/processors/encode_run.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

namespace lazulite::encoder {
namespace {

using manifests::TrackKind;

constexpr const char* kInputMetadata = "2a0e1f6c-3d6b-4a8e-9a53-0f4b7a4d0c11_metadata.xml";

bool is_mp4(const std::string& name) { return name.ends_with(".mp4"); }

// What must hold for the outputs of any encode with video.
void check_video_set(const EncodeRun& run, std::size_t frames, double frame_seconds, double key_seconds) {
  std::optional<std::vector<double>> keys;
  for (const OutputFile& file : run.result.outputs.at(0)) {
    if (!is_mp4(file.name)) continue;
    const DecodedFile decoded = decode(file.path);
    if (!decoded.width) continue;
    INFO(file.name);
    CHECK(decoded.frame_times.size() == frames);
    REQUIRE_FALSE(decoded.frame_times.empty());
    CHECK(decoded.frame_times.front() == Approx(0).margin(1e-6));
    CHECK(decoded.frame_times.back() == Approx(frame_seconds * static_cast<double>(frames - 1)).margin(0.002));
    if (decoded.channels) {
      CHECK(std::abs(decoded.audio_start) <= frame_seconds);
      CHECK(std::abs(decoded.audio_end - static_cast<double>(frames) * frame_seconds) <=
            std::max(frame_seconds, 0.045));
    }
    for (std::size_t i = 0; i < decoded.key_times.size(); ++i) {
      const double due = std::ceil(key_seconds * static_cast<double>(i) / frame_seconds - 1e-6) * frame_seconds;
      CHECK(decoded.key_times[i] == Approx(due).margin(0.002));
    }
    CHECK(decoded.key_times.size() ==
          static_cast<std::size_t>(std::ceil(static_cast<double>(frames) * frame_seconds / key_seconds - 1e-6)));
    if (!keys) keys = decoded.key_times;
    CHECK(decoded.key_times == *keys);
  }
  REQUIRE(keys);
}

manifests::ServerManifest manifest_of(const EncodeRun& run, const std::string& name) {
  const auto parsed = manifests::parse_server_manifest(run.text_of(name));
  REQUIRE(parsed);
  return *parsed;
}

TEST_CASE("H264 Multiple Bitrate 720p writes six aligned files, the manifests and a primary .ism",
          "[unit][encoder][slow]") {
  EncodeRun run{"H264 Multiple Bitrate 720p"};
  run.make_input("harbour.mp4", picture("320x180", "10", 5) + tone(5) + "-pix_fmt yuv420p -metadata:s:a language=eng");
  REQUIRE(run.run());
  CHECK(run.names() == std::vector<std::string>{"harbour_1280x720_3400.mp4", "harbour_960x540_2250.mp4",
                                                "harbour_960x540_1500.mp4", "harbour_640x360_1000.mp4",
                                                "harbour_640x360_650.mp4", "harbour_320x180_400.mp4",
                                                "harbour_manifest.xml", kInputMetadata, "harbour.ism"});
  check_video_set(run, 50, 0.1, 2);
  for (const OutputFile& file : run.result.outputs.at(0)) CHECK(file.is_primary == (file.name == "harbour.ism"));
  const DecodedFile top = decode(run.output("harbour_1280x720_3400.mp4").path);
  CHECK(top.width == 1280);
  CHECK(top.height == 720);
  CHECK(top.channels == 2);
  CHECK(top.sampling_rate == 48000);
  CHECK(top.audio_language == "eng");

  const auto manifest = manifest_of(run, "harbour.ism");
  CHECK(manifest.meta("formats") == "mp4");
  REQUIRE(manifest.tracks.size() == 7);
  CHECK(manifest.tracks[0].src == "harbour_1280x720_3400.mp4");
  CHECK(manifest.tracks[5].src == "harbour_320x180_400.mp4");
  CHECK(manifest.tracks[6].kind == TrackKind::kAudio);
  CHECK(manifest.tracks[6].src == "harbour_320x180_400.mp4");
  CHECK(manifest.tracks[6].title == "AAC_eng_ch2_128kbps");

  CHECK(run.result.video_minutes_hd == Approx(5 / 60.0).epsilon(0.01));
  CHECK(run.result.video_minutes_sd == Approx(25 / 60.0).epsilon(0.01));
  CHECK(run.result.audio_minutes == 0);
  REQUIRE_FALSE(run.progress.empty());
  CHECK(std::is_sorted(run.progress.begin(), run.progress.end()));
  CHECK(run.progress.back() == 100);
}

TEST_CASE("the metadata files say what went in and what came out", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  run.make_input("a & b.mp4", picture("320x180", "30000/1001", 2) + tone(2) + "-pix_fmt yuv420p");
  REQUIRE(run.run());
  const std::string output = run.text_of("a & b_manifest.xml");
  INFO(output);
  CHECK(output.find("http://schemas.microsoft.com/windowsazure/mediaservices/2013/05/mediaencoder/metadata") !=
        std::string::npos);
  CHECK(output.find(R"(<AssetFile Name="a &amp; b_320x180_300.mp4" Size=")") != std::string::npos);
  CHECK(output.find(R"(<Source Name="a &amp; b.mp4" />)") != std::string::npos);
  CHECK(output.find(R"(<VideoTrack Id="0" FourCC="AVC1" Profile="High" Level="1.3" Width="320" Height="180" )"
                    R"(DisplayAspectRatioNumerator="16" DisplayAspectRatioDenominator="9" Framerate="29.970" )"
                    R"(TargetFramerate="29.970" Bitrate=")") != std::string::npos);
  CHECK(output.find(R"(TargetBitrate="300" MaxGOPBitrate=")") != std::string::npos);
  CHECK(output.find(R"(<AudioTrack Id="0" Codec="AacLc" Channels="2" SamplingRate="48000" Bitrate=")") !=
        std::string::npos);
  CHECK(output.find(fmt::format("Size=\"{}\"", std::filesystem::file_size(run.output("a & b_320x180_300.mp4").path))) !=
        std::string::npos);

  const std::string input = run.text_of(kInputMetadata);
  INFO(input);
  CHECK(input.find("http://schemas.microsoft.com/windowsazure/mediaservices/2014/07/mediaencoder/inputmetadata") !=
        std::string::npos);
  CHECK(input.find(R"(FormatNames="mov,mp4,m4a,3gp,3g2,mj2" FormatVerboseName="QuickTime / MOV")") !=
        std::string::npos);
  CHECK(input.find(R"(FourCC="avc1")") != std::string::npos);
  CHECK(input.find(R"(<Disposition Default="1" Dub="0")") != std::string::npos);
  CHECK(input.find(R"(SampleFormat="fltp" ChannelLayout="mono" Channels="1" SamplingRate="44100")") !=
        std::string::npos);
  CHECK(run.result.perf_message.find("Mediatask 7b9e64f2-1c1b-4c66-a9d1-0a3e3ffbb5f0: ") != std::string::npos);
}

TEST_CASE("every field of a layer reaches the encoder", "[unit][encoder]") {
  struct Case {
    const char* layer;
    const char* video;
    std::vector<std::string> options;  // as x264 writes them into the stream
    const char* profile_and_level;
  };
  const Case each = GENERATE(
      Case{R"("Profile": "Main", "Level": "3", "BFrames": 1, "ReferenceFrames": 2, "EntropyMode": "Cavlc", "Slices": 3,
              "AdaptiveBFrame": false, "MaxBitrate": 400, "BufferWindow": "00:00:02")",
           "",
           {"cabac=0", "ref=2", "bframes=1", "b_adapt=0", "slices=3", "vbv_maxrate=400", "vbv_bufsize=800",
            "scenecut=0", "open_gop=0", "bitrate=300", "subme=2"},
           "Main,30"},
      Case{R"("Profile": "Baseline", "Level": "2.1", "BFrames": 3, "ReferenceFrames": 1)",
           "",
           {"cabac=0", "ref=1", "bframes=0", "weightp=0", "8x8dct=0"},
           "Constrained Baseline,21"},
      Case{R"("Profile": "High", "BFrames": 2, "AdaptiveBFrame": true)",
           R"("TwoPass": true, "SyncMode": "Auto",)",
           {"cabac=1", "bframes=2", "b_adapt=1", "8x8dct=1", "rc=abr"},
           "High,13"});
  INFO(each.layer);
  EncodeRun run{small_preset(each.video, each.layer)};
  run.make_input("f.mp4", picture("320x180", "25", 1) + tone(1) + "-pix_fmt yuv420p -preset ultrafast");
  REQUIRE(run.run());
  const auto path = run.output("f_320x180_300.mp4").path;
  const std::string bytes = test::read_text(path);
  const auto at = bytes.find("options: ");
  REQUIRE(at != std::string::npos);
  const std::string options = bytes.substr(at + 8, bytes.find('\0', at) - at - 8) + " ";
  INFO(options);
  for (const std::string& option : each.options) {
    if (option == "rc=abr") {
      CHECK((options.find(" rc=abr") != std::string::npos || options.find(" rc=cbr") != std::string::npos));
      continue;
    }
    INFO(option);
    CHECK(options.find(" " + option + " ") != std::string::npos);
  }
  const auto probed = test::run_command(fmt::format(
      "ffprobe -v error -select_streams v -show_entries stream=profile,level -of csv=p=0 '{}'", path.string()));
  CHECK(probed.text == std::string{each.profile_and_level} + "\n");
}

TEST_CASE("a single bitrate preset writes one file and an .ism", "[unit][encoder][slow]") {
  EncodeRun run{"h264 single bitrate 720P"};
  run.make_input("one.mp4", picture("320x180", "10", 3) + tone(3) + "-pix_fmt yuv420p");
  REQUIRE(run.run());
  CHECK(run.names() ==
        std::vector<std::string>{"one_1280x720_4500.mp4", "one_manifest.xml", kInputMetadata, "one.ism"});
  CHECK(decode(run.output("one_1280x720_4500.mp4").path).frame_times.size() == 30);
  const auto manifest = manifest_of(run, "one.ism");
  REQUIRE(manifest.tracks.size() == 2);
  CHECK(manifest.tracks[1].title == "AAC_und_ch2_128kbps");
}

TEST_CASE("H264 Multiple Bitrate 1080p writes eight aligned files", "[unit][encoder][slow]") {
  EncodeRun run{"H264 Multiple Bitrate 1080p"};
  run.make_input("m.mp4", picture("320x180", "10", 3) + tone(3) + "-pix_fmt yuv420p");
  REQUIRE(run.run());
  CHECK(std::count_if(run.result.outputs.at(0).begin(), run.result.outputs.at(0).end(),
                      [](const OutputFile& file) { return is_mp4(file.name); }) == 8);
  check_video_set(run, 30, 0.1, 2);
}

TEST_CASE("Adaptive Streaming stays within the source and keeps audio in a file of its own", "[unit][encoder]") {
  EncodeRun run{"Adaptive Streaming"};
  run.make_input("live.mp4", picture("640x360", "25", 3) + tone(3) + "-pix_fmt yuv420p -b:v 3M -preset ultrafast");
  REQUIRE(run.run());
  check_video_set(run, 75, 0.04, 2);
  const auto manifest = manifest_of(run, "live.ism");
  REQUIRE(manifest.tracks.size() == 4);  // 360, 270, 180 and the audio
  CHECK(manifest.tracks[3].src == "live_AAC_und_ch2_128kbps.mp4");
  CHECK_FALSE(decode(run.output(manifest.tracks[0].src).path).channels);
  const DecodedFile audio = decode(run.output("live_AAC_und_ch2_128kbps.mp4").path);
  CHECK_FALSE(audio.width);
  CHECK(audio.audio_end == Approx(3).margin(0.05));
  CHECK(run.result.audio_minutes == Approx(3 / 60.0).epsilon(0.05));
}

double ssim(const std::filesystem::path& encoded, const std::filesystem::path& source) {
  const auto ran = test::run_command(fmt::format(
      "ffmpeg -nostdin -hide_banner -i '{}' -i '{}' -lavfi '[0:v][1:v]ssim' -f null - 2>&1 | grep -o 'All:[0-9.]*' "
      "| cut -d: -f2",
      encoded.string(), source.string()));
  INFO(ran.text);
  REQUIRE_FALSE(ran.text.empty());
  return std::stod(ran.text);
}

TEST_CASE("the content adaptive ladder gives easy content fewer bits, and it looks no worse for it",
          "[unit][encoder][slow]") {
  const auto encode = [](const std::string& filter, double& quality) {
    EncodeRun run{"Content Adaptive Multiple Bitrate MP4"};
    run.make_input(
        "film.mp4",
        fmt::format("-f lavfi -i \"{}\" -f lavfi -i sine=d=4 -pix_fmt yuv420p -preset ultrafast -qp 10", filter));
    REQUIRE(run.run());
    const OutputFile& top = run.result.outputs.at(0).front();
    CHECK(top.name.starts_with("film_640x360_AACAudio_"));
    const DecodedFile file = decode(top.path);
    CHECK(file.frame_times.size() == 100);
    CHECK(file.channels == 2);
    quality = ssim(top.path, run.folder.path() / "film.mp4");
    return std::stoi(top.name.substr(std::string{"film_640x360_AACAudio_"}.size()));
  };
  double easy_quality = 0, hard_quality = 0;
  const int easy = encode("gradients=s=640x360:r=25:d=4:speed=0.01:seed=1", easy_quality);
  const int hard = encode("testsrc2=s=640x360:r=25:d=4,noise=alls=25:allf=t", hard_quality);
  CHECK(easy * 2 < hard);
  CHECK(easy_quality > hard_quality);
  CHECK(easy_quality > 0.97);
}

TEST_CASE("AAC Good Quality Audio makes an audio file of sound and of video sources", "[unit][encoder]") {
  EncodeRun run{"AAC Good Quality Audio"};
  const bool with_video = GENERATE(false, true);
  const std::string video = with_video ? picture("320x180", "25", 3) : "";
  run.make_input(with_video ? "song.mkv" : "song.mp3", video + tone(3) + (with_video ? "-pix_fmt yuv420p" : ""));
  REQUIRE(run.run());
  CHECK(run.names() == std::vector<std::string>{"song_AAC_192.mp4", "song_manifest.xml", kInputMetadata, "song.ism"});
  const DecodedFile audio = decode(run.output("song_AAC_192.mp4").path);
  CHECK_FALSE(audio.width);
  CHECK(audio.channels == 2);
  CHECK(audio.audio_start == Approx(0).margin(0.03));
  CHECK(audio.audio_end == Approx(3).margin(0.06));
  const auto manifest = manifest_of(run, "song.ism");
  REQUIRE(manifest.tracks.size() == 1);
  CHECK(manifest.tracks[0].title == "AAC_und_ch2_192kbps");
  CHECK(run.progress.back() == 100);
}

TEST_CASE("samples of a group of pictures lie together, and moov comes first", "[unit][encoder]") {
  EncodeRun run{small_preset()};
  run.make_input("g.mp4", picture("320x180", "25", 7) + tone(7) + "-pix_fmt yuv420p -preset ultrafast");
  REQUIRE(run.run());
  const auto path = run.output("g_320x180_300.mp4").path;
  const std::string bytes = test::read_text(path);
  CHECK(bytes.find("moov") < bytes.find("mdat"));
  const auto probed = test::run_command(
      fmt::format("ffprobe -v error -show_entries packet=stream_index,pos -of csv=p=0 '{}'", path.string()));
  std::vector<std::pair<long, int>> packets;  // position, stream
  std::istringstream lines{probed.text};
  int stream = 0;
  char comma = 0;
  long position = 0;
  while (lines >> stream >> comma >> position) {
    packets.emplace_back(position, stream);
    lines.ignore(100, '\n');
  }
  std::sort(packets.begin(), packets.end());
  std::size_t runs = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) runs += i == 0 || packets[i].second != packets[i - 1].second ? 1 : 0;
  REQUIRE(packets.size() > 400);
  CHECK(runs == 8);  // four groups of pictures, each followed by its audio
}

}  // namespace
}  // namespace lazulite::encoder
