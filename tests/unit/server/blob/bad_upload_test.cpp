// Uploads that go wrong, and uploads that meet each other: nothing is stored by halves, nothing is mixed.
#include "schema/base/crypto.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "tests/unit/server/blob/blob_fixture.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <thread>

using namespace lazulite;
using namespace lazulite::blob;

namespace {

struct FolderOnDisk {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("lazulite-blobs-" + Uuid::random().text());
  FolderOnDisk() = default;
  FolderOnDisk(const FolderOnDisk&) = delete;
  FolderOnDisk& operator=(const FolderOnDisk&) = delete;
  ~FolderOnDisk() { std::filesystem::remove_all(path); }
};

// The endpoint over plain files.
struct FileFixture : FolderOnDisk {
  std::unique_ptr<blobs::FileBlobStore> files = blobs::FileBlobStore::open(path).value();
  BlobFixture blob{*files};
};

}  // namespace

TEST_CASE_METHOD(FileFixture, "a block whose client vanished, or whose hash is wrong, is not there", "[unit][blob]") {
  const auto put_block = [&](const std::string& id, std::string body, HeaderList headers = {}) {
    return blob.call("PUT", "w", "/b", "comp=block&blockid=" + percent_encode(id_of(id)), std::move(headers),
                     std::move(body));
  };
  REQUIRE(put_block("1", "one").status == 201);
  blob.fail_at = 14;
  CHECK(code_of(put_block("2", std::string(100, 'x'))) == "InvalidInput");
  blob.fail_at = std::string::npos;
  const auto wrong = put_block("2", "two", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}});
  CHECK(wrong.status == 400);
  CHECK(code_of(wrong) == "Md5Mismatch");
  CHECK(code_of(put_block("2", "two", {{"Content-MD5", "!"}})) == "InvalidMd5");
  const auto lists = files->block_lists({{BlobFixture::kAccount, BlobFixture::kContainer}, "b"}).value();
  REQUIRE(lists.uncommitted.size() == 1);
  CHECK(lists.uncommitted[0].id == id_of("1"));
  // A hash that was wrong replaces nothing either.
  CHECK(code_of(put_block("1", "changed", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}})) == "Md5Mismatch");
  REQUIRE(
      blob.call("PUT", "w", "/b", "comp=blocklist", {}, "<BlockList><Latest>" + id_of("1") + "</Latest></BlockList>")
          .status == 201);
  CHECK(blob.call("GET", "r", "/b").body.text() == "one");
  CHECK(code_of(blob.put("/b", "other", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}})) == "Md5Mismatch");
  CHECK(blob.call("GET", "r", "/b").body.text() == "one");
}

TEST_CASE_METHOD(BlobFixture, "a body longer than announced stores nothing", "[unit][blob]") {
  auto request = make("PUT", std::string{"/amsstore/asset-1/a?comp=block&blockid=AAAA&"} + sas("w"), {}, "0123456789");
  request.content_length = 5;
  const auto refused = answer(std::move(request));
  CHECK(refused.status == 400);
  CHECK(code_of(call("GET", "r", "/a", "comp=blocklist&blocklisttype=uncommitted")) == "BlobNotFound");
}

