// $batch as the .NET, Java and PHP clients send it (api.md 4.4, 4.5).
#include "schema/base/text.hpp"
#include "schema/odata/batch_reader.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

#include <algorithm>

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;
using lazulite::test::Fields;

namespace {

constexpr const char* kEncoder = "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56";

std::string atom(const std::string& properties, const std::string& links = {}) {
  return fmt::format(
      R"(<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" )"
      R"(xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">{}<content type="application/xml">)"
      R"(<m:properties>{}</m:properties></content></entry>)",
      links, properties);
}

std::string job_entry(const std::vector<std::string>& inputs, const std::string& name = "job") {
  std::string links;
  for (const auto& each : inputs) {
    links += fmt::format(
        R"(<link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/InputMediaAssets" )"
        R"x(type="application/atom+xml;type=feed" title="InputAssets" href="https://media.windows.net/api/Assets('{}')"/>)x",
        percent_encode(each));
  }
  return atom("<d:Name>" + name + "</d:Name>", links);
}
std::string task_body(int output) {
  return fmt::format(
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset({})</outputAsset></taskBody>",
      output);
}
std::string task_entry(int output, const std::string& processor = kEncoder) {
  return atom(
      fmt::format("<d:Configuration>x</d:Configuration><d:MediaProcessorId>{}</d:MediaProcessorId>"
                  "<d:Name>t{}</d:Name><d:TaskBody>{}</d:TaskBody>",
                  processor, output, xml_escape(task_body(output))));
}

struct Part {
  std::string line, body;
  std::string id = {};
  std::string type = "application/atom+xml";
  std::string accept = {};
};

std::string changeset(const std::vector<Part>& parts, const std::string& end = "\r\n") {
  std::string out = "--batch_1" + end + "Content-Type: multipart/mixed;" + end + " boundary=\"cs\"" + end + end;
  for (const auto& each : parts) {
    out += "--cs" + end + "Content-Type: application/http" + end + "Content-Transfer-Encoding: binary" + end + end;
    out += each.line + " HTTP/1.1" + end;
    if (!each.id.empty()) out += "Content-ID: " + each.id + end;
    if (!each.accept.empty()) out += "Accept: " + each.accept + end;
    if (!each.body.empty()) out += "Content-Type: " + each.type + end;
    out += end + each.body + end;
  }
  return out + "--cs--" + end;
}

Answer send(Api& api, const std::string& batch) {
  return api.post("$batch", batch + "--batch_1--\r\n",
                  {{"Content-Type", "multipart/mixed;\r\n boundary=\"batch_1\""},
                   {"Accept", "multipart/mixed"},
                   {"x-ms-version", "2.19"}});
}

struct Reply {
  unsigned status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};
struct Group {
  bool changeset = false;
  std::vector<Reply> replies;
};

// The answer, read like a client would: status lines have the shape of request lines when "HTTP/1.1 " is put behind.
std::vector<Group> replies(const Answer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  CHECK(answer.header("DataServiceVersion") == "1.0;");
  CHECK_THAT(answer.header("Content-Type"), Catch::StartsWith("multipart/mixed; boundary=batchresponse_"));
  std::string text = answer.body;
  for (auto at = text.find("HTTP/1.1 "); at != std::string::npos; at = text.find("HTTP/1.1 ", at + 20))
    text.insert(text.find("\r\n", at), " HTTP/1.1");
  const auto parts = odata::read_batch(answer.header("Content-Type"), text);
  REQUIRE(parts);
  std::vector<Group> out;
  for (const auto& part : *parts) {
    Group group{part.changeset, {}};
    for (const auto& each : part.requests) {
      Reply reply;
      reply.status = static_cast<unsigned>(std::stoul(each.uri));
      for (const auto& [name, value] : each.headers) reply.headers[name] = value;
      reply.body = each.body;
      group.replies.push_back(std::move(reply));
    }
    out.push_back(std::move(group));
  }
  return out;
}

std::string add_input(Api& api) {
  auto id = api.create_asset("in");
  REQUIRE(api.post("Files", fmt::format(R"({{"Name":"a.mp4","ParentAssetId":"{}"}})", id)).status == 201);
  return id;
}

