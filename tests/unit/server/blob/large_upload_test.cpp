// An upload far larger than what may be in memory, through the handler to the disk.
#include "storage/blobs/file_blob_store.hpp"
#include "tests/unit/server/blob/blob_fixture.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace lazulite;
using namespace lazulite::blob;

namespace {

// Anonymous memory of this process: mapped files do not count, they are the kernel's cache.
std::uint64_t anonymous_kib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib;
  }
  return 0;
}

class GeneratedStream final : public http::BodyStream {
 public:
  explicit GeneratedStream(std::uint64_t size) : left_(size) {}
  Task<Result<std::span<const std::uint8_t>>> next() override {
    const auto n = std::min<std::uint64_t>(left_, piece_.size());
    left_ -= n;
    if ((left_ & ((8U << 20U) - 1)) < n) peak_kib = std::max(peak_kib, anonymous_kib());
    co_return std::span<const std::uint8_t>{piece_}.first(n);
  }
  std::uint64_t peak_kib = 0;

 private:
  std::uint64_t left_;
  std::vector<std::uint8_t> piece_ = std::vector<std::uint8_t>(64 << 10, 0x5a);
};

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("lazulite-upload-" + Uuid::random().text());
  std::unique_ptr<blobs::FileBlobStore> store = blobs::FileBlobStore::open(path).value();
  ~Folder() {
    store.reset();
    std::filesystem::remove_all(path);
  }
};

}  // namespace

TEST_CASE("an upload of 300 MiB does not grow memory", "[unit][blob]") {
  constexpr std::uint64_t kSize = 300 << 20;
  Folder folder;
  BlobFixture fixture{*folder.store};
  REQUIRE(fixture.put("/warm-up", "x").status == 201);
  const auto parameters = GENERATE(as<std::string>{}, "", "comp=block&blockid=AAAA&");
  const auto stream = std::make_shared<GeneratedStream>(kSize);
  auto request = fixture.make("PUT", "/amsstore/asset-1/large?" + parameters + fixture.sas("w"),
                              {{"x-ms-blob-type", "BlockBlob"}});
  request.content_length = kSize;
  request.stream = stream;
  const auto before = anonymous_kib();
  REQUIRE(fixture.answer(std::move(request)).status == 201);
  CHECK(stream->peak_kib >= before / 2);  // it was measured
  CHECK(stream->peak_kib < before + (32 << 10));
  if (!parameters.empty()) {
    REQUIRE(fixture.call("PUT", "w", "/large", "comp=blocklist", {}, "<BlockList><Latest>AAAA</Latest></BlockList>")
                .status == 201);
  }
  const auto answer = fixture.call("GET", "r", "/large");
  CHECK(answer.body.size() == kSize);
  CHECK(answer.body.slice(kSize - 3, 3).text() == "ZZZ");
  CHECK(anonymous_kib() < before + (32 << 10));  // the answer is a mapping
}