TEST_CASE_METHOD(FileFixture, "requests that are sent twice do what they did once", "[unit][blob]") {
  const auto block = "/amsstore/asset-1/a?comp=block&blockid=AAAA&" + blob.sas("w");
  const auto list = "/amsstore/asset-1/a?comp=blocklist&" + blob.sas("w");
  for (int i = 0; i < 2; ++i) CHECK(blob.send("PUT", block, {}, "same").status == 201);
  CHECK(blob.send("PUT", list, {}, "<BlockList><Latest>AAAA</Latest></BlockList>").status == 201);
  CHECK(blob.send("PUT", list, {}, "<BlockList><Latest>AAAA</Latest></BlockList>").status ==
        201);  // now the committed one
  CHECK(blob.call("GET", "r", "/a").body.text() == "same");
  // A signature outlives its first use, but neither its time nor its policy.
  blob.policies["asset-1/p"] = {"p", {}, {}, "r"};
  auto query = std::string{"sv=2018-03-28&sr=c&si=p&se=2016-01-01T11:59:59Z"};
  auto token = auth::parse_sas(query + "&sig=x").value();
  const auto signature = percent_encode(
      auth::sign(blob.key, auth::string_to_sign(token, BlobFixture::kAccount, BlobFixture::kContainer, "")));
  CHECK(blob.send("GET", "/amsstore/asset-1/a?" + query + "&sig=" + signature).status == 403);
}

TEST_CASE_METHOD(FileFixture, "writers of one blob never mix: each commit is whole, the last one stays",
                 "[unit][blob]") {
  constexpr int kWriters = 4, kRounds = 12;
  const auto body_of = [](int writer, int round) {
    return std::string(3000, static_cast<char>('a' + writer)) + fmt::format("{:04}", round);
  };
  const blobs::BlobRef ref{{BlobFixture::kAccount, BlobFixture::kContainer}, "shared"};
  std::vector<std::string> faults(kWriters + 1);
  std::vector<std::thread> threads;
  threads.reserve(kWriters + 1);
  std::atomic<int> running{kWriters};
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      auto& fault = faults.at(static_cast<std::size_t>(writer));
      for (int round = 0; round < kRounds; ++round) {
        const auto body = body_of(writer, round);
        auto made = files->put_blob(ref, {}, {});
        if (!made || !(*made)->write(as_bytes(body)) || !(*made)->commit()) fault = "a write failed";
      }
      --running;
    });
  }
  const auto is_whole = [&](std::string_view bytes) {
    return bytes.size() == 3004 && bytes.substr(0, 3000) == std::string(3000, bytes[0]);
  };
  threads.emplace_back([&] {
    while (running > 0) {
      const auto read = files->open(ref);
      if (!read && read.error().detail == "BlobNotFound") continue;
      std::string bytes(3100, '\0');
      const auto n = read ? lazulite::files::read_some(read->file,
                                                       {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}, 0)
                          : 0;
      bytes.resize(n ? *n : 0);
      if (!is_whole(bytes)) faults.back() = "a reader saw a mixture";
    }
  });
  for (auto& thread : threads) thread.join();
  for (const auto& fault : faults) CHECK(fault.empty());
  CHECK(is_whole(blob.call("GET", "r", "/shared").body.text()));
}

TEST_CASE_METHOD(FileFixture, "two clients commit blocks of one blob: the last list wins whole", "[unit][blob]") {
  const auto put_block = [&](const std::string& id, std::string body) {
    return blob.call("PUT", "w", "/b", "comp=block&blockid=" + percent_encode(id_of(id)), {}, std::move(body)).status;
  };
  const auto commit = [&](const std::string& first, const std::string& second) {
    return blob.call(
        "PUT", "w", "/b", "comp=blocklist", {},
        "<BlockList><Latest>" + id_of(first) + "</Latest><Latest>" + id_of(second) + "</Latest></BlockList>");
  };
  for (const auto* id : {"a1", "b1", "a2", "b2"}) REQUIRE(put_block(id, id) == 201);
  CHECK(commit("a1", "a2").status == 201);
  // The first commit has dropped the blocks it did not name (C.3): the other client is told, and nothing is mixed.
  CHECK(code_of(commit("b1", "b2")) == "InvalidBlockList");
  CHECK(blob.call("GET", "r", "/b").body.text() == "a1a2");
  for (const auto* id : {"b1", "b2"}) REQUIRE(put_block(id, id) == 201);
  CHECK(commit("b1", "b2").status == 201);
  CHECK(blob.call("GET", "r", "/b").body.text() == "b1b2");
}
