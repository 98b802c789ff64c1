#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/locator.hpp"
#include "schema/odata/filter_evaluate.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::odata;

namespace {

model::Record sample() {
  Asset asset;
  asset.id = "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001";
  asset.name = "Big Buck Bunny";
  asset.options = AssetOptions::kStorageEncrypted;
  asset.created = parse_time("2024-02-29T23:59:58.5Z").value();
  return model::to_record(asset);
}

bool holds(std::string_view filter) {
  INFO(filter);
  const auto parsed = parse_filter(kAsset, filter);
  REQUIRE(parsed);
  return matches(*parsed, sample());
}

std::string refusal(std::string_view filter, const model::EntityType& type = kAsset) {
  INFO(filter);
  const auto parsed = parse_filter(type, filter);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::kInvalidArgument);
  return parsed.error().message;
}

}  // namespace

TEST_CASE("comparisons, precedence and parentheses", "[unit][schema]") {
  CHECK(holds("Name eq 'Big Buck Bunny'"));
  CHECK_FALSE(holds("Name eq 'big buck bunny'"));
  CHECK(holds("Name ne 'x' and Options eq 1"));
  CHECK(holds("Options eq 5 and Name eq 'x' or Options eq 1"));
  CHECK_FALSE(holds("Options eq 5 and (Name eq 'x' or Options eq 1)"));
  CHECK(holds("not (Options eq 5)"));
  CHECK(holds("not not (Options eq 1)"));
  CHECK(holds("(Name eq 'Big Buck Bunny')"));
  CHECK(holds("1 eq Options"));
  CHECK(holds("Options ge 1 and Options le 1L and Options gt 0.5 and Options lt 1.5d"));
  CHECK(holds("Options gt -1"));
  CHECK(holds("true"));
  CHECK(holds("true or false"));
}

TEST_CASE("null is equal to null only, and different from every value", "[unit][schema]") {
  CHECK(holds("AlternateId eq null"));
  CHECK(holds("null eq AlternateId"));
  CHECK_FALSE(holds("AlternateId ne null"));
  CHECK(holds("AlternateId ne 'x'"));
  CHECK_FALSE(holds("AlternateId eq 'x'"));
  CHECK(holds("not (AlternateId eq 'x')"));
  CHECK_FALSE(holds("AlternateId gt 'a'"));
  CHECK_FALSE(holds("startswith(AlternateId,'a')"));
  CHECK(holds("not startswith(AlternateId,'a')"));
  CHECK(holds("null eq null"));
}

TEST_CASE("functions", "[unit][schema]") {
  CHECK(holds("startswith(Name, 'Big')"));
  CHECK(holds("startswith(Name,'Big') eq true"));
  CHECK(holds("startswith(Name,'big') eq false"));
  CHECK(holds("endswith(Name,'Bunny')"));
  CHECK(holds("substringof('Buck',Name)"));
  CHECK(holds("length(Name) eq 14"));
  CHECK(holds("tolower(Name) eq 'big buck bunny'"));
  CHECK(holds("toupper(Name) eq 'BIG BUCK BUNNY'"));
  CHECK(holds("trim(concat('  ', Name)) eq Name"));
  CHECK(holds("indexof(Name,'Buck') eq 4"));
  CHECK(holds("indexof(Name,'nothing') eq -1"));
  CHECK(holds("replace(Name,'Buck','Bad') eq 'Big Bad Bunny'"));
  CHECK(holds("substring(Name,4) eq 'Buck Bunny'"));
  CHECK(holds("substring(Name,4,4) eq 'Buck'"));
  CHECK(holds("substring(Name,400) eq ''"));
  CHECK(holds("year(Created) eq 2024 and month(Created) eq 2 and day(Created) eq 29"));
  CHECK(holds("hour(Created) eq 23 and minute(Created) eq 59 and second(Created) eq 58"));
  CHECK(holds("cast(Options,'Edm.Int32') eq 1"));
  CHECK(holds("length('\xC3\xA9') eq 1"));
}

