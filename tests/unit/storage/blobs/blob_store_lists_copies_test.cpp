// What every BlobStore must do, continued: lists, copies, and what an account keeps of its service.
#include "tests/unit/storage/blobs/contract_fixtures.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace lazulite;
using namespace lazulite::blobs;

TEMPLATE_TEST_CASE("a list is sorted, filtered, grouped and paged", "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  const std::string long_name = "d/" + std::string(900, 'X');
  for (const auto& name : {std::string{"b/2"}, std::string{"a"}, std::string{"b/1"}, std::string{"B"}, std::string{"c"},
                           std::string{"b.txt"}, long_name}) {
    REQUIRE(put(store, {kContainer, name}, name).has_value());
  }
  const auto names = [](const ListPage& page) {
    std::vector<std::string> out;
    for (const auto& blob : page.blobs) out.push_back(blob.name);
    return out;
  };
  using Names = std::vector<std::string>;
  CHECK(names(store.list(kContainer, {}).value()) == Names{"B", "a", "b.txt", "b/1", "b/2", "c", long_name});
  CHECK(names(store.list(kContainer, {"b", "", "", 5000}).value()) == Names{"b.txt", "b/1", "b/2"});
  const auto grouped = store.list(kContainer, {"", "/", "", 5000}).value();
  CHECK(names(grouped) == Names{"B", "a", "b.txt", "c"});
  CHECK(grouped.prefixes == Names{"b/", "d/"});
  CHECK(names(store.list(kContainer, {"b/", "/", "", 5000}).value()) == Names{"b/1", "b/2"});

  Names paged;
  ListQuery query{"", "/", "", 2};
  int pages = 0;
  do {
    const auto page = store.list(kContainer, query).value();
    CHECK(page.blobs.size() + page.prefixes.size() <= 2);
    for (const auto& name : names(page)) paged.push_back(name);
    for (const auto& prefix : page.prefixes) paged.push_back(prefix);
    query.marker = page.next_marker;
    ++pages;
  } while (!query.marker.empty() && pages < 10);
  CHECK(pages == 3);
  CHECK(paged == Names{"B", "a", "b.txt", "b/", "c", "d/"});
  CHECK(store.list(kContainer, {"b/1", "", "", 1})->blobs.at(0).properties.size == 3);
}

TEMPLATE_TEST_CASE("pages of a list hold the right names in any order of their making", "[unit][blobs]", MemoryFixture,
                   FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  std::vector<std::string> expected;
  expected.reserve(60);
  for (int i = 0; i < 60; ++i) expected.push_back(fmt::format("{}/{:02}", i % 7, i));
  std::sort(expected.begin(), expected.end());
  for (int i = 0; i < 60; ++i)
    REQUIRE(put(store, {kContainer, expected.at(static_cast<std::size_t>(i * 23 % 60))}, "x").has_value());
  for (const std::size_t size : {1U, 7U, 59U, 60U, 61U}) {
    std::vector<std::string> found;
    ListQuery query{"", "", "", size};
    do {
      const auto page = store.list(kContainer, query).value();
      CHECK(page.blobs.size() <= size);
      for (const auto& blob : page.blobs) found.push_back(blob.name);
      query.marker = page.next_marker;
    } while (!query.marker.empty());
    CHECK(found == expected);
  }
  std::vector<std::string> folders;
  ListQuery query{"", "/", "", 3};
  do {
    const auto page = store.list(kContainer, query).value();
    folders.insert(folders.end(), page.prefixes.begin(), page.prefixes.end());
    query.marker = page.next_marker;
  } while (!query.marker.empty());
  CHECK(folders == std::vector<std::string>{"0/", "1/", "2/", "3/", "4/", "5/", "6/"});
}

TEMPLATE_TEST_CASE("blobs that are only uncommitted blocks are listed where that is asked for", "[unit][blobs]",
                   MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  REQUIRE(store.create_container(kContainer).has_value());
  REQUIRE(put(store, {kContainer, "b"}, "x").has_value());
  REQUIRE(put_block(store, {kContainer, "a"}, "1", "block").has_value());
  REQUIRE(put_block(store, {kContainer, "b"}, "1", "block").has_value());
  CHECK(store.list(kContainer, {})->blobs.size() == 1);
  ListQuery query;
  query.uncommitted = true;
  const auto page = store.list(kContainer, query).value();
  REQUIRE(page.blobs.size() == 2);
  CHECK(page.blobs[0].name == "a");
  CHECK(page.blobs[0].properties.size == 0);
  CHECK(page.blobs[1].properties.size == 1);
}

