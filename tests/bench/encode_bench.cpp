// `./dev bench encode`: our encoder against the ffmpeg command on the same source, in the same run, with the same x264
// settings. Each measured run is a process of its own, so that CPU time and peak memory are its own; the two sides take
// turns, because other load on the machine moves wall times more than any difference between them. Not a Google
// Benchmark: runs take seconds and the figures that matter are ratios.
#include "encoder/processors/media_processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace lazulite::encoder {
namespace {

namespace fs = std::filesystem;

struct Rung {
  int width, height, kbps;
};
// "Adaptive Streaming" of 1080p at 29.97 (processing.md 3e).
constexpr std::array<Rung, 6> kLadder = {
    {{1920, 1080, 6770}, {1280, 720, 3520}, {960, 540, 2210}, {640, 360, 1150}, {480, 270, 720}, {320, 180, 380}}};

struct Run {
  double wall = 0, cpu = 0;   // seconds
  double peak_megabytes = 0;  // resident
};

[[noreturn]] void die(const std::string& what) {
  fmt::print(stderr, "encode_bench: {}\n", what);
  std::exit(1);
}

// Runs `body` in a child and waits for it; the figures include the child's own children.
Run measure(const std::function<bool()>& body) {
  const auto began = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) die("fork failed");
  if (child == 0) std::_Exit(body() ? 0 : 1);
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child || status != 0) die("a measured run failed");
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {wall.count(), seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024};
}

Run run_shell(const std::string& command) {
  return measure([&command] {
    execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
    return false;
  });
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) die("popen failed");
  std::array<char, 4096> buffer{};
  for (std::size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), count);
  pclose(pipe);
  return text;
}

Run run_ours(const fs::path& source, const std::string& preset, const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  return measure([&] {
    TaskContext context;
    context.task_id = "nb:tid:UUID:00000000-0000-0000-0000-000000000000";
    context.configuration = preset;
    context.work_folder = folder;
    context.threads = std::max(1U, std::thread::hardware_concurrency());
    context.inputs.push_back({.asset_id = "nb:cid:UUID:00000000-0000-0000-0000-000000000001", .files = {}});
    context.inputs.back().files.push_back({.name = source.filename().string(),
                                           .open = [source] { return files::open_for_reading(source); },
                                           .size = fs::file_size(source),
                                           .is_primary = true});
    context.outputs.push_back({.asset_id = "nb:cid:UUID:00000000-0000-0000-0000-000000000002"});
    const auto done = processors().front().make()->process(context);
    if (!done) {
      fmt::print(stderr, "{}\n", done.error().message);
      return false;
    }
    for (const OutputFile& file : done->outputs.front()) {
      if (file.name.ends_with(".mp4")) fs::rename(file.path, folder / file.name);
    }
    return true;
  });
}

std::string ladder_preset() {
  std::string layers;
  for (const Rung& rung : kLadder) {
    layers += fmt::format(R"({}{{"Bitrate": {}, "Width": {}, "Height": {}, "BFrames": 3, "ReferenceFrames": 3}})",
                          layers.empty() ? "" : ",", rung.kbps, rung.width, rung.height);
  }
  return fmt::format(
      R"({{"Version": 1.0, "Codecs": [{{"Type": "H264Video", "KeyFrameInterval": "00:00:02", "Complexity": "Speed",
         "H264Layers": [{}]}}, {{"Type": "AACAudio", "Bitrate": 128}}], "Outputs": [{{"Condition": "NonInterleaved",
         "FileName": "ours_{{Height}}.mp4", "Format": {{"Type": "MP4Format"}}}}]}})",
      layers);
}

std::string x264_options(const Rung& rung) {
  return fmt::format(
      "-c:v libx264 -preset veryfast -profile:v high -b:v {0}k -maxrate {0}k -bufsize {1}k -bf 3 -refs 3 "
      "-b_strategy 1 -sc_threshold 0 -g 400 -forced-idr 1 -force_key_frames 'expr:gte(t,n_forced*2)' "
      "-pix_fmt yuv420p -movflags +faststart",
      rung.kbps, rung.kbps * 5);
}

std::string scale_of(const Rung& rung) { return fmt::format("scale={}:{}:flags=bicubic", rung.width, rung.height); }

// All rungs from one decode.
std::string one_command(const fs::path& source, const fs::path& folder) {
  std::string filter = "[0:v]split=6", outputs;
  for (std::size_t i = 0; i < kLadder.size(); ++i) filter += fmt::format("[s{}]", i);
  for (std::size_t i = 0; i < kLadder.size(); ++i) {
    filter += fmt::format(";[s{}]{}[v{}]", i, i == 0 ? "null" : scale_of(kLadder[i]), i);
    outputs += fmt::format(" -map '[v{}]' {} '{}/one_{}.mp4'", i, x264_options(kLadder[i]), folder.string(),
                           kLadder[i].height);
  }
  return fmt::format(
      "ffmpeg -nostdin -v error -y -i '{}' -filter_complex '{}' {} -map 0:a -c:a aac -b:a 128k -ac 2 "
      "-ar 48000 '{}/one_audio.mp4'",
      source.string(), filter, outputs, folder.string());
}

std::string six_commands(const fs::path& source, const fs::path& folder) {
  std::string script;
  for (const Rung& rung : kLadder) {
    script += fmt::format("ffmpeg -nostdin -v error -y -i \"{}\" -vf {} -an {} \"{}/six.mp4\" && ", source.string(),
                          scale_of(rung), x264_options(rung), folder.string());
  }
  std::string quoted;
  for (const char c : script + "true") quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return fmt::format("sh -c '{}'", quoted);
}

