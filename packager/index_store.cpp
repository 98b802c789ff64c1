#include "packager/index_store.hpp"

#include "packager/presentation.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <cstdio>
#include <span>
#include <system_error>
#include <vector>

namespace lazulite::packager {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".idx";
// A smaller index is copied into memory: a mapping would hold a file open for it.
constexpr std::size_t kMinMappedBytes = std::size_t{256} << 10U;

struct StoredIndex {
  fs::path path;
  fs::file_time_type time;
  std::uint64_t size = 0;
};

// Removes the oldest indexes until at most `max_bytes` are left.
void prune(const fs::path& folder, std::uint64_t max_bytes) {
  std::error_code error;
  std::vector<StoredIndex> stored;
  std::uint64_t total = 0;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code entry_error;
    if (it->path().extension() != kExtension) continue;
    StoredIndex index{it->path(), it->last_write_time(entry_error), it->file_size(entry_error)};
    if (entry_error) continue;
    total += index.size;
    stored.push_back(std::move(index));
  }
  std::sort(stored.begin(), stored.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  for (auto oldest = stored.begin(); oldest != stored.end() && total > max_bytes; ++oldest) {
    if (fs::remove(oldest->path, error)) total -= oldest->size;
  }
}

Result<std::shared_ptr<const MediaIndex>> load_mapped(std::shared_ptr<const files::MappedFile> file) {
  const auto bytes = file->bytes();
  if (bytes.size() >= kMinMappedBytes) return MediaIndex::load(std::move(file));
  std::vector<std::uint64_t> block((bytes.size() + 7) / 8);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(block.data()));
  return MediaIndex::load(std::move(block), bytes.size());
}

Result<std::shared_ptr<const MediaIndex>> load_stored(const fs::path& path, std::uint64_t source_size) {
  LAZULITE_TRY(auto descriptor, files::open_for_reading(path));
  LAZULITE_TRY(auto file, files::MappedFile::map(std::move(descriptor)));
  LAZULITE_TRY(auto index, load_mapped(std::move(file)));
  if (index->source_size() != source_size) return fail(ErrorCode::kInvalidArgument, "it is of another source");
  return index;
}

// Written beside its place and renamed, but not flushed, which would take longer than building it again: a torn file
// fails its checksum.
Result<void> store(const fs::path& path, std::span<const std::uint8_t> bytes) {
  const fs::path unfinished = path.string() + "." + Uuid::random().text();
  LAZULITE_TRY(const auto file, files::create_file(unfinished));
  auto written = files::write_all(file, bytes, 0);
  if (written && std::rename(unfinished.c_str(), path.c_str()) != 0) written = files::io_error("rename", unfinished);
  if (!written) std::remove(unfinished.c_str());
  return written;
}

}  // namespace

IndexStore::IndexStore(fs::path folder, std::uint64_t max_bytes) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    logger("packager").warn("cannot make the index folder folder={} error={}", folder_.string(), error.message());
  prune(folder_, max_bytes);
}

Result<std::shared_ptr<const MediaIndex>> IndexStore::find_or_build(const SourceFile& source,
                                                                    const files::MappedFile& file) {
  const auto bytes = file.bytes();
  if (folder_.empty()) return build_media_index(bytes);
  const std::string key =
      source.identity + '\n' + source.name + '\n' + source.etag + '\n' + std::to_string(bytes.size());
  const auto digest = sha256(as_bytes(key));
  const fs::path path = folder_ / (to_hex(std::span(digest).first(16)) + std::string(kExtension));
  if (auto stored = load_stored(path, bytes.size())) return stored;
  LAZULITE_TRY(auto built, build_media_index(bytes));
  if (auto written = store(path, built->serialized()); !written) {
    logger("packager").warn("cannot keep an index file={} error={}", path.string(), written.error().message);
    return built;
  }
  if (built->serialized().size() < kMinMappedBytes) return built;
  if (auto stored = load_stored(path, bytes.size()))
    return stored;  // mapped: its pages can be given back to the system
  return built;
}

}  // namespace lazulite::packager