std::string id_at(const Reply& reply) {
  const auto decoded = percent_decode(reply.headers.at("Location")).value();
  const auto open = decoded.find("('");
  return decoded.substr(open + 2, decoded.size() - open - 4);
}

}  // namespace

TEST_CASE("rules 12 to 14: a job and its tasks in one changeset are answered part by part", "[unit][server]") {
  for (const std::string& end : std::vector<std::string>{"\r\n", "\n"}) {
    for (const std::string& task_uri :
         std::vector<std::string>{"https://h.example/api/$1/Tasks", "http://h/api//$1/Tasks", "/api/$1/Tasks",
                                  "$1/Tasks", "/$1/Tasks", "https://h/api/%241/Tasks"}) {
      INFO(task_uri);
      Api api;
      const auto first = add_input(api);
      const auto second = add_input(api);
      const auto groups =
          replies(send(api, changeset({{"POST https://h.example/api//Jobs", job_entry({second, first}), "1"},
                                       {"POST " + task_uri, task_entry(0), "7", "application/atom+xml;type=entry"},
                                       {"POST " + task_uri, task_entry(1), "9"}},
                                      end)));
      REQUIRE(groups.size() == 1);
      CHECK(groups[0].changeset);
      const auto& parts = groups[0].replies;
      REQUIRE(parts.size() == 3);
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(parts[i].status == 201);
        CHECK(parts[i].headers.at("Content-ID") == std::vector<std::string>{"1", "7", "9"}[i]);
        CHECK(parts[i].headers.at("Content-Type") == "application/atom+xml;type=entry;charset=utf-8");
        CHECK(parts[i].headers.at("DataServiceVersion") == "3.0;");
        CHECK(parts[i].headers.at("X-Content-Type-Options") == "nosniff");
        CHECK(parts[i].headers.at("Cache-Control") == "no-cache");
      }
      const auto job = id_at(parts[0]);
      CHECK(parts[0].headers.at("Location").starts_with("http://127.0.0.1:8080/api/Jobs('nb%3Ajid%3AUUID%3A"));
      CHECK(parts[1].headers.at("Location").starts_with("http://127.0.0.1:8080/api/Tasks('nb%3Atid%3AUUID%3A"));
      CHECK_THAT(parts[1].body, Catch::Contains("<d:Name>t0</d:Name>"));
      CHECK_THAT(parts[2].body, Catch::Contains("<d:Name>t1</d:Name>"));
      const auto tasks = api.get("Jobs('" + job + "')/Tasks");
      REQUIRE(tasks.size("value") == 2);
      CHECK(tasks.at("value.1.Id") == id_at(parts[2]));
      const auto inputs = api.get("Jobs('" + job + "')/InputMediaAssets");
      CHECK(inputs.at("value.0.Id") == second);  // the links' order counts
      CHECK(api.get("Jobs('" + job + "')/OutputMediaAssets").size("value") == 2);
      CHECK(api.jobs_changed == 1);
    }
  }
}

TEST_CASE("rule 15: boundary is the last parameter and bare", "[unit][server]") {
  Api api;
  const auto answer = send(api, changeset({{"POST Assets", atom("<d:Name>n</d:Name>"), "1"}}));
  const auto type = answer.header("Content-Type");
  const auto boundary = type.substr(type.find("boundary=") + 9);
  CHECK(boundary.find_first_of("\"; ") == std::string::npos);
  CHECK(answer.body.starts_with("--" + boundary + "\r\n"));
  CHECK(answer.body.ends_with("--" + boundary + "--\r\n"));
}

