// What every BlobStore must do; run on each implementation.
#include "schema/base/crypto.hpp"
#include "tests/unit/storage/blobs/contract_fixtures.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

using namespace lazulite;
using namespace lazulite::blobs;

TEMPLATE_TEST_CASE("containers are made once, keep their properties and vanish with their blobs", "[unit][blobs]",
                   MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  CHECK(detail_of(store.container_properties(kContainer)) == "ContainerNotFound");
  const auto made = store.create_container(kContainer);
  REQUIRE(made.has_value());
  CHECK(made->etag.starts_with("\"0x8D"));
  CHECK(detail_of(store.create_container(kContainer)) == "ContainerAlreadyExists");

  ContainerProperties changed{{}, {}, "blob", {{"id1", {}, "2030-01-01", "rl"}}, {{"owner", "me"}}};
  const auto set = store.set_container_properties(kContainer, changed, {});
  REQUIRE(set.has_value());
  CHECK(set->etag != made->etag);
  const auto read = store.container_properties(kContainer).value();
  CHECK(read.public_access == "blob");
  REQUIRE(read.policies.size() == 1);
  CHECK(read.policies[0].id == "id1");
  CHECK_FALSE(read.policies[0].start.has_value());
  CHECK(read.policies[0].expiry == "2030-01-01");
  CHECK(read.policies[0].permission == "rl");
  CHECK(read.metadata == changed.metadata);

  REQUIRE(store.create_container({"amsstore", "other"}).has_value());
  REQUIRE(store.create_container({"elsewhere", "third"}).has_value());
  CHECK(store.list_containers("amsstore").value() == std::vector<std::string>{"asset-1", "other"});
  REQUIRE(put(store, kBlob, "bytes").has_value());
  REQUIRE(store.delete_container(kContainer).has_value());
  CHECK(detail_of(store.delete_container(kContainer)) == "ContainerNotFound");
  CHECK(detail_of(store.open(kBlob)) == "ContainerNotFound");
  REQUIRE(store.create_container(kContainer).has_value());
  CHECK(detail_of(store.open(kBlob)) == "BlobNotFound");
  CHECK(store.list_containers("nobody").value().empty());
}

