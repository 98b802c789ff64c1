#include "storage/blobs/container_folder.hpp"

#include "storage/blobs/index_codec.hpp"
#include "storage/blobs/names.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace lazulite::blobs {
namespace {

constexpr std::uint64_t kIndexLimit = 64U << 20U;  // 50 000 blocks take about 6 MiB
constexpr std::size_t kFirstRead = 16U << 10U;     // most records are far smaller
constexpr std::size_t kRecordLimit = 1U << 20U;    // bytes of the first line

// True when it was not there before.
Result<bool> make_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return true;
  if (errno == EEXIST) return false;
  return files::io_error("make folder", path);
}

Error no_blob(const std::string& key) {
  return fail_with(ErrorCode::kNotFound, "BlobNotFound", "there is no blob {}", key);
}

// The first line of an index file, without reading a long block list.
Result<std::string> read_first_line(const std::filesystem::path& path) {
  LAZULITE_TRY(const auto file, files::open_for_reading(path));
  std::string text;
  for (std::size_t size = kFirstRead; size <= kRecordLimit; size *= 4) {
    const auto before = text.size();
    text.resize(size);
    const std::span<std::uint8_t> rest{reinterpret_cast<std::uint8_t*>(text.data()) + before, size - before};
    LAZULITE_TRY(const auto n, files::read_some(file, rest, before));
    text.resize(before + n);
    if (const auto end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
    if (n < rest.size()) break;
  }
  return fail(ErrorCode::kIo, "{} is damaged: it has no complete first line", path.string());
}

}  // namespace

std::filesystem::path ContainerFolder::data_path(const std::string& key, const std::string& data) const {
  return data_folder() / (key + "~" + data);
}

bool ContainerFolder::exists() const {
  struct stat status {};
  return ::stat((path_ / kPropertiesFile).c_str(), &status) == 0;
}

Result<void> ContainerFolder::require() const {
  if (exists()) return {};
  return fail_with(ErrorCode::kNotFound, "ContainerNotFound", "there is no container {}", path_.filename().string());
}

Result<void> ContainerFolder::make() const {
  const auto account = path_.parent_path();
  LAZULITE_TRY(const bool new_account, make_folder(account));
  if (new_account) LAZULITE_CHECK(files::flush_directory(account.parent_path()));
  for (const auto& folder : {path_, index_folder(), data_folder(), blocks_folder()})
    LAZULITE_CHECK(make_folder(folder));
  LAZULITE_CHECK(files::flush_directory(path_));  // once for its three folders
  return files::flush_directory(account);
}

Result<ContainerProperties> ContainerFolder::read_properties() const {
  auto text = files::read_file(path_ / kPropertiesFile);
  if (!text && text.error().code == ErrorCode::kNotFound) LAZULITE_CHECK(require());
  if (!text) return text.error();
  return decode_container(*text);
}

Result<void> ContainerFolder::write_properties(const ContainerProperties& properties) const {
  return files::write_file_durably(path_ / kPropertiesFile, encode_container(properties));
}

Result<std::optional<IndexRecord>> ContainerFolder::find(const std::string& key) const {
  auto line = read_first_line(index_folder() / key);
  if (!line && line.error().code == ErrorCode::kNotFound) {
    LAZULITE_CHECK(require());
    return std::optional<IndexRecord>{};
  }
  if (!line) return line.error();
  LAZULITE_TRY(auto record, decode_record(*line));
  return std::optional{std::move(record)};
}

Result<IndexRecord> ContainerFolder::read(const std::string& key) const {
  LAZULITE_TRY(auto record, find(key));
  if (!record) return no_blob(key);
  return std::move(*record);
}

Result<std::vector<BlockEntry>> ContainerFolder::read_blocks(const std::string& key) const {
  LAZULITE_TRY(const auto text, files::read_file(index_folder() / key, kIndexLimit));
  const auto end = text.find('\n');
  if (end == std::string::npos) return fail(ErrorCode::kIo, "the index of {} is damaged", key);
  return decode_blocks(std::string_view{text}.substr(end + 1));
}

Result<std::pair<IndexRecord, std::vector<BlockEntry>>> ContainerFolder::read_whole(const std::string& key) const {
  auto text = files::read_file(index_folder() / key, kIndexLimit);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    LAZULITE_CHECK(require());
    return no_blob(key);
  }
  if (!text) return text.error();
  const auto end = std::min(text->find('\n'), text->size() - 1);
  LAZULITE_TRY(auto record, decode_record(std::string_view{*text}.substr(0, end)));
  LAZULITE_TRY(auto blocks, decode_blocks(std::string_view{*text}.substr(end + 1)));
  return std::pair{std::move(record), std::move(blocks)};
}

Result<void> ContainerFolder::publish(const std::string& key, const IndexRecord& record,
                                      const std::vector<BlockEntry>& blocks) const {
  return files::write_file_durably(index_folder() / key, encode_record(record) + "\n" + encode_blocks(blocks) + "\n");
}

void ContainerFolder::discard_data(const std::string& key, const std::string& data) const {
  const auto record = find(key);
  if (record && (!*record || (*record)->data != data)) ::unlink(data_path(key, data).c_str());
}

Result<void> ContainerFolder::for_each_blob(const std::function<void(const std::string& name)>& take) const {
  Result<void> fault;
  auto listed = files::for_each_name(index_folder(), [&](std::string_view key) {
    if (key.front() == '.') return true;  // half-written
    auto name = name_of_key(key);
    if (name.empty()) {
      const auto record = find(std::string{key});
      if (!record) fault = record.error();
      if (!record || !*record) return record.has_value();
      name = (*record)->name;
    }
    take(name);
    return true;
  });
  if (!listed) LAZULITE_CHECK(require());
  return listed ? fault : listed;
}

Result<void> ContainerFolder::for_each_uncommitted(const std::function<void(const std::string& name)>& take) const {
  return files::for_each_name(blocks_folder(), [&](std::string_view key) {
    struct stat status {};
    const auto name = name_of_key(key);
    const bool has_blocks = ::stat((blocks_folder() / key / kJournalFile).c_str(), &status) == 0 && status.st_size != 0;
    const bool is_blob = ::stat((index_folder() / key).c_str(), &status) == 0;
    if (!name.empty() && has_blocks && !is_blob) take(name);
    return true;
  });
}

}  // namespace lazulite::blobs