TEST_CASE("a changeset that fails changes nothing and is answered by the one part at fault", "[unit][server]") {
  Api api;
  const auto input = add_input(api);
  const auto containers = api.blobs.containers;
  const auto failed = [&](const std::vector<Part>& parts, unsigned status) {
    const auto groups = replies(send(api, changeset(parts)));
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].changeset);
    REQUIRE(groups[0].replies.size() == 1);
    const auto& part = groups[0].replies[0];
    INFO(part.body);
    CHECK(part.status == status);
    CHECK(std::any_of(parts.begin(), parts.end(),
                      [&part](const Part& each) { return each.id == part.headers.at("Content-ID"); }));
    CHECK(part.headers.at("Content-Type") == "application/xml;charset=utf-8");
    CHECK_THAT(part.body, Catch::Contains("<m:error ") && Catch::Contains("<m:message xml:lang=\"en-US\">"));
  };
  const Part job{"POST Jobs", job_entry({input}), "1"};
  const Part asset{"POST Assets", atom("<d:Name>before</d:Name>"), "5"};
  const auto unknown = "nb:mpid:UUID:00000000-0000-0000-0000-000000000001";
  failed({asset, job, {"POST $1/Tasks", task_entry(0, unknown), "2"}}, 404);
  failed({asset, job}, 400);  // no task
  failed({asset, job, {"POST $2/Tasks", task_entry(0), "3"}}, 400);
  failed({asset, job, {"POST $1/Tasks", atom("<d:Nmae>x</d:Nmae>"), "2"}}, 400);
  failed({asset, job, {"POST $1/Tasks", "<broken", "2"}}, 400);
  failed({asset, job, {"POST $1/Nothing", task_entry(0), "2"}}, 404);
  failed({{"POST $1/Tasks", task_entry(0), "2"}, job}, 400);  // refers forward
  failed({asset, {"POST Assets", atom("<d:Name>b</d:Name>"), "5"}}, 400);
  failed({asset, {"POST Tasks", task_entry(0), "2"}}, 405);
  failed({asset, {"GET Assets", "", "2", "", "application/atom+xml"}}, 400);
  failed({asset,
          {"DELETE Assets('nb:cid:UUID:00000000-0000-0000-0000-000000000001')", "", "2", "", "application/atom+xml"}},
         404);
  CHECK(api.get("Assets/$count").body == "1");
  CHECK(api.get("Jobs/$count").body == "0");
  CHECK(api.blobs.containers == containers);
  CHECK(api.jobs_changed == 0);
}

TEST_CASE("$n is the entity of an earlier operation, also for what may be created alone", "[unit][server]") {
  Api api;
  const auto groups = replies(send(api, changeset({{"POST Assets", atom("<d:Name>a</d:Name>"), "1"},
                                                   {"POST $1/Files", atom("<d:Name>f.mp4</d:Name>"), "2"},
                                                   {"MERGE http://h/api/$1", atom("<d:Name>renamed</d:Name>"), "3"},
                                                   {"DELETE $2", "", "4"}})));
  REQUIRE(groups.size() == 1);
  INFO(groups[0].replies[0].body);
  REQUIRE(groups[0].replies.size() == 4);
  CHECK(groups[0].replies[1].status == 201);
  CHECK(groups[0].replies[2].status == 204);
  CHECK(groups[0].replies[3].status == 204);
  CHECK(groups[0].replies[3].headers.at("Content-ID") == "4");
  CHECK(api.get("Assets").at("value.0.Name") == "renamed");
  CHECK(api.get("Files/$count").body == "0");
}

