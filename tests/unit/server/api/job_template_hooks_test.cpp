// Job templates, and jobs made from them (api.md 5.11, 5.12, processing.md 6.2).
#include "schema/base/text.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

constexpr std::string_view kEncoder = "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56";
constexpr std::string_view kFirst = "nb:ttid:UUID:00000000-0000-0000-0000-00000000000a";
constexpr std::string_view kSecond = "nb:ttid:UUID:00000000-0000-0000-0000-00000000000b";

std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

std::string task_body(std::string_view id, std::string_view input, int output) {
  return fmt::format(
      "<taskBody taskTemplateId='{}'><inputAsset>{}</inputAsset><outputAsset assetName='out{}'>JobOutputAsset({})"
      "</outputAsset></taskBody>",
      id, input, output, output);
}
// Two tasks, the second on what the first makes.
std::string chain() {
  return "<?xml version='1.0' encoding='utf-16'?><jobTemplate>" + task_body(kFirst, "JobInputAsset(0)", 0) +
         task_body(kSecond, "JobOutputAsset(0)", 1) + "</jobTemplate>";
}
std::string task_template(std::string_view id, std::string_view more = {}) {
  return fmt::format(
      R"({{"Id":"{}","Configuration":"preset {}","MediaProcessorId":"{}","Name":"t","NumberofInputAssets":1,)"
      R"("NumberofOutputAssets":1{}}})",
      id, id.back(), kEncoder, more);
}
std::string template_json(std::string_view body, std::string_view tasks, std::string_view more = {}) {
  return fmt::format(R"({{"Name":"template","JobTemplateBody":"{}","TaskTemplates":[{}]{}}})", body, tasks, more);
}
std::string both() { return task_template(kFirst) + "," + task_template(kSecond, R"(,"Options":4)"); }

std::string create_template(Api& api) {
  const auto made = api.post("JobTemplates", template_json(chain(), both(), R"(,"TemplateType":"1")"));
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.at("Id");
}

std::string add_input(Api& api) {
  auto id = api.create_asset("in");
  REQUIRE(api.post("Files", fmt::format(R"({{"Name":"a.mp4","ParentAssetId":"{}"}})", id)).status == 201);
  return id;
}

Answer post_job(Api& api, std::string_view template_id, const std::vector<std::string>& inputs,
                std::string_view more = {}) {
  std::string references;
  for (const auto& each : inputs)
    references +=
        fmt::format(R"json({}{{"__metadata":{{"uri":"Assets('{}')"}}}})json", references.empty() ? "" : ",", each);
  return api.post("Jobs", fmt::format(R"({{"Name":"job","TemplateId":"{}","InputMediaAssets":[{}]{}}})", template_id,
                                      references, more));
}

}  // namespace

TEST_CASE("a job template keeps its tasks under the ids that the client made up", "[unit][server]") {
  Api api;
  const auto made = api.post("JobTemplates", template_json(chain(), both()));
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.at("NumberofInputAssets") == "1");
  CHECK(made.at("TemplateType") == "1");
  const auto url = fmt::format("JobTemplates('{}')", made.at("Id"));
  const auto tasks = api.get(url + "/TaskTemplates");
  REQUIRE(tasks.size("value") == 2);
  CHECK(tasks.at("value.0.Id") == kFirst);
  CHECK(tasks.at("value.0.Configuration") == "preset a");
  CHECK(tasks.at("value.1.Options") == "4");
  CHECK(tasks.at("value.0.TaskTemplateBody") == "null");
  CHECK(api.get(fmt::format("TaskTemplates('{}')", kSecond)).at("Name") == "t");
  CHECK(api.call("MERGE", url, R"({"Name":"x"})").status == 405);
  CHECK(api.post("TaskTemplates", task_template(kFirst)).status == 405);
  CHECK(api.post(url + "/TaskTemplates", task_template("nb:ttid:UUID:00000000-0000-0000-0000-00000000000c")).status ==
        405);
  CHECK(api.call("DELETE", url).status == 204);
  CHECK(api.get("TaskTemplates").size("value") == 0);
}

