#include "tests/support/media.hpp"

#include "tests/support/server_process.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <pugixml.hpp>

#include <fstream>
#include <stdexcept>

namespace lazulite::test {

void make_clip(const std::filesystem::path& path, const Clip& clip) {
  const auto video =
      fmt::format("testsrc2=size={}x{}:rate={}:duration={}", clip.width, clip.height, clip.rate, clip.seconds);
  const auto audio = fmt::format("sine=frequency=440:sample_rate=48000:duration={}", clip.seconds);
  const auto ran = run_program({"ffmpeg",   "-v",      "error", "-y",  "-f",   "lavfi",   "-i",         video,
                                "-f",       "lavfi",   "-i",    audio, "-c:v", "libx264", "-preset",    "ultrafast",
                                "-pix_fmt", "yuv420p", "-c:a",  "aac", "-ac",  "2",       path.string()});
  if (ran.exit_code != 0) throw std::runtime_error("ffmpeg cannot make a clip: " + ran.err);
}

namespace {

// Runs ffprobe over a source with the options given; its JSON.
boost::json::value probe(const std::string& source, const std::vector<std::string>& words) {
  // Playlists name segments without an extension; the options that allow it are unknown to other demuxers, and the last
  // two to older versions.
  const std::vector<std::vector<std::string>> attempts{
      {"-allowed_extensions", "ALL", "-allowed_segment_extensions", "ALL", "-extension_picky", "0"},
      {"-allowed_extensions", "ALL"},
      {},
  };
  Ran result;
  for (const auto& options : attempts) {
    std::vector<std::string> command{"ffprobe", "-v", "error"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"-of", "json", source});
    result = run_program(command);
    if (result.exit_code == 0 || result.err.find("Option ") == std::string::npos) break;
  }
  if (result.exit_code != 0 || !result.err.empty())
    throw std::runtime_error("ffprobe of " + source + ": " + result.err);
  return boost::json::parse(result.out);
}

std::vector<DecodedStream> streams_of(const boost::json::value& probed) {
  std::vector<DecodedStream> streams;
  for (const auto& each : probed.at("streams").as_array()) {
    const auto& stream = each.as_object();
    DecodedStream out;
    out.type = stream.at("codec_type").as_string().c_str();
    if (const auto* width = stream.if_contains("width")) out.width = static_cast<int>(width->as_int64());
    if (const auto* frames = stream.if_contains("nb_read_frames")) out.frames = std::stol(frames->as_string().c_str());
    streams.push_back(out);
  }
  return streams;
}

const char* const kEntries = "stream=codec_type,width,nb_read_frames";

}  // namespace

std::vector<DecodedStream> decode_all(const std::string& source) {
  return streams_of(probe(source, {"-count_frames", "-show_entries", kEntries}));
}

std::vector<DecodedStream> decode_each(const std::string& source) {
  std::vector<DecodedStream> out;
  const auto count = streams_of(probe(source, {"-show_entries", kEntries})).size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& each : streams_of(
             probe(source, {"-count_frames", "-select_streams", std::to_string(i), "-show_entries", kEntries}))) {
      out.push_back(each);
    }
  }
  return out;
}

namespace {

std::string fetch(const std::string& url) {
  auto answer = http_get(url);
  if (answer.status != 200)
    throw std::runtime_error(fmt::format("{} answered {}: {}", url, answer.status, answer.body));
  return std::move(answer.body);
}

// One quality level as a file: its DASH initialization segment, then all its Smooth fragments.
std::string assemble_level(const std::string& ism_url, const pugi::xml_node& stream, const std::string& bitrate) {
  const std::string name = stream.attribute("Name").as_string(stream.attribute("Type").as_string());
  const std::string level = ism_url + "/QualityLevels(" + bitrate + ")/Fragments(" + name + "=";
  std::string bytes = fetch(level + "i,format=mpd-time-csf)");
  long long at = 0;
  for (const auto chunk : stream.children("c")) {
    at = chunk.attribute("t").as_llong(at);
    for (int i = chunk.attribute("r").as_int(1); i > 0; --i) {
      bytes += fetch(level + std::to_string(at) + ")");
      at += chunk.attribute("d").as_llong();
    }
  }
  return bytes;
}

}  // namespace

std::vector<DecodedStream> decode_smooth(const std::string& ism_url) {
  pugi::xml_document document;
  const std::string manifest = fetch(ism_url + "/Manifest");
  if (!document.load_buffer(manifest.data(), manifest.size()))
    throw std::runtime_error("the Smooth manifest is no XML");
  std::vector<DecodedStream> out;
  const TemporaryFolder folder;
  for (const auto stream : document.child("SmoothStreamingMedia").children("StreamIndex")) {
    for (const auto level : stream.children("QualityLevel")) {
      const auto file = folder.path() / "level.mp4";
      std::ofstream{file, std::ios::binary} << assemble_level(ism_url, stream, level.attribute("Bitrate").as_string());
      for (const auto& each : decode_all(file.string())) out.push_back(each);
    }
  }
  return out;
}

std::string read_file_text(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace lazulite::test
