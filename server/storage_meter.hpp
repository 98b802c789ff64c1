// StorageMeter: how many bytes each storage account holds. Measured when asked, and kept for a hundred times as long as
// measuring took (a quarter of a second at least), so that it costs a hundredth of the time at most. Thread-safe;
// blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace lazulite::server {

class StorageMeter {
 public:
  explicit StorageMeter(std::filesystem::path blob_root) : root_(std::move(blob_root)) {}

  // None when the folder cannot be read, which is logged.
  std::optional<std::int64_t> bytes_used(const std::string& storage_account);

 private:
  struct Reading {
    std::mutex mutex;  // held while measuring: others wait for its result
    std::optional<std::int64_t> bytes;
    std::chrono::steady_clock::time_point good_until{};
  };
  std::shared_ptr<Reading> reading_of(const std::string& storage_account);

  const std::filesystem::path root_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Reading>> readings_;
};

}  // namespace lazulite::server