TEST_CASE("a job template that no job could be made from is refused, and leaves nothing", "[unit][server]") {
  Api api;
  const auto refused = [&](const std::string& body, unsigned status, const char* text) {
    const auto answer = api.post("JobTemplates", body);
    INFO(body << "\n" << answer.body);
    CHECK(answer.status == status);
    CHECK_THAT(error_of(answer), Catch::Contains(text));
  };
  const auto one = "<jobTemplate>" + task_body(kFirst, "JobInputAsset(0)", 0) + "</jobTemplate>";
  refused(R"({"Name":"n"})", 400, "'JobTemplateBody' is required");
  refused(template_json("<taskBody/>", ""), 400, "jobTemplate");
  refused(template_json("<jobTemplate>", ""), 400, "not well-formed");
  refused(template_json("<jobTemplate/>", ""), 400, "at least one Task");
  refused(template_json("<jobTemplate><other/></jobTemplate>", ""), 400, "'other' is not expected");
  refused(template_json("<jobTemplate><taskBody/></jobTemplate>", ""), 400, "taskTemplateId");
  refused(template_json(one, ""), 400, "has 1 tasks, and there are 0 TaskTemplates");
  refused(template_json(one, task_template(kSecond)), 400, "0 times");
  refused(template_json("<jobTemplate>" + task_body(kFirst, "JobOutputAsset(0)", 0) + "</jobTemplate>",
                        task_template(kFirst)),
          400, "at least one input");
  refused(template_json("<jobTemplate>" + task_body(kFirst, "JobInputAsset(0)", 1) + "</jobTemplate>",
                        task_template(kFirst)),
          400, "JobOutputAsset(0)");
  refused(template_json(one, task_template(kFirst), R"(,"TemplateType":0)"), 400, "SystemLevel");
  refused(template_json(one, R"({"MediaProcessorId":"x","NumberofInputAssets":1,"NumberofOutputAssets":1})"), 400,
          "'Id' is required");
  refused(template_json(one, task_template("nb:tid:UUID:00000000-0000-0000-0000-00000000000a")), 400, "not valid");
  refused(template_json(
              one, fmt::format(R"({{"Id":"{}","MediaProcessorId":"{}","NumberofInputAssets":1}})", kFirst, kEncoder)),
          400, "'NumberofOutputAssets' is required");
  refused(template_json(one, task_template(kFirst, R"(,"Options":8)")), 400, "Options");
  refused(template_json(one, fmt::format(R"({{"Id":"{}","MediaProcessorId":"nb:mpid:UUID:{}","NumberofInputAssets":1,)"
                                         R"("NumberofOutputAssets":1}})",
                                         kFirst, "00000000-0000-0000-0000-000000000001")),
          404, "MediaProcessor");
  CHECK(api.get("JobTemplates").size("value") == 0);
  CHECK(api.get("TaskTemplates").size("value") == 0);
  create_template(api);
  refused(template_json(one, task_template(kFirst)), 409, "exists already");
}

TEST_CASE("a job made from a template has its tasks, and outputs of its own", "[unit][server]") {
  Api api;
  const auto id = create_template(api);
  const auto input = add_input(api);
  const auto job = post_job(api, id, {input});
  INFO(job.body);
  REQUIRE(job.status == 201);
  CHECK(job.at("TemplateId") == id);
  const auto url = fmt::format("Jobs('{}')", job.at("Id"));
  const auto tasks = api.get(url + "/Tasks");
  REQUIRE(tasks.size("value") == 2);
  CHECK(tasks.at("value.0.Configuration") == "preset a");
  CHECK(tasks.at("value.1.Configuration") == "preset b");
  CHECK(tasks.at("value.1.Options") == "4");
  CHECK(tasks.at("value.0.MediaProcessorId") == kEncoder);
  CHECK_THAT(tasks.at("value.0.TaskBody"), Catch::Contains("JobInputAsset(0)"));
  const auto outputs = api.get(url + "/OutputMediaAssets");
  REQUIRE(outputs.size("value") == 2);
  CHECK(outputs.at("value.0.Name") == "out0");
  const auto inputs_of_second = api.get(fmt::format("Tasks('{}')/InputMediaAssets", tasks.at("value.1.Id")));
  CHECK(inputs_of_second.at("value.0.Id") == outputs.at("value.0.Id"));
  CHECK(api.jobs_changed == 1);

  REQUIRE(post_job(api, to_upper(id.substr(id.size() - 36)).insert(0, "nb:jtid:UUID:"), {input}).status == 201);
  CHECK(api.get("Jobs").size("value") == 2);
  CHECK(api.call("DELETE", fmt::format("JobTemplates('{}')", id)).status == 204);
  CHECK(api.get(url + "/Tasks").size("value") == 2);  // a job lives without its template
}

TEST_CASE("a job that does not fit its template is refused", "[unit][server]") {
  Api api;
  const auto id = create_template(api);
  const auto input = add_input(api);
  const auto containers = api.blobs.containers.size();
  CHECK(post_job(api, id, {}).status == 400);
  const auto two = post_job(api, id, {input, add_input(api)});
  CHECK(two.status == 400);
  CHECK_THAT(error_of(two), Catch::Contains("wants 1 input assets, not 2"));
  CHECK(post_job(api, "nb:jtid:UUID:00000000-0000-0000-0000-000000000001", {input}).status == 404);
  const auto with_task = post_job(
      api, id, {input},
      fmt::format(
          R"(,"Tasks":[{{"MediaProcessorId":"{}","TaskBody":"<taskBody><inputAsset>JobInputAsset(0)</inputAsset>)"
          R"(<outputAsset>JobOutputAsset(0)</outputAsset></taskBody>"}}])",
          kEncoder));
  CHECK(with_task.status == 400);
  CHECK(api.get("Jobs").size("value") == 0);
  CHECK(api.blobs.containers.size() == containers + 1);  // of the second input
}
