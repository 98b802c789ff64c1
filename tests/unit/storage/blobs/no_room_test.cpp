// What is left when a write finds no room: the kernel's limit on the size of files stands in for a full disk, and ends
// writes in the middle just so. A real file system that fills up is in tests/integration/storage_full_test.cpp.
#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/blobs/file_blob_store.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <sys/resource.h>

using namespace lazulite;
using namespace lazulite::blobs;
namespace fs = std::filesystem;

namespace {

const ContainerRef kContainer{"amsstore", "asset-1"};
const BlobRef kBlob{kContainer, "film.mp4"};

// Writes past this many bytes of a file fail while it lives.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

struct Folder {
  fs::path root = fs::temp_directory_path() / ("lazulite-blobs-" + Uuid::random().text());
  std::unique_ptr<FileBlobStore> store = FileBlobStore::open(root).value();

  Folder() { REQUIRE(store->create_container(kContainer).has_value()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    store.reset();
    fs::remove_all(root);
  }
  [[nodiscard]] std::size_t count(const char* folder) const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{root / "amsstore" / "asset-1" / folder}, fs::directory_iterator{}));
  }
};

Result<BlobProperties> finish(Result<std::unique_ptr<BlobWriter>> writer, std::string_view bytes) {
  if (!writer) return writer.error();
  const auto owned = std::move(*writer);
  owned->expect(bytes.size());
  LAZULITE_CHECK(owned->write(as_bytes(bytes)));
  return owned->commit();
}
Result<BlobProperties> put(BlobStore& store, std::string_view bytes) {
  return finish(store.put_blob(kBlob, {}, {}), bytes);
}
std::string id_of(int number) { return base64_encode(as_bytes(fmt::format("{:04}", number))); }
Result<BlobProperties> put_block(BlobStore& store, int number, std::string_view bytes) {
  return finish(store.put_block(kBlob, id_of(number)), bytes);
}

std::string read_all(BlobStore& store) {
  const auto blob = store.open(kBlob).value();
  std::string out(blob.properties.size + 1, '\0');
  const auto n = files::read_some(blob.file, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, 0);
  out.resize(n.value());
  return out;
}

template <class T>
std::string detail_of(const Result<T>& result) {
  return result.has_value() ? "success" : result.error().detail;
}

}  // namespace

TEST_CASE("a blob that finds no room leaves the one before and no trace", "[unit][blobs]") {
  Folder folder;
  REQUIRE(put(*folder.store, "kept").has_value());
  {
    const SizeLimit limit{100'000};
    CHECK(detail_of(put(*folder.store, std::string(200'000, 'x'))) == "InsufficientStorage");
    CHECK(folder.count("data") == 1);
    CHECK(read_all(*folder.store) == "kept");
  }
  CHECK(put(*folder.store, std::string(200'000, 'x')).has_value());
  CHECK(read_all(*folder.store) == std::string(200'000, 'x'));
}

TEST_CASE("blocks that find no room leave those before, which can be committed once there is room", "[unit][blobs]") {
  Folder folder;
  const std::string block(60'000, 'b');
  REQUIRE(put_block(*folder.store, 0, block).has_value());
  {
    const SizeLimit limit{100'000};
    CHECK(detail_of(put_block(*folder.store, 1, block)) == "InsufficientStorage");
    CHECK(folder.store->block_lists(kBlob)->uncommitted.size() == 1);
    CHECK(put_block(*folder.store, 0, std::string(30'000, 'c')).has_value());  // small ones still fit
  }
  CHECK(put_block(*folder.store, 1, block).has_value());
  REQUIRE(
      folder.store->put_block_list(kBlob, {{BlockSource::kLatest, id_of(0)}, {BlockSource::kLatest, id_of(1)}}, {}, {})
          .has_value());
  CHECK(read_all(*folder.store) == std::string(30'000, 'c') + block);
}

TEST_CASE("a commit that finds no room leaves its blocks", "[unit][blobs]") {
  Folder folder;
  REQUIRE(put_block(*folder.store, 0, std::string(60'000, 'a')).has_value());
  REQUIRE(put_block(*folder.store, 1, std::string(60'000, 'b')).has_value());
  // The other way round than they lie, so that their bytes must be copied.
  const std::vector<BlockReference> list{{BlockSource::kLatest, id_of(1)}, {BlockSource::kLatest, id_of(0)}};
  {
    const SizeLimit limit{100'000};
    CHECK(detail_of(folder.store->put_block_list(kBlob, list, {}, {})) == "InsufficientStorage");
    CHECK(folder.store->block_lists(kBlob)->uncommitted.size() == 2);
    CHECK(detail_of(folder.store->properties(kBlob)) == "BlobNotFound");
    CHECK(folder.count("data") == 0);
  }
  REQUIRE(folder.store->put_block_list(kBlob, list, {}, {}).has_value());
  CHECK(read_all(*folder.store) == std::string(60'000, 'b') + std::string(60'000, 'a'));
}