TEST_CASE("each body of a changeset has its own dialect, and its answer too", "[unit][server]") {
  Api api;
  const auto input = add_input(api);
  const auto job =
      fmt::format(R"json({{"Name":"j","InputMediaAssets@odata.bind":["https://h/api/Assets('{}')"]}})json", input);
  const auto task =
      fmt::format(R"({{"MediaProcessorId":"{}","Configuration":"x","TaskBody":"{}"}})", kEncoder, task_body(0));
  const auto groups = replies(send(api, changeset({{"POST Jobs", job, "1", "application/json"},
                                                   {"POST $1/Tasks", task, "2", "application/json;odata=verbose"}})));
  REQUIRE(groups.size() == 1);
  INFO(groups[0].replies[0].body);
  REQUIRE(groups[0].replies.size() == 2);
  CHECK_THAT(groups[0].replies[0].headers.at("Content-Type"), Catch::Contains("odata=minimalmetadata"));
  CHECK_THAT(groups[0].replies[1].body, Catch::StartsWith("{\"d\":{\"__metadata\""));
}

TEST_CASE("inline tasks and posted ones join in their order", "[unit][server]") {
  Api api;
  const auto input = add_input(api);
  const auto job = fmt::format(
      R"json({{"InputMediaAssets@odata.bind":["Assets('{}')"],"Tasks":[{{"Name":"inline","MediaProcessorId":"{}","TaskBody":"{}"}}]}})json",
      input, kEncoder, task_body(0));
  const auto groups = replies(
      send(api, changeset({{"POST Jobs", job, "1", "application/json"}, {"POST $1/Tasks", task_entry(1), "2"}})));
  REQUIRE(groups[0].replies.size() == 2);
  CHECK_THAT(groups[0].replies[1].body, Catch::Contains("<d:Name>t1</d:Name>"));
}

TEST_CASE("a job template and its task templates in one changeset, as .NET and PHP save them", "[unit][server]") {
  Api api;
  const std::string first = "nb:ttid:UUID:00000000-0000-0000-0000-00000000000a";
  const std::string body = "<jobTemplate><taskBody taskTemplateId=\"" + first +
                           "\"><inputAsset>JobInputAsset(0)"
                           "</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody></jobTemplate>";
  const auto task =
      atom(fmt::format("<d:Id>{}</d:Id><d:MediaProcessorId>{}</d:MediaProcessorId><d:NumberofInputAssets>1"
                       "</d:NumberofInputAssets><d:NumberofOutputAssets>1</d:NumberofOutputAssets>",
                       to_upper(first.substr(13)).insert(0, "nb:ttid:UUID:"), kEncoder));
  const auto groups = replies(send(
      api, changeset({{"POST https://h/api/JobTemplates",
                       atom("<d:Name>n</d:Name><d:JobTemplateBody>" + xml_escape(body) + "</d:JobTemplateBody>"), "3"},
                      {"POST https://h/api/$3/TaskTemplates", task, "8"}})));
  REQUIRE(groups.size() == 1);
  REQUIRE(groups[0].replies.size() == 2);
  INFO(groups[0].replies[0].body);
  CHECK(groups[0].replies[0].status == 201);
  CHECK(groups[0].replies[1].status == 201);
  CHECK(id_at(groups[0].replies[1]) == first);
  CHECK(api.get(fmt::format("JobTemplates('{}')/TaskTemplates", id_at(groups[0].replies[0]))).size("value") == 1);
}

TEST_CASE("queries and lone changes outside of a changeset are answered one by one", "[unit][server]") {
  Api api;
  const auto id = api.create_asset("x");
  const auto single = [](const std::string& text) {
    return "--batch_1\r\nContent-Type: application/http\r\n\r\n" + text + "\r\n";
  };
  const auto groups =
      replies(send(api, single("GET /api/Assets?$filter=Name eq 'x' HTTP/1.1\r\nAccept: application/atom+xml\r\n") +
                            single("GET Assets('nope') HTTP/1.1\r\nAccept: application/json\r\n") +
                            single("DELETE Assets('" + id + "') HTTP/1.1\r\n") + single("GET $metadata HTTP/1.1\r\n") +
                            single("POST $batch HTTP/1.1\r\n") +
                            single("GET Assets HTTP/1.1\r\nx-ms-version: 9\r\nHost: evil.example\r\n")));
  REQUIRE(groups.size() == 6);
  CHECK(groups[0].replies[0].status == 200);
  CHECK_THAT(groups[0].replies[0].body, Catch::Contains("<d:Name>x</d:Name>"));
  CHECK(groups[1].replies[0].status == 400);
  CHECK_THAT(groups[1].replies[0].body, Catch::Contains("odata.error"));
  CHECK(groups[2].replies[0].status == 204);
  CHECK(groups[3].replies[0].status == 400);
  CHECK(groups[4].replies[0].status == 400);
  CHECK(groups[5].replies[0].status == 400);
  CHECK(api.get("Assets/$count").body == "0");
}

TEST_CASE("a malformed envelope is 400 and a batch without a token 401", "[unit][server]") {
  Api api;
  CHECK(api.post("$batch", "{}", {{"Content-Type", "application/json"}}).status == 400);
  const auto cut = api.post("$batch", "--b\r\nContent-Type: application/http\r\n\r\nPOST Assets HTTP/1.1\r\n\r\n{}",
                            {{"Content-Type", "multipart/mixed; boundary=b"}, {"Accept", "multipart/mixed"}});
  CHECK(cut.status == 400);
  CHECK(cut.header("Content-Type") == "application/xml;charset=utf-8");
  CHECK(api.raw("POST", "/api/$batch", "--b--", {{"Content-Type", "multipart/mixed; boundary=b"}}, {}).status == 401);
  CHECK(api.get("$batch").status == 405);
  CHECK(api.get("Assets/$count").body == "0");
}
