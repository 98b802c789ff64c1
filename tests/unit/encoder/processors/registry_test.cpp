#include "encoder/processors/media_processor.hpp"
#include "schema/base/ids.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

namespace lazulite::encoder {
namespace {

TEST_CASE("processors are found by id in any letter case", "[unit][encoder]") {
  const auto* lower = find_processor("nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56");
  REQUIRE(lower != nullptr);
  CHECK(lower->name == "Media Encoder Standard");
  CHECK(lower->listed);
  CHECK(find_processor("NB:MPID:UUID:FF4DF607-D419-42F0-BC17-A481B1331E56") == lower);
  CHECK(find_processor("FF4DF607-D419-42F0-BC17-A481B1331E56") == lower);
  CHECK(find_processor("nb:mpid:UUID:00000000-0000-0000-0000-000000000000") == nullptr);
  CHECK(find_processor("") == nullptr);
}

TEST_CASE("the table of processors is sound", "[unit][encoder]") {
  std::set<std::string_view> ids;
  for (const ProcessorInfo& row : processors()) {
    INFO(row.name);
    CHECK(Uuid::parse(row.uuid));
    CHECK(ids.insert(row.uuid).second);
    CHECK(row.version.find('.') != std::string_view::npos);
    CHECK((!row.listed || row.make != nullptr));  // what clients see can be run
  }
}

TEST_CASE("each encoder that clients ask for by name is listed once", "[unit][encoder]") {
  std::map<std::string_view, int> listed;
  for (const ProcessorInfo& row : processors()) listed[row.name] += row.listed ? 1 : 0;
  CHECK(listed["Media Encoder Standard"] == 1);
  CHECK(listed["Azure Media Encoder"] == 1);
  CHECK(listed["Windows Azure Media Encoder"] == 1);
}

TEST_CASE("the premium encoder is known and not offered", "[unit][encoder]") {
  const auto* premium = find_processor("nb:mpid:UUID:77fea72a-107c-439e-b0bb-f88153b93461");
  REQUIRE(premium != nullptr);
  CHECK(premium->make == nullptr);
}

}  // namespace
}  // namespace lazulite::encoder
