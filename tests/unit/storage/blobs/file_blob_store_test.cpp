// What only the file store does: its layout, restarts, crashes, and commits without copying.
#include "storage/blobs/file_blob_store.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/blobs/block_number.hpp"
#include "storage/blobs/names.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lazulite;
using namespace lazulite::blobs;
namespace fs = std::filesystem;

namespace {

const ContainerRef kContainer{"amsstore", "asset-1"};
const BlobRef kBlob{kContainer, "film.mp4"};

struct Folder {
  fs::path root = fs::temp_directory_path() / ("lazulite-blobs-" + Uuid::random().text());
  fs::path container = root / "amsstore" / "asset-1";
  std::unique_ptr<FileBlobStore> store = FileBlobStore::open(root).value();

  Folder() { REQUIRE(store->create_container(kContainer).has_value()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    store.reset();
    fs::remove_all(root);
  }
  void reopen() {
    store.reset();
    store = FileBlobStore::open(root).value();
  }
  [[nodiscard]] std::size_t count(const char* folder) const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{container / folder}, fs::directory_iterator{}));
  }
};

std::string id_of(int number) { return base64_encode(as_bytes(fmt::format("BlockId{:07}", number))); }

void put_block(BlobStore& store, int number, std::string_view bytes, const BlobRef& ref = kBlob) {
  const auto writer = store.put_block(ref, id_of(number)).value();
  writer->expect(bytes.size());
  REQUIRE(writer->write(as_bytes(bytes)).has_value());
  REQUIRE(writer->commit().has_value());
}

std::vector<BlockReference> list_of(int count) {
  std::vector<BlockReference> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out.push_back({BlockSource::kLatest, id_of(i)});
  return out;
}

Result<std::string> read_all(BlobStore& store, const BlobRef& ref) {
  LAZULITE_TRY(const auto blob, store.open(ref));
  std::string out(blob.properties.size + 1, '\0');
  LAZULITE_TRY(const auto n, files::read_some(blob.file, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, 0));
  out.resize(n);
  return out;
}

Result<BlobProperties> put(BlobStore& store, const BlobRef& ref, std::string_view bytes) {
  LAZULITE_TRY(const auto writer, store.put_blob(ref, {}, {}));
  LAZULITE_CHECK(writer->write(as_bytes(bytes)));
  return writer->commit();
}

ino_t inode_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// The only file of a folder but the journal.
fs::path only_file(const fs::path& folder) {
  fs::path out;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().filename() == "journal") continue;
    CHECK(out.empty());
    out = entry.path();
  }
  return out;
}

}  // namespace

TEST_CASE("file keys are injective, short and never hidden", "[unit][blobs]") {
  CHECK(file_key("film-1_a.mp4") == "film-1_a.mp4");
  CHECK(file_key("A/b c") == "%41%2fb%20c");
  CHECK(file_key(".x") == "%2ex");
  CHECK(file_key("a~b") == "a%7eb");
  const auto key = file_key(std::string(1024, 'x'));
  CHECK(key.size() == 165);
  CHECK(key != file_key(std::string(1023, 'x')));
  CHECK(name_of_key(key).empty());
  CHECK(name_of_key("%41%2fb%20c") == "A/b c");
}

TEST_CASE("block numbers are read out of the ids of known clients", "[unit][blobs]") {
  const auto number = [](std::string_view text, std::uint64_t unit) {
    return block_number(base64_encode(as_bytes(text)), unit);
  };
  CHECK(number("BlockId0000000", 100) == 0U);
  CHECK(number("BlockId0000012", 100) == 12U);
  CHECK(number("block-000007", 100) == 7U);
  CHECK(number("1a2b3c4d-000100", 100) == 100U);
  CHECK(number("block-id-1", 100) == 0U);
  CHECK(number("block-id-10", 100) == 9U);
  CHECK(number("00000000000000000000000004194304", 4194304) == 1U);  // a byte offset
  CHECK_FALSE(number("00000000000000000000000004194305", 4194304).has_value());
  CHECK_FALSE(number("block-x", 100).has_value());
  CHECK_FALSE(number("99999999999999999999999", 7).has_value());
}

TEST_CASE("blocks sent in order, or in parallel, are committed without copying a byte", "[unit][blobs]") {
  Folder folder;
  auto& store = *folder.store;
  const auto order = GENERATE(std::vector<int>{0, 1, 2, 3}, std::vector<int>{2, 0, 1, 3});
  const auto size = [](int i) { return i == 3 ? 10U : 4096U; };
  for (const int i : order) put_block(store, i, std::string(size(i), static_cast<char>('a' + i)));
  const auto run = only_file(folder.container / "blocks" / "film.mp4");
  const auto inode = inode_of(run);
  REQUIRE(inode != 0);
  REQUIRE(store.put_block_list(kBlob, list_of(4), {}, {}).has_value());
  CHECK(inode_of(only_file(folder.container / "data")) == inode);
  CHECK(folder.count("blocks") == 0);
  CHECK(read_all(store, kBlob).value() ==
        std::string(4096, 'a') + std::string(4096, 'b') + std::string(4096, 'c') + std::string(10, 'd'));
}