double ssim(const fs::path& encoded, const fs::path& source, const Rung& rung) {
  const auto text =
      output_of(fmt::format("ffmpeg -nostdin -hide_banner -i '{}' -i '{}' -lavfi '[1:v]{}[r];[0:v][r]ssim' -f null - "
                            "2>&1 | grep -o 'All:[0-9.]*' "
                            "| cut -d: -f2",
                            encoded.string(), source.string(), scale_of(rung)));
  if (text.empty()) die("no SSIM of " + encoded.string());
  return std::stod(text);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Series {
  std::vector<double> wall, cpu, peak;
  void add(const Run& run) {
    fmt::print(stderr, "  run: wall {:.2f} s cpu {:.2f} s\n", run.wall, run.cpu);
    wall.push_back(run.wall);
    cpu.push_back(run.cpu);
    peak.push_back(run.peak_megabytes);
  }
};

void print_row(const char* name, const Series& series, const Series& ours) {
  fmt::print("{:<28} wall {:7.2f} s  cpu {:7.2f} s  peak {:6.0f} MB   of ours: wall {:.2f}x cpu {:.2f}x peak {:.2f}x\n",
             name, median(series.wall), median(series.cpu), median(series.peak),
             median(series.wall) / median(ours.wall), median(series.cpu) / median(ours.cpu),
             median(series.peak) / median(ours.peak));
}

int repeats() {
  const char* text = std::getenv("LAZULITE_BENCH_REPEATS");
  return text == nullptr ? 3 : std::max(1, std::atoi(text));
}

void bench_ladder(const fs::path& folder) {
  const fs::path source = folder / "source.mp4";
  run_shell(fmt::format(
      "ffmpeg -nostdin -v error -y -f lavfi -i "
      "testsrc2=s=1920x1080:r=30000/1001:d=10,noise=alls=6:allf=t -f lavfi -i sine=d=10:r=48000 -c:v libx264 "
      "-preset veryfast -crf 20 -g 60 -pix_fmt yuv420p -c:a aac '{}'",
      source.string()));
  Series ours, one, six;
  for (int i = 0; i < repeats(); ++i) {
    ours.add(run_ours(source, ladder_preset(), folder / "ours"));
    one.add(run_shell(one_command(source, folder)));
    six.add(run_shell(six_commands(source, folder)));
  }
  fmt::print("ladder of six rungs, 10 s of 1080p, veryfast\n");
  print_row("  ours", ours, ours);
  print_row("  one ffmpeg command", one, ours);
  print_row("  six ffmpeg commands", six, ours);
  for (const Rung& rung : kLadder) {
    const double mine = ssim(folder / "ours" / fmt::format("ours_{}.mp4", rung.height), source, rung);
    const double theirs = ssim(folder / fmt::format("one_{}.mp4", rung.height), source, rung);
    fmt::print("  {:4}p  SSIM ours {:.5f}  ffmpeg {:.5f}  difference {:+.5f}\n", rung.height, mine, theirs,
               mine - theirs);
  }
}

void bench_thumbnails(const fs::path& folder) {
  const fs::path part = folder / "part.mp4", source = folder / "long.mp4";
  run_shell(
      fmt::format("ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=1280x720:r=25:d=20 -c:v libx264 -preset "
                  "ultrafast -crf 22 -g 50 -pix_fmt yuv420p '{}'",
                  part.string()));
  run_shell(
      fmt::format("ffmpeg -nostdin -v error -y -stream_loop 29 -i '{}' -c copy '{}'", part.string(), source.string()));
  const std::string preset =
      R"({"Version": 1.0, "Codecs": [{"Type": "JpgImage", "Start": "00:00:00", "Step": "00:00:10", "Range": "100%",
         "JpgLayers": [{"Width": 320, "Quality": 90}]}], "Outputs": [{"FileName": "{Basename}_{Index}.jpg",
         "Format": {"Type": "JpgFormat"}}]})";
  Series ours, keys;
  for (int i = 0; i < repeats(); ++i) {
    ours.add(run_ours(source, preset, folder / "pictures"));
    keys.add(
        run_shell(fmt::format("ffmpeg -nostdin -v error -y -skip_frame nokey -i '{}' -vf fps=1/10,scale=320:-2 -q:v 5 "
                              "'{}/key_%03d.jpg'",
                              source.string(), folder.string())));
  }
  fmt::print("60 thumbnails over 10 minutes of 720p, key frames every 2 s\n");
  print_row("  ours", ours, ours);
  print_row("  ffmpeg, key frames only", keys, ours);
}

void print_load() {
  std::ifstream file{"/proc/loadavg"};
  std::string line;
  std::getline(file, line);
  fmt::print("load {} on {} CPUs, medians of {} interleaved runs\n", line, std::thread::hardware_concurrency(),
             repeats());
}

}  // namespace
}  // namespace lazulite::encoder

int main(int argc, char** argv) {
  const std::string option = "--benchmark_filter=";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool filter = argument.starts_with(option);
    if (filter && !std::regex_search(std::string{"encode"}, std::regex{argument.substr(option.size())})) return 0;
  }
  std::string name = (std::filesystem::temp_directory_path() / "encode_bench.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) lazulite::encoder::die("no temporary folder");
  lazulite::encoder::print_load();
  lazulite::encoder::bench_ladder(name);
  lazulite::encoder::bench_thumbnails(name);
  lazulite::encoder::print_load();
  std::filesystem::remove_all(name);
  return 0;
}