TEST_CASE("literals are brought to the type they are compared with", "[unit][schema]") {
  CHECK(holds("Created gt datetime'2024-02-29T23:59:58'"));
  CHECK(holds("Created eq datetime'2024-02-29T23:59:58.500Z'"));
  CHECK(holds("Created lt '2024-03-01'"));
  CHECK(holds("Options eq '1'"));
  CHECK(holds("Id eq 'nb:cid:UUID:0A0B0C0D-0000-0000-0000-000000000001'"));
  CHECK(holds("Name ne 'it''s'"));
  const auto file = parse_filter(
      kAssetFile, "IsPrimary eq 1 and ParentAssetId eq 'nb:cid:UUID:0A0B0C0D-0000-0000-0000-000000000001'");
  REQUIRE(file);
  CHECK(*file->operands[1].operands[1].value.as<std::string>() == "nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001");
  CHECK(parse_filter(kAssetFile, "IsPrimary"));
  CHECK(parse_filter(kAssetFile, "not IsPrimary and ContentFileSize gt 5000000000"));
}

TEST_CASE("what is no condition over the type is refused", "[unit][schema]") {
  for (const auto* bad : {"",
                          " ",
                          "Name",
                          "5",
                          "'x'",
                          "null",
                          "Name eq",
                          "eq 'x'",
                          "Name eq 'x",
                          "Name 'x'",
                          "Name eq 'x' and",
                          "(Name eq 'x'",
                          "Name eq 'x')",
                          "Name like 'x'",
                          "Nonsense eq 1",
                          "name eq 'x'",
                          "Name eq 1 2",
                          "Name eq datetime'x'",
                          "Options eq 'x'",
                          "Name eq 5",
                          "Created eq 5",
                          "length(5) eq 1",
                          "length() eq 1",
                          "length(Name,Name) eq 1",
                          "startswith(Name)",
                          "nofunction(Name)",
                          "substring(Name,'x') eq ''",
                          "substring(Name,-1) eq ''",
                          "year(Name) eq 1",
                          "Id eq ''",
                          "Id eq 'x'",
                          "Name and true",
                          "not Name",
                          "Options add 1 eq 2",
                          "guid'x' eq Id",
                          "Options eq 99999999999999999999",
                          "Name eq 'x' ; drop",
                          "cast(Name) eq 'x'",
                          "foo'x' eq Name",
                          "-Options eq 1",
                          "Asset/Id eq 'x'",
                          "1e999 eq Options",
                          "Name eq \"x\""}) {
    refusal(bad);
  }
  CHECK_THAT(refusal("permissions eq 1", kLocator), Catch::Contains("permissions"));
  refusal("JobNotificationSubscriptions eq null", kJob);
  CHECK_THAT(refusal("Options add 1 eq 2"), Catch::Contains("'add' is not supported"));
}

TEST_CASE("hostile filters are bounded", "[unit][schema]") {
  CHECK(parse_filter(kAsset, std::string(40, '(') + "true" + std::string(40, ')')));
  refusal(std::string(60, '(') + "true" + std::string(60, ')'));
  refusal(std::string(10'000, '('));
  std::string nots;
  for (int i = 0; i < 3000; ++i) nots += "not ";
  refusal(nots + "true");
  std::string chain = "Options eq 0";
  for (int i = 0; i < 299; ++i) chain += " or Options eq 1";
  CHECK(parse_filter(kAsset, chain));
  refusal(chain + " or Options eq 1");
  refusal("Name eq '" + std::string(20'000, 'x') + "'");
  refusal(std::string_view{"Name eq '\0'", 11});
  refusal("Name eq '\xff'");
  std::string nested = "Name";
  for (int i = 0; i < 200; ++i) nested = "tolower(" + nested + ")";
  refusal(nested + " eq 'x'");
}
