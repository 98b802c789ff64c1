#include "schema/odata/target_parser.hpp"

#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::odata;

namespace {

constexpr const char* kId = "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001";

ODataTarget target(const std::string& path) {
  INFO(path);
  const auto parsed = parse_target(path);
  REQUIRE(parsed);
  return *parsed;
}
ErrorCode error(const std::string& path) {
  INFO(path);
  const auto parsed = parse_target(path);
  REQUIRE_FALSE(parsed);
  return parsed.error().code;
}

}  // namespace

TEST_CASE("the root, $metadata, $batch and functions have their own targets", "[unit][schema]") {
  CHECK(target("/api").kind == TargetKind::kServiceRoot);
  CHECK(target("/API/").kind == TargetKind::kServiceRoot);
  CHECK(target("/api/$metadata").kind == TargetKind::kMetadata);
  CHECK(target("/api/%24batch").kind == TargetKind::kBatch);
  CHECK(target("/api/CancelJob").kind == TargetKind::kFunction);
  CHECK(target("/api/canceljob()").function->name == "CancelJob");
  CHECK(error("/api/CancelJob/x") == ErrorCode::kNotFound);
  CHECK(error("/api/$metadata/x") == ErrorCode::kNotFound);
}

TEST_CASE("sets, keys, navigations, properties, links and actions are told apart", "[unit][schema]") {
  const std::string asset = std::string{"/api/Assets('"} + kId + "')";
  CHECK(target("/api/Assets").kind == TargetKind::kCollection);
  CHECK(target("/api/Assets()/$count").count);
  const auto entity = target(asset);
  CHECK(entity.kind == TargetKind::kEntity);
  CHECK(entity.root_key == kId);
  CHECK(target(asset + "/Files").kind == TargetKind::kCollection);
  CHECK(target(asset + "/Files").type->name == "AssetFile");
  CHECK(target(asset + "/Files()/$count").count);
  const auto file = target(asset + "/Files('nb:cid:UUID:0A0B0C0D-0000-0000-0000-000000000002')");
  CHECK(file.kind == TargetKind::kEntity);
  CHECK(file.navigation_key == "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000002");
  CHECK(target(asset + "/StorageAccount").kind == TargetKind::kEntity);
  CHECK(target(asset + "/Name").property->name == "Name");
  CHECK(target(asset + "/Name/$value").value);
  CHECK(target(asset + "/$links/ParentAssets").kind == TargetKind::kLinks);
  CHECK(target(asset + "/$links/ParentAssets('" + kId + "')").navigation_key == kId);
  CHECK(target(asset + "/Publish").kind == TargetKind::kAction);
  CHECK(target("/api/EncodingReservedUnitTypes(guid'0A0B0C0D-0000-0000-0000-000000000001')").root_key ==
        "0a0b0c0d-0000-0000-0000-000000000001");
  CHECK(target("/api/StorageAccounts('name')").root_key == "name");
  CHECK(target("/api/StorageAccounts('it''s/a%2Fb')").root_key == "it's/a/b");
  CHECK(target("/api/StorageAccounts(Name='x')").root_key == "x");
}

TEST_CASE("internal properties, hidden sets and unknown names are not found", "[unit][schema]") {
  const std::string locator = "/api/Locators('nb:lid:UUID:0a0b0c0d-0000-0000-0000-000000000001')";
  CHECK(error(locator + "/permissions") == ErrorCode::kNotFound);
  CHECK(error("/api/MediaAccounts") == ErrorCode::kNotFound);
  CHECK(error("/api/Assets/Files") == ErrorCode::kNotFound);
  CHECK(error("/api/Assets/$count/x") == ErrorCode::kNotFound);
  CHECK(error(locator + "/Name/Name") == ErrorCode::kNotFound);
  CHECK(error(locator + "/$links") == ErrorCode::kNotFound);
  CHECK(error("/other/Assets") == ErrorCode::kNotFound);
  CHECK(error("/") == ErrorCode::kNotFound);
}

TEST_CASE("malformed keys and hostile paths are refused", "[unit][schema]") {
  for (const auto* bad : {"/api/Assets('x", "/api/Assets('x'", "/api/Assets(x'y')", "/api/Assets('x')y",
                          "/api/Assets('x'y)", "/api/Assets('')", "/api/Assets('nb:cid:UUID:x')", "/api/Assets(')",
                          "/api/%zz", "/api/%00", "/api/%c0%80", "/api/Assets('a'b'c')"}) {
    CHECK(error(bad) == ErrorCode::kInvalidArgument);
  }
  CHECK(error("/api/" + std::string(9000, 'x')) == ErrorCode::kInvalidArgument);
  std::string deep = "/api";
  for (int i = 0; i < 40; ++i) deep += "/x";
  CHECK(error(deep) == ErrorCode::kInvalidArgument);
}

TEST_CASE("a reference is its last Set('key')", "[unit][schema]") {
  for (const auto* uri :
       {"https://media.windows.net/API%2FAssets%28%27nb%3Acid%3AUUID%3A0A0B0C0D-0000-0000-0000-000000000001%27%29",
        "http://h/api/Jobs('x')/Assets('nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001')",
        "Assets('nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001')"}) {
    const auto reference = parse_reference(uri);
    REQUIRE(reference);
    CHECK(reference->type->name == "Asset");
    CHECK(reference->key == kId);
  }
  for (const auto* bad : {"", "Assets", "Assets()", "Nothing('x')", "Assets('x')", "http://h/(x)", ")(", "%"})
    CHECK_FALSE(parse_reference(bad));
}

TEST_CASE("an entity's address can be parsed back", "[unit][schema]") {
  const auto& storage = *model::find_entity_set("StorageAccounts");
  const auto path = entity_path(storage, "it's 100%/x");
  CHECK(path == "StorageAccounts('it%27%27s%20100%25%2Fx')");
  CHECK(target("/api/" + path).root_key == "it's 100%/x");
  CHECK(normalize_any_id("nb:mpid:UUID:FF4DF607-D419-42F0-BC17-A481B1331E56") ==
        "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56");
  CHECK(normalize_any_id("nb:mpid:UUID:no") == "nb:mpid:UUID:no");
}
