#include "schema/odata/query_options.hpp"

#include "schema/entities/asset.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::odata;

namespace {

Result<QueryOptions> parse(std::string_view query) {
  INFO(query);
  LAZULITE_TRY(const auto raw, split_query(query));
  return parse_query_options(kAsset, raw);
}

}  // namespace

TEST_CASE("system options are read, their names in any case, spaces as + or %20", "[unit][schema]") {
  const auto options = parse(
      "$FILTER=Name+eq%20'a%2Bb'&$Top=5&$skip=%2010&$orderby=Name%20desc,Created&$select=Id,Name,Files&$expand=Files,"
      "Locators&$inlinecount=allpages&$skiptoken='t'");
  REQUIRE(options);
  CHECK(*options->filter->operands[1].value.as<std::string>() == "a+b");
  CHECK(options->top == 5);
  CHECK(options->skip == 10);
  REQUIRE(options->order.size() == 2);
  CHECK(options->order[0].descending);
  CHECK_FALSE(options->order[1].descending);
  CHECK(options->selection.properties.size() == 2);
  CHECK(options->selection.navigations.size() == 1);
  CHECK(options->expand.size() == 2);
  CHECK(options->inline_count);
  CHECK(options->skip_token == "'t'");
}

TEST_CASE("empty and unknown custom options do no harm", "[unit][schema]") {
  REQUIRE(parse("&&$filter=&keepContainer=true&x&=y"));
  const auto raw = split_query("KeepContainer=TRUE&api-version=2.19");
  REQUIRE(raw);
  CHECK(*find_option(*raw, "keepcontainer") == "TRUE");
  CHECK(find_option(*raw, "nothing") == nullptr);
}

TEST_CASE("bad options are refused", "[unit][schema]") {
  std::string many;
  for (int i = 0; i < 100; ++i) many += fmt::format("a{}=1&", i);
  std::string keys = "$orderby=Name";
  for (int i = 0; i < 30; ++i) keys += ",Name";
  for (const auto& bad :
       {std::string{"$top=x"}, std::string{"$top=-1"}, std::string{"$skip=1.5"}, std::string{"$nothing=1"},
        std::string{"$top=1&$TOP=2"}, std::string{"$orderby=Name,"}, std::string{"$orderby=permissions"},
        std::string{"$select=Name,,"}, std::string{"$expand=Name"}, std::string{"$inlinecount=some"},
        std::string{"a=%"}, std::string{"a=%ff"}, std::string{"a=%00"}, many, keys}) {
    CHECK_FALSE(parse(bad));
  }
}

TEST_CASE("function arguments: strings in quotes, numbers bare", "[unit][schema]") {
  static constexpr model::FunctionParameter kParameters[] = {{"jobId", model::EdmType::kString},
                                                             {"contentKeyType", model::EdmType::kInt32}};
  const model::Function function{"F", "", kParameters, ""};
  const auto parse_arguments = [&](std::string_view query) {
    return parse_function_arguments(function, split_query(query).value());
  };
  const auto arguments = parse_arguments("JOBID='nb%3ajid''s'&contentkeytype=1");
  REQUIRE(arguments);
  CHECK(*arguments->at(0).as<std::string>() == "nb:jid's");
  CHECK(*arguments->at(1).as<std::int64_t>() == 1);
  CHECK(parse_arguments("jobid=''&contentkeytype='7'"));
  for (const auto* bad : {"jobid='x'", "jobid=x&contentkeytype=1", "jobid='x&contentkeytype=1",
                          "jobid='x'y&contentkeytype=1", "jobid='x'&contentkeytype=z", "jobid=null&contentkeytype=1"}) {
    INFO(bad);
    CHECK_FALSE(parse_arguments(bad));
  }
}