TEST_CASE("a copy shares its source's bytes on the disk and outlives it; both survive a restart", "[unit][blobs]") {
  Folder folder;
  REQUIRE(put(*folder.store, kBlob, "some bytes").has_value());
  const auto bytes = inode_of(only_file(folder.container / "data"));
  const BlobRef target{kContainer, "copy.mp4"};
  REQUIRE(folder.store->copy({kBlob, {}, "id", "url", {}, {}}, target, {}).has_value());
  CHECK(folder.count("data") == 2);
  for (const auto& entry : fs::directory_iterator{folder.container / "data"}) CHECK(inode_of(entry.path()) == bytes);
  REQUIRE(folder.store->set_service_document("amsstore", "<kept/>").has_value());
  folder.reopen();
  CHECK(read_all(*folder.store, target).value() == "some bytes");
  CHECK(folder.store->properties(target)->copy->id == "id");
  CHECK(folder.store->service_document("amsstore").value() == "<kept/>");
  REQUIRE(folder.store->remove(kBlob, {}).has_value());
  CHECK(read_all(*folder.store, target).value() == "some bytes");
  CHECK(folder.store->list_containers("amsstore")->size() == 1);
}

TEST_CASE("a block sent again is put into its place by the commit", "[unit][blobs]") {
  Folder folder;
  auto& store = *folder.store;
  for (int i = 0; i < 3; ++i) put_block(store, i, std::string(100, static_cast<char>('a' + i)));
  put_block(store, 1, std::string(100, 'X'));
  CHECK(folder.count("blocks") == 1);
  REQUIRE(store.put_block_list(kBlob, list_of(3), {}, {}).has_value());
  CHECK(read_all(store, kBlob).value() == std::string(100, 'a') + std::string(100, 'X') + std::string(100, 'c'));
}

TEST_CASE("uncommitted blocks survive a restart and are dropped after seven days", "[unit][blobs]") {
  Folder folder;
  put_block(*folder.store, 0, "zero");
  put_block(*folder.store, 1, "one");
  const auto journal = folder.container / "blocks" / "film.mp4" / "journal";

  SECTION("they can be committed") {
    std::ofstream{journal, std::ios::app} << "block 99999999999999999999 half";  // a line cut short
    std::ofstream{journal.parent_path() / "orphan"} << "never acknowledged";
    folder.reopen();
    CHECK_FALSE(fs::exists(journal.parent_path() / "orphan"));
    put_block(*folder.store, 2, "two");
    folder.reopen();
    CHECK(folder.store->block_lists(kBlob)->uncommitted.size() == 3);
    REQUIRE(folder.store->put_block_list(kBlob, list_of(3), {}, {}).has_value());
    CHECK(read_all(*folder.store, kBlob).value() == "zeroonetwo");
  }
  SECTION("old ones go") {
    folder.store.reset();
    fs::last_write_time(journal, fs::file_time_type::clock::now() - std::chrono::hours{7 * 24 + 1});
    folder.reopen();
    CHECK(folder.store->block_lists(kBlob).error().detail == "BlobNotFound");
    CHECK(folder.count("blocks") == 0);
  }
  SECTION("those of before a commit do not come back when its clean-up was cut short") {
    const auto text = files::read_file(journal).value();
    REQUIRE(folder.store->put_block_list(kBlob, list_of(1), {}, {}).has_value());
    fs::create_directory(journal.parent_path());
    std::ofstream{journal} << text;
    folder.reopen();
    CHECK(folder.store->block_lists(kBlob)->uncommitted.empty());
    CHECK(folder.count("blocks") == 0);
  }
}

TEST_CASE("opening removes what no acknowledged write refers to, and nothing else", "[unit][blobs]") {
  Folder folder;
  REQUIRE(put(*folder.store, kBlob, "keep me").has_value());
  const auto work = folder.store->make_work_folder().value();
  folder.store.reset();
  const auto data = only_file(folder.container / "data");
  fs::copy_file(data, folder.container / "data" / ("film.mp4~" + Uuid::random().text()));  // replaced, not yet removed
  fs::copy_file(data, folder.container / "data" / ("gone.mp4~" + Uuid::random().text()));  // written, never named
  std::ofstream{folder.container / "index" / ".film.mp4.tmp"} << "half";
  fs::create_directories(folder.root / "amsstore" / "half-made" / "index");
  folder.reopen();
  CHECK(only_file(folder.container / "data") == data);
  CHECK(folder.count("index") == 1);
  CHECK_FALSE(fs::exists(folder.root / "amsstore" / "half-made"));
  CHECK_FALSE(fs::exists(work));
  CHECK(read_all(*folder.store, kBlob).value() == "keep me");
}

