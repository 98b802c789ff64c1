#include "tests/unit/encoder/processors/encode_run.hpp"

#include "encoder/isolation/isolated_processor.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace lazulite::encoder {
namespace {

std::string member(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

void read_stream(const boost::json::object& stream, DecodedFile& file) {
  if (member(stream, "codec_type") == "video") {
    file.width = boost::json::value_to<int>(stream.at("width"));
    file.height = boost::json::value_to<int>(stream.at("height"));
    file.video_rate = member(stream, "avg_frame_rate");
    return;
  }
  file.channels = boost::json::value_to<int>(stream.at("channels"));
  file.sampling_rate = std::stoi(member(stream, "sample_rate"));
  if (const auto* tags = stream.if_contains("tags")) file.audio_language = member(tags->as_object(), "language");
}

void read_frame(const boost::json::object& frame, DecodedFile& file) {
  const double time = std::stod(member(frame, "pts_time"));
  if (member(frame, "media_type") == "video") {
    file.frame_times.push_back(time);
    if (boost::json::value_to<int>(frame.at("key_frame")) == 1) file.key_times.push_back(time);
    return;
  }
  if (file.audio_end == 0) file.audio_start = time;
  file.audio_end = time + boost::json::value_to<double>(frame.at("nb_samples")) / file.sampling_rate.value();
}

}  // namespace

std::string small_preset(const std::string& video_members, const std::string& layer_members, bool with_audio) {
  const auto layer = [&](int width, int height, int kbps) {
    return fmt::format(R"({{"Type": "H264Layer", "Bitrate": {}, "Width": {}, "Height": {}, {}}})", kbps, width, height,
                       layer_members);
  };
  const std::string audio =
      with_audio ? R"(, {"Type": "AACAudio", "Channels": 2, "SamplingRate": 48000, "Bitrate": 128})" : "";
  return fmt::format(R"({{"Version": 1.0, "Codecs": [{{"Type": "H264Video", {} "Complexity": "Speed",
      "H264Layers": [{}, {}, {}]}}{}],
      "Outputs": [{{"FileName": "{{Basename}}_{{Width}}x{{Height}}_{{VideoBitrate}}.mp4",
                   "Format": {{"Type": "MP4Format"}}}}]}})",
                     video_members, layer(320, 180, 300), layer(160, 90, 150), layer(160, 90, 80), audio);
}

std::string picture(const std::string& size, const std::string& rate, double seconds) {
  return fmt::format("-f lavfi -i testsrc2=size={}:rate={}:duration={} ", size, rate, seconds);
}

std::string tone(double seconds) {
  return fmt::format("-f lavfi -i sine=frequency=440:sample_rate=44100:duration={} ", seconds);
}

std::filesystem::path optional_media() {
  const char* folder = std::getenv("LAZULITE_TEST_MEDIA");
  const std::filesystem::path path = folder != nullptr ? std::filesystem::path{folder}
                                                       : std::filesystem::path{LAZULITE_SOURCE_DIR} / "../shared/media";
  return std::filesystem::is_directory(path) ? path : std::filesystem::path{};
}

DecodedFile decode(const std::filesystem::path& path) {
  const auto ran = test::run_command(
      fmt::format("ffprobe -v error -show_entries stream=codec_type,width,height,avg_frame_rate,channels,sample_rate:"
                  "stream_tags=language:frame=media_type,pts_time,key_frame,nb_samples -of json '{}'",
                  path.string()));
  INFO(ran.text.substr(0, 500));
  REQUIRE(ran.status == 0);
  REQUIRE(ran.text.starts_with("{"));  // an error line would come first
  const auto json = boost::json::parse(ran.text);
  DecodedFile file;
  for (const auto& stream : json.at("streams").as_array()) read_stream(stream.as_object(), file);
  for (const auto& frame : json.at("frames").as_array()) read_frame(frame.as_object(), file);
  return file;
}

EncodeRun::EncodeRun(std::string configuration) {
  context.task_id = "nb:tid:UUID:7b9e64f2-1c1b-4c66-a9d1-0a3e3ffbb5f0";
  context.configuration = std::move(configuration);
  context.work_folder = folder.path() / "work";
  context.threads = 2;
  context.stop = stop.get_token();
  context.on_progress = [this](double percent) { progress.push_back(percent); };
  context.inputs.push_back({.asset_id = "nb:cid:UUID:2a0e1f6c-3d6b-4a8e-9a53-0f4b7a4d0c11", .files = {}});
  context.outputs.push_back({.asset_id = "nb:cid:UUID:9f1d2c3b-4a5e-4f60-8b7a-1c2d3e4f5a6b"});
  std::filesystem::create_directories(context.work_folder);
}

void EncodeRun::make_input(const std::string& name, const std::string& arguments) {
  const auto path = folder.path() / name;
  const auto ran = test::run_command(fmt::format("ffmpeg -nostdin -v error -y {} '{}'", arguments, path.string()));
  INFO(ran.text);
  REQUIRE(ran.status == 0);
  add_input(path);
}

void EncodeRun::add_input(const std::filesystem::path& path, bool is_primary) {
  context.inputs.front().files.push_back({.name = path.filename().string(),
                                          .open = [path] { return files::open_for_reading(path); },
                                          .size = std::filesystem::file_size(path),
                                          .is_primary = is_primary});
}

Result<TaskResult> EncodeRun::run(std::string_view processor_name) {
  const auto known = processors();
  const auto processor = std::find_if(known.begin(), known.end(), [processor_name](const ProcessorInfo& row) {
    return row.listed && row.name == processor_name;
  });
  REQUIRE(processor != known.end());
  const char* isolation = std::getenv("LAZULITE_TEST_ISOLATION");
  const bool isolated = isolation != nullptr && std::string_view{isolation} == "process";
  const IsolationOptions worker{.program = LAZULITE_TEST_ENCODE_WORKER, .arguments = {}};
  auto made = isolated ? make_isolated_processor(std::string{processor->uuid}, worker) : processor->make();
  auto done = made->process(context);
  if (done) result = *done;
  return done;
}

const OutputFile& EncodeRun::output(const std::string& name) const {
  const auto& files = result.outputs.at(0);
  const auto found =
      std::find_if(files.begin(), files.end(), [&name](const OutputFile& file) { return file.name == name; });
  INFO("no output named " << name);
  REQUIRE(found != files.end());
  return *found;
}

std::vector<std::string> EncodeRun::names() const {
  std::vector<std::string> names;
  for (const OutputFile& file : result.outputs.at(0)) names.push_back(file.name);
  return names;
}

std::string EncodeRun::text_of(const std::string& name) const { return test::read_text(output(name).path); }

}  // namespace lazulite::encoder
