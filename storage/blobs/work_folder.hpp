// WorkFolder: a folder for files in the making, which goes away with whatever was not adopted from it. What a crash
// leaves is swept when the store opens.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace lazulite::blobs {

class WorkFolder {
 public:
  // Io when the file system has no room for it.
  static Result<WorkFolder> make(BlobStore& store) {
    LAZULITE_TRY(auto path, store.make_work_folder());
    return WorkFolder{std::move(path)};
  }
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace lazulite::blobs