TEST_CASE("a second process cannot open the folder", "[unit][blobs]") {
  Folder folder;
  CHECK(FileBlobStore::open(folder.root).error().code == ErrorCode::kConflict);
}

TEST_CASE("a damaged index is an error of the blob, not a crash", "[unit][blobs]") {
  Folder folder;
  REQUIRE(put(*folder.store, kBlob, "bytes").has_value());
  const auto text = GENERATE(as<std::string>{}, "", "{", "{}\n[]\n", "[1,2]\n[]\n", "{\"name\":1}\n");
  std::ofstream{folder.container / "index" / "film.mp4"} << text;
  CHECK(folder.store->open(kBlob).error().code == ErrorCode::kIo);
  CHECK(folder.store->block_lists(kBlob).error().code == ErrorCode::kIo);
}

TEST_CASE("a blob of hundreds of blocks keeps its list", "[unit][blobs]") {
  Folder folder;
  for (int i = 0; i < 300; ++i) put_block(*folder.store, i, fmt::format("{:04}", i));
  REQUIRE(folder.store->put_block_list(kBlob, list_of(300), {}, {}).has_value());
  folder.reopen();
  const auto lists = folder.store->block_lists(kBlob).value();
  REQUIRE(lists.committed.size() == 300);
  CHECK(lists.committed[299].id == id_of(299));
  CHECK(read_all(*folder.store, kBlob)->substr(1196) == "0299");
}

namespace {

// The child of the kill test: overwrites a few blobs again and again, whole or by blocks, and tells each
// acknowledgement by a line.
[[noreturn]] void write_until_killed(const fs::path& root, int pipe) {
  const auto store = FileBlobStore::open(root);
  if (!store) ::_exit(1);
  for (std::uint64_t round = 1;; ++round) {
    const auto slot = static_cast<int>(round % 3);
    const BlobRef ref{kContainer, fmt::format("blob{}", slot)};
    const auto text = fmt::format("{:08}", round);
    bool done = false;
    if (round % 2 == 0) {
      std::string bytes;
      for (int i = 0; i < 5000; ++i) bytes += text;
      done = put(**store, ref, bytes).has_value();
    } else {
      for (int block = 0; block < 4; ++block) {
        std::string bytes;
        for (int i = 0; i < 1250; ++i) bytes += text;
        const auto writer = (*store)->put_block(ref, id_of(block)).value();
        writer->expect(bytes.size());
        if (!writer->write(as_bytes(bytes)) || !writer->commit()) ::_exit(1);
      }
      done = (*store)->put_block_list(ref, list_of(4), {}, {}).has_value();
    }
    const auto line = fmt::format("{} {}\n", slot, round);
    if (!done || ::write(pipe, line.data(), line.size()) < 0) ::_exit(1);
  }
}

// The last acknowledged round of each blob.
std::map<int, std::uint64_t> read_acknowledgements(int pipe, std::size_t kill_after, pid_t child) {
  std::map<int, std::uint64_t> out;
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(pipe, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() >= kill_after) ::kill(child, SIGKILL);
  }
  for (const auto line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() == 2) out[static_cast<int>(*parse_int64(words[0]))] = *parse_uint64(words[1]);
  }
  return out;
}

}  // namespace

TEST_CASE("killed at any moment, every acknowledged blob is whole and nothing half-written shows", "[unit][blobs]") {
  Folder folder;
  std::map<int, std::uint64_t> acknowledged;
  for (std::size_t turn = 0; turn < 8; ++turn) {
    folder.store.reset();
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(pipe[0]);
      write_until_killed(folder.root, pipe[1]);
    }
    ::close(pipe[1]);
    acknowledged = read_acknowledgements(pipe[0], 10 + turn * 11, child);
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    folder.reopen();
    for (const auto& [slot, round] : acknowledged) {
      const auto bytes = read_all(*folder.store, {kContainer, fmt::format("blob{}", slot)});
      REQUIRE(bytes.has_value());
      REQUIRE(bytes->size() == 40000);
      const auto found = parse_uint64(bytes->substr(0, 8)).value_or(0);
      CHECK(found >= round);
      std::string whole;
      for (int i = 0; i < 5000; ++i) whole += bytes->substr(0, 8);
      CHECK(*bytes == whole);
    }
    CHECK(folder.count("data") == folder.count("index"));
  }
}
