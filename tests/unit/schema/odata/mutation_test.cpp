// Valid texts, broken at random places in a repeatable way: every parser of foreign text must answer, with a value or
// with InvalidArgument.
#include "schema/entities/asset.hpp"
#include "schema/entities/job.hpp"
#include "schema/odata/batch_reader.hpp"
#include "schema/odata/body_reader.hpp"
#include "schema/odata/query_options.hpp"
#include "schema/odata/target_parser.hpp"
#include "tests/support/result.hpp"

#include <random>

using namespace lazulite;
using namespace lazulite::odata;

namespace {

constexpr int kRounds = 3000;

std::string mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "'\"()[]{},:;/\\%$&=+-.0123456789eEuLx \n\0\xff\xc3";
  for (int times = static_cast<int>(random() % 4) + 1; times > 0 && !text.empty(); --times) {
    const auto at = random() % text.size();
    const auto byte = kBytes[random() % kBytes.size()];
    switch (random() % 4) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, random() % 5 + 1);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), 12));
    }
  }
  return text;
}

template <class Parse>
void survive(std::initializer_list<const char*> seeds, Parse parse) {
  std::mt19937 random(20240501);
  int refused = 0;
  for (const auto* seed : seeds) {
    REQUIRE(parse(seed));
    for (int i = 0; i < kRounds; ++i) {
      const auto text = mutated(seed, random);
      const auto result = parse(text);
      if (result) continue;
      ++refused;
      INFO(text);
      const bool expected = result.error().code == ErrorCode::kInvalidArgument ||
                            result.error().code == ErrorCode::kNotFound ||
                            result.error().code == ErrorCode::kUnsupported;
      if (!expected) FAIL_CHECK(result.error().message);
    }
  }
  CHECK(refused > kRounds / 10);  // the mutations do break something
}

}  // namespace

TEST_CASE("broken paths and references are answered", "[unit][schema][fuzz]") {
  survive({"/api/Assets('nb%3Acid%3AUUID%3A0a0b0c0d-0000-0000-0000-000000000001')/$links/"
           "ParentAssets('nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000002')",
           "/api/StorageAccounts('it''s')/Name/$value",
           "/api//EncodingReservedUnitTypes(guid'0a0b0c0d-0000-0000-0000-000000000001')"},
          [](const std::string& text) { return parse_target(text); });
  survive({"https://h/API%2FAssets%28%27nb%3Acid%3AUUID%3A0a0b0c0d-0000-0000-0000-000000000001%27%29"},
          [](const std::string& text) { return parse_reference(text); });
}

TEST_CASE("broken queries are answered", "[unit][schema][fuzz]") {
  survive({"$filter=(startswith(Name,'a''b') eq true or Created gt datetime'2024-01-01T00:00:00Z') and not "
           "(length(Name) le 5L)&$top=1",
           "$filter=substring(tolower(concat(Name,'x')),1,2) ne null and Options ge 1.5e0&$orderby=Name "
           "desc,Created&$select=Id,Files&$expand=Files"},
          [](const std::string& text) -> Result<QueryOptions> {
            LAZULITE_TRY(const auto raw, split_query(text));
            return parse_query_options(kAsset, raw);
          });
}

TEST_CASE("broken bodies are answered", "[unit][schema][fuzz]") {
  survive(
      {R"({"Name":"j\u00e9\ud83d\ude00","Priority":"-5","InputMediaAssets":[{"__metadata":{"uri":"Assets%28%27nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001%27%29"}}],
"Tasks":{"results":[{"TaskBody":"<t/>","Options":1.0,"TaskNotificationSubscriptions":[{"TargetTaskState":2,"IncludeTaskProgress":"true"}]}]}})",
       R"({'d':{'Name':'raw	tab','JobNotificationSubscriptions':[{'TargetJobState':1,'NotificationEndPointId':null,},],}})"},
      [](const std::string& text) { return read_entity(kJob, text); });
}

TEST_CASE("broken XML bodies are answered", "[unit][schema][fuzz]") {
  survive(
      {R"(<a:entry xmlns:a="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
       R"(xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><a:link )"
       R"(rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/InputMediaAssets" )"
       R"(href="Assets%28%27nb:cid:UUID:0a0b0c0d-0000-0000-0000-000000000001%27%29"/><a:content><m:properties>)"
       R"(<d:Name>j</d:Name><d:Priority m:type="Edm.Int32">-5</d:Priority><d:JobNotificationSubscriptions><d:element>)"
       R"(<d:TargetJobState>1</d:TargetJobState><d:NotificationEndPointId m:null="true"/></d:element>)"
       R"(</d:JobNotificationSubscriptions></m:properties></a:content></a:entry>)"},
      [](const std::string& text) { return read_entity(kJob, text); });
}

TEST_CASE("broken batches are answered", "[unit][schema][fuzz]") {
  survive({"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n"
           "Content-ID: 1\r\n\r\nPOST https://h/api/Jobs HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{}\r\n"
           "--c--\r\n--b--\r\n"},
          [](const std::string& text) { return read_batch("multipart/mixed; boundary=b", text); });
}