TEMPLATE_TEST_CASE("a copy has its source's bytes and blocks and lives apart from it", "[unit][blobs]", MemoryFixture,
                   FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  const ContainerRef other{"otherstore", "asset-2"};
  REQUIRE(store.create_container(kContainer).has_value());
  REQUIRE(store.create_container(other).has_value());
  REQUIRE(put_block(store, kBlob, "1", "one").has_value());
  REQUIRE(put_block(store, kBlob, "2", "second").has_value());
  BlobHeaders headers;
  headers.content_type = "video/mp4";
  headers.metadata = {{"colour", "red"}};
  REQUIRE(store.put_block_list(kBlob, latest({"1", "2"}), headers, {}).has_value());

  CopyRequest request{kBlob, {}, "the-id", "http://here/source", {}, {}};
  const BlobRef target{other, "copy"};
  const auto made = store.copy(request, target, {});
  REQUIRE(made.has_value());
  CHECK(made->headers.content_type == "video/mp4");
  REQUIRE(made->copy.has_value());
  CHECK(made->etag != store.properties(kBlob)->etag);
  const auto kept = store.properties(target)->copy;
  REQUIRE(kept.has_value());
  CHECK(kept->id == "the-id");
  CHECK(kept->source == "http://here/source");
  CHECK(kept->status == CopyStatus::kSuccess);
  CHECK(kept->total == 9);
  CHECK(kept->completed.has_value());
  CHECK(read_all(store, target) == "onesecond");
  CHECK(store.block_lists(target)->committed.size() == 2);

  // A block of the copy can be kept while another is replaced; the source does not change by it.
  REQUIRE(put_block(store, target, "2", "2nd").has_value());
  REQUIRE(store.put_block_list(target, latest({"1", "2"}), {}, {}).has_value());
  CHECK(read_all(store, target) == "one2nd");
  CHECK_FALSE(store.properties(target)->copy.has_value());
  CHECK(read_all(store, kBlob) == "onesecond");

  request.metadata.emplace();
  REQUIRE(store.copy(request, kBlob, {}).has_value());  // onto itself
  CHECK(store.properties(kBlob)->headers.metadata.empty());
  CHECK(read_all(store, kBlob) == "onesecond");
  REQUIRE(store.remove(kBlob, {}).has_value());
  CHECK(detail_of(store.copy(request, target, {})) == "BlobNotFound");
  CHECK(read_all(store, target) == "one2nd");

  request.source = target;
  request.source_conditions.if_none_match = store.properties(target)->etag;
  CHECK(detail_of(store.copy(request, kBlob, {})) == "SourceConditionNotMet");
  request.source_conditions = {};
  Conditions absent;
  absent.if_none_match = "*";
  CHECK(store.copy(request, kBlob, absent).has_value());
  CHECK(detail_of(store.copy(request, kBlob, absent)) == "BlobAlreadyExists");
  CHECK(detail_of(store.copy(request, {{"otherstore", "absent"}, "x"}, {})) == "ContainerNotFound");
}

TEMPLATE_TEST_CASE("an account keeps the document of its service, and a container changes on its conditions",
                   "[unit][blobs]", MemoryFixture, FileFixture) {
  TestType fixture;
  auto& store = fixture.store;
  CHECK(store.service_document("amsstore").value().empty());
  REQUIRE(store.set_service_document("amsstore", "<one/>").has_value());
  REQUIRE(store.set_service_document("amsstore", "<two/>").has_value());
  CHECK(store.service_document("amsstore").value() == "<two/>");
  CHECK(store.service_document("otherstore").value().empty());
  CHECK(detail_of(store.set_service_document("../x", "x")) == "InvalidResourceName");

  const auto made = store.create_container(kContainer).value();
  Conditions stale;
  stale.if_match = "\"0x1\"";
  CHECK(detail_of(store.set_container_properties(kContainer, made, stale)) == "ConditionNotMet");
  stale.if_match = made.etag;
  CHECK(store.set_container_properties(kContainer, made, stale).has_value());
  CHECK(detail_of(store.set_container_properties(kContainer, made, stale)) == "ConditionNotMet");
}
