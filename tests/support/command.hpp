// Runs command line tools from tests (ffmpeg, ffprobe), and gives tests a folder that goes away with them.
#pragma once

#include <filesystem>
#include <string>

namespace lazulite::test {

struct CommandOutput {
  int status = -1;   // exit status
  std::string text;  // standard output and standard error together
};

// By the shell.
CommandOutput run_command(const std::string& command);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& bytes);

}  // namespace lazulite::test
