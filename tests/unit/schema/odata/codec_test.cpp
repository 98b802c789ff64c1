#include "schema/odata/codec.hpp"

#include "schema/entities/asset.hpp"
#include "schema/entities/task.hpp"
#include "schema/odata/edmx_writer.hpp"
#include "schema/odata/json_reader.hpp"
#include "schema/odata/value_text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <pugixml.hpp>

#include <cstdlib>
#include <filesystem>

using namespace lazulite;
using namespace lazulite::odata;

namespace {

// Compares with a file under tests/golden; LAZULITE_UPDATE_GOLDEN=1 writes it anew.
void check_golden(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::path{LAZULITE_SOURCE_DIR} / "tests/golden" / name;
  if (std::getenv("LAZULITE_UPDATE_GOLDEN") != nullptr) test::write_text(path, text);
  INFO(path);
  REQUIRE(std::filesystem::exists(path));
  CHECK(test::read_text(path) == text);
}

Entry asset_entry() {
  Asset asset;
  asset.id = "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001";
  asset.created = parse_time("2024-05-01T10:00:00.123456Z").value();
  asset.last_modified = parse_time("2024-05-01T10:00:00Z").value();
  asset.name = "a \"quoted\" \\ name\n\x01 \xC3\xA9 'x'";
  asset.uri = "http://127.0.0.1:10000/store/asset-0a0b0c0d-0000-0000-0000-000000000001";
  asset.storage_account_name = "store";
  return {model::to_record(asset), {}};
}

Entry task_entry() {
  JobTask task;
  task.id = "nb:tid:UUID:0a0b0c0d-0000-0000-0000-000000000002";
  task.end_time = parse_time("2024-05-01T10:00:01.5Z").value();
  task.error_details = {{"ErrorParsingConfiguration", "bad"}};
  task.media_processor_id = "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56";
  task.task_body = "<taskBody/>";
  task.progress = 62.5;
  task.running_duration = 3e8;
  return {model::to_record(task), {}};
}

const WriteContext kContext{"http://127.0.0.1:8080/api/", MetadataLevel::kMinimal, {}};

std::string all_forms(const Codec& codec, MetadataLevel level) {
  WriteContext context = kContext;
  context.level = level;
  const std::vector<Entry> assets = {asset_entry()};
  const std::vector<Entry> tasks = {task_entry(), task_entry()};
  const auto& name = *kAsset.find_property("Name");
  const std::vector<std::string> uris = {"http://h/api/Files('1')", "http://h/api/Files('2')"};
  std::string out;
  for (const auto& text :
       {codec.entry(context, assets[0]), codec.entry(context, tasks[0]),
        codec.feed(context, kAsset, assets, {12, "http://h/next?a=1"}), codec.feed(context, kAsset, {}, {}),
        codec.feed(context, kTask, tasks, {}), codec.property(context, name, assets[0].record["Name"]),
        codec.property(context, *kTask.find_property("ErrorDetails"), tasks[0].record["ErrorDetails"]),
        codec.property(context, *kAsset.find_property("AlternateId"), {}), codec.link(context, uris[0]),
        codec.links(context, uris, {}),
        codec.function(context, model::Function{"GetProtectionKeyId", "", {}, "Edm.String"},
                       model::Value{std::string{"ABC"}}),
        codec.service_document(context), codec.error("It's \"wrong\".")}) {
    INFO(text);
    if (&codec == &atom_codec()) {
      CHECK(pugi::xml_document{}.load_buffer(text.data(), text.size()));
    } else {
      CHECK(read_json(text));
    }
    out += text + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("$metadata is as reviewed", "[unit][schema][golden]") {
  check_golden("metadata.xml", metadata_document());
  CHECK_THAT(metadata_document(),
             !Catch::Contains("primary_key") && !Catch::Contains("MediaAccount\"") && !Catch::Contains("job_id"));
}

TEST_CASE("JSON answers are as reviewed", "[unit][schema][golden]") {
  check_golden("json_verbose.txt", all_forms(json_verbose_codec(), MetadataLevel::kMinimal));
  check_golden("json_light_minimal.txt", all_forms(json_light_codec(), MetadataLevel::kMinimal));
  check_golden("json_light_full.txt", all_forms(json_light_codec(), MetadataLevel::kFull));
  check_golden("json_light_none.txt", all_forms(json_light_codec(), MetadataLevel::kNone));
}

TEST_CASE("Atom answers are as reviewed", "[unit][schema][golden]") {
  check_golden("atom.txt", all_forms(atom_codec(), MetadataLevel::kMinimal));
}

TEST_CASE("Atom entries carry what the clients read", "[unit][schema]") {
  const auto& codec = atom_codec();
  const auto text = codec.entry(kContext, asset_entry());
  constexpr const char* kPath = "Assets('nb%3Acid%3AUUID%3A0a0b0c0d-0000-0000-0000-000000000001')";
  CHECK_THAT(text, Catch::Contains("xml:base=\"http://127.0.0.1:8080/api/\"") &&
                       Catch::Contains(fmt::format("<id>http://127.0.0.1:8080/api/{}</id>", kPath)) &&
                       Catch::Contains(fmt::format("<link rel=\"edit\" title=\"Asset\" href=\"{}\"/>", kPath)) &&
                       Catch::Contains(fmt::format("related/Files\" type=\"application/atom+xml;type=feed\" "
                                                   "title=\"Files\" href=\"{}/Files\"/>",
                                                   kPath)) &&
                       Catch::Contains("type=entry\" title=\"StorageAccount\"") &&
                       Catch::Contains("<d:AlternateId m:null=\"true\"/>") &&
                       Catch::Contains("<d:Options m:type=\"Edm.Int32\">0</d:Options>") &&
                       Catch::Contains("<d:Created m:type=\"Edm.DateTime\">2024-05-01T10:00:00.123456Z</d:Created>"));
  CHECK(codec.content_type(Payload::kEntry, {}) == "application/atom+xml;type=entry;charset=utf-8");
  CHECK(codec.content_type(Payload::kFeed, {}) == "application/atom+xml;type=feed;charset=utf-8");
  CHECK(codec.content_type(Payload::kProperty, {}) == "application/xml;charset=utf-8");
  CHECK(codec.version(Payload::kEntry, &kAsset) == "1.0;");
  CHECK(codec.version(Payload::kFeed, &kAsset) == "1.0;");
  CHECK(codec.version(Payload::kFeed, &kTask) == "3.0;");
  CHECK(codec.version(Payload::kError, nullptr) == "1.0;");
}

TEST_CASE("an Atom entry of $expand holds the related entities inline", "[unit][schema]") {
  auto entry = asset_entry();
  entry.expansions.push_back({kAsset.find_navigation("ParentAssets"), {asset_entry()}});
  entry.expansions.push_back({kAsset.find_navigation("StorageAccount"), {}});
  const auto text = atom_codec().entry(kContext, entry);
  CHECK(pugi::xml_document{}.load_buffer(text.data(), text.size()));
  CHECK_THAT(text, Catch::Contains("/ParentAssets\"><m:inline><feed><id>") &&
                       Catch::Contains("/StorageAccount\"><m:inline></m:inline></link>"));
}

TEST_CASE("versions of verbose answers follow the payload, light ones are 3.0", "[unit][schema]") {
  const auto& verbose = json_verbose_codec();
  CHECK(verbose.version(Payload::kEntry, &kAsset) == "1.0;");
  CHECK(verbose.version(Payload::kFeed, &kAsset) == "2.0;");
  CHECK(verbose.version(Payload::kEntry, &kTask) == "3.0;");
  CHECK(verbose.version(Payload::kFeed, &kTask) == "3.0;");
  CHECK(verbose.version(Payload::kProperty, nullptr) == "1.0;");
  CHECK(json_light_codec().version(Payload::kEntry, &kAsset) == "3.0;");
}

TEST_CASE("errors in XML keep apostrophes and quotes, and escape markup", "[unit][schema]") {
  CHECK_THAT(error_xml("It's \"a\" <b> & c"), Catch::Contains(">It's \"a\" &lt;b&gt; &amp; c</m:message>"));
}

TEST_CASE("doubles are written shortest, without exponents where people read them", "[unit][schema]") {
  CHECK(double_text(440) == "440");
  CHECK(double_text(0) == "0");
  CHECK(double_text(0.1) == "0.1");
  CHECK(double_text(-62.5) == "-62.5");
  CHECK(double_text(3e8) == "300000000");
  CHECK(double_text(1e15) == "1000000000000000");
  for (const double each : {1e300, 1.0 / 3, 1e-7, 123456789.125})
    CHECK(parse_value(model::EdmType::kDouble, double_text(each)).value() == model::Value{each});
}
