#include "storage/blobs/sweep.hpp"

#include "schema/base/log.hpp"
#include "storage/blobs/container_folder.hpp"
#include "storage/blobs/file_blob_store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace lazulite::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDataSuffix = 37;  // "~" and a GUID

std::vector<std::string> entries_of(const fs::path& folder) {
  auto names = files::names_in(folder);
  return names ? std::move(*names) : std::vector<std::string>{};
}

void remove_left_over(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) logger("blobs").warn("cannot remove a left-over path={} error={}", path.string(), error.message());
}

Result<void> sweep_container(const ContainerFolder& folder) {
  std::set<std::string> keys;
  for (auto& name : entries_of(folder.index_folder())) {
    if (name.front() == '.') {
      remove_left_over(folder.index_folder() / name);
    } else {
      keys.insert(std::move(name));
    }
  }
  for (const auto& name : entries_of(folder.path())) {
    if (name.front() == '.') remove_left_over(folder.path() / name);
  }
  std::map<std::string, std::vector<std::string>> files;  // key to the data files that bear it
  for (const auto& name : entries_of(folder.data_folder())) {
    if (name.size() > kDataSuffix)
      files[name.substr(0, name.size() - kDataSuffix)].push_back(name.substr(name.size() - kDataSuffix + 1));
  }
  for (const auto& [key, candidates] : files) {
    // A data file is complete before an index names it, and stays until another is named: one file and an index belong
    // together.
    if (keys.contains(key) && candidates.size() == 1) continue;
    std::string wanted;
    if (keys.contains(key)) {
      LAZULITE_TRY(const auto record, folder.read(key));
      wanted = record.data;
    }
    for (const auto& data : candidates) {
      if (data != wanted) remove_left_over(folder.data_path(key, data));
    }
  }
  return {};
}

}  // namespace

Result<void> sweep(const fs::path& root) {
  for (const auto* folder : {".trash", ".work"}) {
    for (const auto& name : entries_of(root / folder)) remove_left_over(root / folder / name);
  }
  for (const auto& name : entries_of(root / kServiceFolder)) {
    if (name.front() == '.') remove_left_over(root / kServiceFolder / name);  // half-written
  }
  for (const auto& account : entries_of(root)) {
    if (account.front() == '.') continue;
    for (const auto& container : entries_of(root / account)) {
      const ContainerFolder folder{root / account / container};
      if (!folder.exists()) {
        remove_left_over(folder.path());
      } else {
        LAZULITE_CHECK(sweep_container(folder));
      }
    }
  }
  return {};
}

}  // namespace lazulite::blobs