TEMPLATE_TEST_CASE("a blob is read back as it was put, with its headers", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  BlobHeaders headers{"video/mp4", "gzip", "de", "attachment", "max-age=5", "", {{"a", "1"}, {"b", "caf\xe9"}}};
  const auto put_properties = put(store, kBlob, "hello", headers);
  REQUIRE(put_properties.has_value());
  CHECK(put_properties->size == 5);
  CHECK(put_properties->last_modified == fixture.clock.now());
  CHECK(put_properties->headers.content_md5 == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(read_all(store, kBlob) == "hello");
  const auto properties = store.properties(kBlob).value();
  CHECK(properties.etag == put_properties->etag);
  CHECK(properties.headers.content_type == "video/mp4");
  CHECK(properties.headers.content_encoding == "gzip");
  CHECK(properties.headers.content_language == "de");
  CHECK(properties.headers.content_disposition == "attachment");
  CHECK(properties.headers.cache_control == "max-age=5");
  CHECK(properties.headers.metadata == headers.metadata);

  SECTION("an empty blob") {
    const auto empty = store.put_blob(kBlob, {}, {});
    REQUIRE((*empty)->commit().has_value());
    CHECK(read_all(store, kBlob).empty());
  }
  SECTION("headers change without the bytes, and the ETag with them") {
    fixture.clock.advance(std::chrono::seconds{1});
    const auto set = store.set_headers(kBlob, BlobHeaders{"text/plain", {}, {}, {}, {}, {}, {}}, {});
    CHECK(set->etag != properties.etag);
    CHECK(set->last_modified > properties.last_modified);
    CHECK(store.properties(kBlob)->headers.content_type == "text/plain");
    CHECK(store.properties(kBlob)->headers.metadata.empty());
    CHECK(read_all(store, kBlob) == "hello");
  }
  SECTION("a wrong MD5 stores nothing") {
    const auto writer = store.put_blob(kBlob, {}, {}).value();
    REQUIRE(writer->write(as_bytes("other")).has_value());
    CHECK(detail_of(writer->commit(std::string(16, 'x'))) == "Md5Mismatch");
    CHECK(read_all(store, kBlob) == "hello");
  }
  SECTION("a writer that is dropped leaves nothing") {
    {
      const auto writer = store.put_blob({kContainer, "new"}, {}, {}).value();
      REQUIRE(writer->write(as_bytes("other")).has_value());
    }
    CHECK(detail_of(store.open({kContainer, "new"})) == "BlobNotFound");
  }
  SECTION("an open blob stays as it was when it is replaced or removed") {
    const auto before = store.open(kBlob).value();
    REQUIRE(put(store, kBlob, "HELLO2").has_value());
    REQUIRE(store.remove(kBlob, {}).has_value());
    std::string bytes(5, '\0');
    REQUIRE(files::read_some(before.file, {reinterpret_cast<std::uint8_t*>(bytes.data()), 5}, 0).value() == 5);
    CHECK(bytes == "hello");
  }
  SECTION("a removed blob is gone") {
    REQUIRE(store.remove(kBlob, {}).has_value());
    CHECK(detail_of(store.remove(kBlob, {})) == "BlobNotFound");
    CHECK(detail_of(store.properties(kBlob)) == "BlobNotFound");
  }
  SECTION("a container deleted meanwhile takes the write with it") {
    const auto writer = store.put_blob(kBlob, {}, {}).value();
    REQUIRE(writer->write(as_bytes("late")).has_value());
    REQUIRE(store.delete_container(kContainer).has_value());
    CHECK(detail_of(writer->commit()) == "ContainerNotFound");
  }
}

TEMPLATE_TEST_CASE("conditions guard every write", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  Conditions fresh;
  fresh.if_none_match = "*";
  const auto first = put(store, kBlob, "one", {}, fresh);
  REQUIRE(first.has_value());
  CHECK(detail_of(put(store, kBlob, "two", {}, fresh)) == "BlobAlreadyExists");
  Conditions same;
  same.if_match = first->etag;
  const auto second = put(store, kBlob, "two", {}, same);
  REQUIRE(second.has_value());
  CHECK(detail_of(put(store, kBlob, "three", {}, same)) == "ConditionNotMet");
  CHECK(detail_of(store.set_headers(kBlob, {}, same)) == "ConditionNotMet");
  CHECK(detail_of(store.put_block_list(kBlob, {}, {}, same)) == "ConditionNotMet");
  CHECK(detail_of(store.remove(kBlob, same)) == "ConditionNotMet");
  Conditions unmodified;
  unmodified.if_unmodified_since = fixture.clock.now() - std::chrono::seconds{1};
  CHECK(detail_of(store.remove(kBlob, unmodified)) == "ConditionNotMet");
  unmodified.if_unmodified_since = fixture.clock.now();
  CHECK(store.remove(kBlob, unmodified).has_value());
  CHECK(detail_of(put(store, kBlob, "four", {}, same)) == "ConditionNotMet");  // If-Match on what does not exist
}

TEMPLATE_TEST_CASE("a condition is checked again when a long write commits", "[unit][blobs]", MemoryFixture,
                   FileFixture) {
  TestType fixture;
  REQUIRE(fixture.store.create_container(kContainer).has_value());
  Conditions fresh;
  fresh.if_none_match = "*";
  const auto slow = fixture.store.put_blob(kBlob, {}, fresh).value();
  REQUIRE(put(fixture.store, kBlob, "fast").has_value());
  CHECK(detail_of(slow->commit()) == "BlobAlreadyExists");
  CHECK(read_all(fixture.store, kBlob) == "fast");
}

TEMPLATE_TEST_CASE("blocks become a blob in the order of the list", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  const bool announced = GENERATE(true, false);
  REQUIRE(store.create_container(kContainer).has_value());
  REQUIRE(put_block(store, kBlob, "b-0001", "BBB", announced).has_value());
  REQUIRE(put_block(store, kBlob, "b-0000", "AAA", announced).has_value());
  REQUIRE(put_block(store, kBlob, "b-0002", "C", announced).has_value());
  CHECK(detail_of(store.properties(kBlob)) == "BlobNotFound");
  CHECK(store.list(kContainer, {})->blobs.empty());
  auto lists = store.block_lists(kBlob).value();
  CHECK_FALSE(lists.blob.has_value());
  CHECK(lists.uncommitted.size() == 3);
  CHECK(detail_of(store.put_block_list(kBlob, latest({"b-0000", "b-0009"}), {}, {})) == "InvalidBlockList");

  const auto committed = store.put_block_list(kBlob, latest({"b-0000", "b-0001", "b-0002"}), {}, {});
  REQUIRE(committed.has_value());
  CHECK(committed->size == 7);
  CHECK(read_all(store, kBlob) == "AAABBBC");
  lists = store.block_lists(kBlob).value();
  CHECK(lists.uncommitted.empty());
  REQUIRE(lists.committed.size() == 3);
  CHECK(lists.committed[1].id == id_of("b-0001"));
  CHECK(lists.committed[2].size == 1);

  SECTION("committed and new blocks mix, and an id names the newer of two") {
    REQUIRE(put_block(store, kBlob, "b-0001", "xx", announced).has_value());
    auto list = latest({"b-0002", "b-0001", "b-0000"});
    list.push_back({BlockSource::kCommitted, id_of("b-0001")});
    REQUIRE(store.put_block_list(kBlob, list, {}, {}).has_value());
    CHECK(read_all(store, kBlob) == "CxxAAABBB");
    CHECK(detail_of(store.put_block_list(kBlob, {{BlockSource::kUncommitted, id_of("b-0001")}}, {}, {})) ==
          "InvalidBlockList");
  }
  SECTION("a block sent again replaces the first") {
    REQUIRE(put_block(store, kBlob, "b-0000", "111", announced).has_value());
    REQUIRE(put_block(store, kBlob, "b-0001", "222", announced).has_value());
    REQUIRE(put_block(store, kBlob, "b-0000", "333", announced).has_value());
    CHECK(store.block_lists(kBlob)->uncommitted.size() == 2);
    REQUIRE(store.put_block_list(kBlob, latest({"b-0000", "b-0001"}), {}, {}).has_value());
    CHECK(read_all(store, kBlob) == "333222");
  }
  SECTION("a block may stand in the list twice") {
    REQUIRE(put_block(store, kBlob, "b-0000", "ab", announced).has_value());
    REQUIRE(put_block(store, kBlob, "b-0001", "cd", announced).has_value());
    REQUIRE(store.put_block_list(kBlob, latest({"b-0000", "b-0001", "b-0000"}), {}, {}).has_value());
    CHECK(read_all(store, kBlob) == "abcdab");
  }
  SECTION("blocks that the list leaves out are dropped") {
    REQUIRE(put_block(store, kBlob, "b-0000", "one", announced).has_value());
    REQUIRE(put_block(store, kBlob, "b-0001", "two", announced).has_value());
    REQUIRE(store.put_block_list(kBlob, latest({"b-0001"}), {}, {}).has_value());
    CHECK(read_all(store, kBlob) == "two");
    CHECK(store.block_lists(kBlob)->uncommitted.empty());
  }
  SECTION("an empty list is an empty blob") {
    REQUIRE(store.put_block_list(kBlob, {}, {}, {}).has_value());
    CHECK(read_all(store, kBlob).empty());
  }
  SECTION("a whole blob drops the blocks") {
    REQUIRE(put_block(store, kBlob, "b-0000", "one", announced).has_value());
    REQUIRE(put(store, kBlob, "whole").has_value());
    lists = store.block_lists(kBlob).value();
    CHECK(lists.uncommitted.empty());
    CHECK(lists.committed.empty());
  }
  SECTION("a block still being received survives the commit of the others") {
    const auto slow = store.put_block(kBlob, id_of("b-0007")).value();
    if (announced) slow->expect(4);
    REQUIRE(slow->write(as_bytes("la")).has_value());
    REQUIRE(put_block(store, kBlob, "b-0000", "one", announced).has_value());
    REQUIRE(store.put_block_list(kBlob, latest({"b-0000"}), {}, {}).has_value());
    REQUIRE(slow->write(as_bytes("te")).has_value());
    REQUIRE(slow->commit().has_value());
    CHECK(read_all(store, kBlob) == "one");
    REQUIRE(store.put_block_list(kBlob, latest({"b-0000", "b-0007"}), {}, {}).has_value());
    CHECK(read_all(store, kBlob) == "onelate");
  }
}

TEMPLATE_TEST_CASE("block ids are checked as clients write them", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  CHECK(detail_of(store.put_block(kBlob, id_of("b"))) == "ContainerNotFound");
  REQUIRE(store.create_container(kContainer).has_value());
  CHECK(detail_of(store.put_block(kBlob, "")) == "InvalidBlockId");
  CHECK(detail_of(store.put_block(kBlob, "not base64!")) == "InvalidBlockId");
  CHECK(detail_of(store.put_block(kBlob, id_of(std::string(65, 'x')))) == "InvalidBlockId");
  // go-ams: decoded lengths 10 to 12, encoded always 16.
  REQUIRE(put_block(store, kBlob, "block-id-1", "one").has_value());
  REQUIRE(put_block(store, kBlob, "block-id-10", "ten").has_value());
  REQUIRE(put_block(store, kBlob, "block-id-100", "hundred").has_value());
  CHECK(detail_of(store.put_block(kBlob, id_of("block-id-1000"))) == "InvalidBlobOrBlock");
  REQUIRE(store.put_block_list(kBlob, latest({"block-id-1", "block-id-10", "block-id-100"}), {}, {}).has_value());
  CHECK(read_all(store, kBlob) == "onetenhundred");
  SECTION("a block is checked against its MD5, and may not be longer than announced") {
    const auto writer = store.put_block(kBlob, id_of("x")).value();
    writer->expect(3);
    CHECK(writer->write(as_bytes("four")).error().code == ErrorCode::kInvalidArgument);
    REQUIRE(writer->write(as_bytes("abc")).has_value());
    CHECK(detail_of(writer->commit(std::string(16, 'x'))) == "Md5Mismatch");
  }
}

TEMPLATE_TEST_CASE("names that could lead astray are refused", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  for (const auto& name :
       {std::string{}, std::string{".."}, std::string{"a/../b"}, std::string{"./a"}, std::string{"a/."},
        std::string{"a\0b", 3}, std::string{"a\nb"}, std::string(1025, 'a'), std::string{"\xff\xfe"}}) {
    CAPTURE(name.size(), name);
    CHECK(detail_of(put(store, {kContainer, name}, "x")) == "InvalidUri");
    CHECK(detail_of(store.open({kContainer, name})) == "InvalidUri");
    CHECK(detail_of(store.put_block({kContainer, name}, id_of("1"))) == "InvalidUri");
  }
  for (const auto& ref :
       {ContainerRef{"..", "asset-1"}, ContainerRef{"amsstore", ".."}, ContainerRef{"amsstore", "a/b"},
        ContainerRef{"Ams", "asset-1"}, ContainerRef{"amsstore", "a--b"}, ContainerRef{"amsstore", "-ab"},
        ContainerRef{"amsstore", std::string(64, 'a')}}) {
    CHECK(detail_of(store.create_container(ref)) == "InvalidResourceName");
    CHECK(detail_of(store.open({ref, "x"})) == "InvalidResourceName");
  }
}

TEMPLATE_TEST_CASE("odd names are kept apart", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  const std::string base(1023, 'Z');
  const std::vector<std::string> names{"a",
                                       "A",
                                       "%61",
                                       "a%2fb",
                                       "a/b",
                                       "a\\b",
                                       ".hidden",
                                       "..a",
                                       "~",
                                       "a~b",
                                       "a/",
                                       "/a",
                                       "//",
                                       "%",
                                       " ",
                                       "é",
                                       base,
                                       base + "1",
                                       base + "2",
                                       std::string(200, 'q'),
                                       std::string(201, 'q'),
                                       "con",
                                       "a/.../b"};
  for (const auto& name : names) REQUIRE(put(store, {kContainer, name}, "bytes of " + name).has_value());
  for (const auto& name : names) CHECK(read_all(store, {kContainer, name}) == "bytes of " + name);
  CHECK(store.list(kContainer, {})->blobs.size() == names.size());
}

TEMPLATE_TEST_CASE("a finished local file is adopted", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  const auto folder = store.make_work_folder().value();
  std::ofstream{folder / "out.mp4"} << "encoded";
  REQUIRE(put(store, kBlob, "before").has_value());
  const auto adopted = store.adopt(kBlob, folder / "out.mp4", BlobHeaders{"video/mp4", {}, {}, {}, {}, {}, {}});
  REQUIRE(adopted.has_value());
  CHECK(adopted->size == 7);
  CHECK(read_all(store, kBlob) == "encoded");
  CHECK_FALSE(std::filesystem::exists(folder / "out.mp4"));
  CHECK(store.make_work_folder().value() != folder);
  CHECK_FALSE(store.adopt(kBlob, folder / "missing", {}).has_value());
}

TEMPLATE_TEST_CASE("many blocks of one blob arrive in parallel", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  constexpr int kBlocks = 200;
  const auto name = [](int i) { return fmt::format("BlockId{:07}", i); };
  const auto bytes = [](int i) { return fmt::format("{:1000}", i); };
  std::atomic<int> next{0}, failures{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = next++; i < kBlocks; i = next++) {
        if (!put_block(store, kBlob, name(i), bytes(i)).has_value()) ++failures;
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  std::vector<BlockReference> list;
  std::string whole;
  for (int i = 0; i < kBlocks; ++i) {
    list.push_back({BlockSource::kLatest, id_of(name(i))});
    whole += bytes(i);
  }
  REQUIRE(store.put_block_list(kBlob, list, {}, {}).has_value());
  CHECK(read_all(store, kBlob) == whole);
}
