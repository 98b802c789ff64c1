// The stores that every contract test runs on, and short forms of what the tests do.
#pragma once

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/blobs/memory_blob_store.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lazulite::blobs {

class StepClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void advance(std::chrono::seconds step) { now_ += step; }

 private:
  Timestamp now_ = parse_time("2016-01-01T00:00:00Z").value();
};

inline const ContainerRef kContainer{"amsstore", "asset-1"};
inline const BlobRef kBlob{kContainer, "Folder/Film é 1.mp4"};

struct MemoryFixture {
  StepClock clock;
  MemoryBlobStore memory{clock};
  BlobStore& store = memory;
};

struct FileFixture {
  StepClock clock;
  std::filesystem::path root = std::filesystem::temp_directory_path() / ("lazulite-blobs-" + Uuid::random().text());
  std::unique_ptr<FileBlobStore> files = FileBlobStore::open(root, clock).value();
  BlobStore& store = *files;

  FileFixture() = default;
  FileFixture(const FileFixture&) = delete;
  FileFixture& operator=(const FileFixture&) = delete;
  ~FileFixture() { std::filesystem::remove_all(root); }
};

inline std::string read_all(BlobStore& store, const BlobRef& ref) {
  const auto blob = store.open(ref);
  REQUIRE(blob.has_value());
  std::string out(blob->properties.size + 1, '\0');
  const auto n = files::read_some(blob->file, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, 0);
  out.resize(n.value());
  CHECK(out.size() == blob->properties.size);
  return out;
}

inline Result<BlobProperties> put(BlobStore& store, const BlobRef& ref, std::string_view bytes,
                                  BlobHeaders headers = {}, Conditions conditions = {}) {
  LAZULITE_TRY(const auto writer, store.put_blob(ref, std::move(headers), std::move(conditions)));
  LAZULITE_CHECK(writer->write(as_bytes(bytes)));
  return writer->commit();
}

inline std::string id_of(std::string_view text) { return base64_encode(as_bytes(text)); }

inline Result<BlobProperties> put_block(BlobStore& store, const BlobRef& ref, std::string_view id,
                                        std::string_view bytes, bool announced = true) {
  LAZULITE_TRY(const auto writer, store.put_block(ref, id_of(id)));
  if (announced) writer->expect(bytes.size());
  LAZULITE_CHECK(writer->write(as_bytes(bytes)));
  return writer->commit();
}

inline std::vector<BlockReference> latest(std::initializer_list<std::string_view> ids) {
  std::vector<BlockReference> out;
  for (const auto id : ids) out.push_back({BlockSource::kLatest, id_of(id)});
  return out;
}

template <class T>
std::string detail_of(const Result<T>& result) {
  return result.has_value() ? "success" : result.error().detail;
}

}  // namespace lazulite::blobs
