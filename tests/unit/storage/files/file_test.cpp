#include "storage/files/file.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::files;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("lazulite-files-" + Uuid::random().text());
  Folder() { fs::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("a durable write replaces the whole file and leaves nothing beside it", "[unit][files]") {
  const Folder folder;
  const auto path = folder.path / "a.json";
  REQUIRE(write_file_durably(path, "first, longer").has_value());
  REQUIRE(write_file_durably(path, "second").has_value());
  CHECK(read_file(path).value() == "second");
  CHECK(names_in(folder.path).value() == std::vector<std::string>{"a.json"});
  CHECK(read_file(path, 3).error().code == ErrorCode::kTooLarge);
  CHECK(write_file_durably(folder.path / "none" / "a", "x").error().code == ErrorCode::kNotFound);
}

TEST_CASE("a durable write takes a plain relative name", "[unit][files]") {
  const Folder folder;
  const auto before = fs::current_path();
  fs::current_path(folder.path);
  const auto written = write_file_durably("a.json", "text");
  fs::current_path(before);
  REQUIRE(written.has_value());
  CHECK(read_file(folder.path / "a.json").value() == "text");
}

TEST_CASE("a missing file or folder is NotFound", "[unit][files]") {
  const Folder folder;
  CHECK(open_for_reading(folder.path / "none").error().code == ErrorCode::kNotFound);
  CHECK(names_in(folder.path / "none").error().code == ErrorCode::kNotFound);
}

TEST_CASE("ranges are copied from file to file, and a source too short is an error", "[unit][files]") {
  const Folder folder;
  REQUIRE(write_file_durably(folder.path / "source", "0123456789").has_value());
  const auto from = open_for_reading(folder.path / "source").value();
  const auto to = create_file(folder.path / "target").value();
  REQUIRE(copy_range(from, 7, to, 0, 3).has_value());
  REQUIRE(copy_range(from, 0, to, 3, 2).has_value());
  CHECK(read_file(folder.path / "target").value() == "78901");
  CHECK(copy_range(from, 8, to, 0, 3).error().code == ErrorCode::kIo);
}

TEST_CASE("a mapping shows the file and outlives its name", "[unit][files]") {
  const Folder folder;
  REQUIRE(write_file_durably(folder.path / "a", "mapped").has_value());
  const auto mapped = MappedFile::map(open_for_reading(folder.path / "a").value()).value();
  fs::remove(folder.path / "a");
  CHECK(as_text(mapped->bytes()) == "mapped");
  REQUIRE(write_file_durably(folder.path / "empty", "").has_value());
  CHECK(MappedFile::map(open_for_reading(folder.path / "empty").value()).value()->bytes().empty());
}
