#include "storage/blobs/blob_copy.hpp"

#include "storage/blobs/container_folder.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/blobs/index_codec.hpp"
#include "storage/files/file.hpp"

namespace lazulite::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kIndexLimit = 64U << 20U;
constexpr int kAttempts = 8;  // a blob that is replaced between its index and its data is read anew

// Names in a folder; none when it is gone.
Result<std::vector<std::string>> visible_names(const fs::path& folder) {
  auto names = files::names_in(folder);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<std::string>{};
  if (names) std::erase_if(*names, [](const std::string& name) { return name.front() == '.'; });
  return names;
}

Result<void> make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(ErrorCode::kIo, "cannot make {}: {}", path.string(), error.message());
  return {};
}

Result<void> write_new(const fs::path& path, std::string_view text) {
  LAZULITE_TRY(const auto file, files::create_file(path));
  return files::write_all(file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 0);
}

bool holds(const fs::path& path, std::string_view text) {
  const auto there = files::read_file(path, kIndexLimit);
  return there && *there == text;
}

// NotFound when the blob was replaced or deleted meanwhile.
Result<void> copy_data(const fs::path& from, const fs::path& to, std::uint64_t size) {
  LAZULITE_TRY(const auto source, files::open_for_reading(from));
  LAZULITE_TRY(const auto target, files::create_file(to));
  return files::copy_range(source, 0, target, 0, size);
}

class ContainerCopy {
 public:
  ContainerCopy(ContainerFolder source, ContainerFolder target, CopyTotals& totals)
      : source_(std::move(source)), target_(std::move(target)), totals_(totals) {}

  Result<void> run() {
    const auto properties = source_.read_properties();
    if (!properties && properties.error().code == ErrorCode::kNotFound) return {};  // deleted meanwhile
    if (!properties) return properties.error();
    ++totals_.containers;
    for (const auto& folder : {target_.index_folder(), target_.data_folder(), target_.blocks_folder()})
      LAZULITE_CHECK(make_folders(folder));
    LAZULITE_TRY(const auto keys, visible_names(source_.index_folder()));
    for (const auto& key : keys) LAZULITE_CHECK(copy_blob(key));
    return write_new(target_.path() / kPropertiesFile, encode_container(*properties));
  }

 private:
  Result<void> copy_blob(const std::string& key) {
    for (int attempt = 0;; ++attempt) {
      const auto index = files::read_file(source_.index_folder() / key, kIndexLimit);
      if (!index && index.error().code == ErrorCode::kNotFound) return {};  // deleted meanwhile
      if (!index) return index.error();
      auto copied = copy_version(key, *index);
      if (copied || copied.error().code != ErrorCode::kNotFound || attempt == kAttempts) return copied;
    }
  }

  // Data first, so that a copy broken off has no index without its data either.
  Result<void> copy_version(const std::string& key, const std::string& index) {
    if (holds(target_.index_folder() / key, index)) {
      ++totals_.blobs;
      return {};
    }
    LAZULITE_TRY(const auto record, decode_record(std::string_view{index}.substr(0, index.find('\n'))));
    const auto size = record.properties.size;
    LAZULITE_CHECK(copy_data(source_.data_path(key, record.data), target_.data_path(key, record.data), size));
    remove_old_data(key);
    LAZULITE_CHECK(write_new(target_.index_folder() / key, index));
    ++totals_.blobs;
    ++totals_.copied;
    totals_.bytes += size;
    return {};
  }

  // Of the version that this one replaces in the target.
  void remove_old_data(const std::string& key) {
    const auto old = target_.find(key);
    std::error_code ignored;
    if (old && *old) fs::remove(target_.data_path(key, (*old)->data), ignored);
  }

  const ContainerFolder source_, target_;
  CopyTotals& totals_;
};

Result<void> copy_service_documents(const fs::path& source, const fs::path& target) {
  LAZULITE_CHECK(make_folders(target));
  LAZULITE_TRY(const auto accounts, visible_names(source));
  for (const auto& account : accounts) {
    LAZULITE_TRY(const auto text, files::read_file(source / account));
    LAZULITE_CHECK(write_new(target / account, text));
  }
  return {};
}

}  // namespace

Result<CopyTotals> copy_blobs(const fs::path& source, const fs::path& target) {
  CopyTotals totals;
  LAZULITE_CHECK(make_folders(target));
  LAZULITE_TRY(const auto accounts, visible_names(source));
  for (const auto& account : accounts) {
    LAZULITE_TRY(const auto containers, visible_names(source / account));
    for (const auto& name : containers) {
      ContainerCopy copy{ContainerFolder{source / account / name}, ContainerFolder{target / account / name}, totals};
      LAZULITE_CHECK(copy.run());
    }
  }
  LAZULITE_CHECK(copy_service_documents(source / kServiceFolder, target / kServiceFolder));
  return totals;
}

}  // namespace lazulite::blobs
