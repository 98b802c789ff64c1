// Jobs through the REST API: what a client may ask, and what it is told (api.md 4.6, 5.9, 5.10).
#include "encoder/jobs/job_states.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/task.hpp"
#include "server/api/retention.hpp"
#include "storage/rows/task_leases.hpp"
#include "tests/unit/server/api/api_fixture.hpp"

using namespace lazulite;
using lazulite::test::Answer;
using lazulite::test::Api;

namespace {

constexpr std::string_view kEncoder = "nb:mpid:UUID:FF4DF607-D419-42F0-BC17-A481B1331E56";
constexpr std::string_view kUnknownGuid = "00000000-0000-0000-0000-000000000001";

std::string error_of(const Answer& answer) { return answer.at("odata:error.message.value"); }

// An asset with one file, so that its primary file can be told.
std::string add_input(Api& api, std::string_view name = "in") {
  auto id = api.create_asset(name);
  REQUIRE(api.post("Files", fmt::format(R"({{"Name":"a.mp4","ParentAssetId":"{}"}})", id)).status == 201);
  return id;
}

std::string task_json(std::string_view body, std::string_view processor = kEncoder, std::string_view more = {}) {
  return fmt::format(R"({{"Configuration":"x","MediaProcessorId":"{}","TaskBody":"{}"{}}})", processor, body, more);
}
std::string body_of(std::string_view inputs, std::string_view outputs) {
  return fmt::format("<?xml version='1.0' encoding='utf-16'?><taskBody>{}{}</taskBody>", inputs, outputs);
}
std::string simple_body() {
  return body_of("<inputAsset>JobInputAsset(0)</inputAsset>", "<outputAsset>JobOutputAsset(0)</outputAsset>");
}
std::string reference(std::string_view id) {
  return fmt::format(R"json({{"__metadata":{{"uri":"https://media.windows.net/api/Assets('{}')"}}}})json", id);
}
std::string job_json(std::string_view inputs, std::string_view tasks, std::string_view more = {}) {
  return fmt::format(R"({{"Name":"job","InputMediaAssets":[{}],"Tasks":[{}]{}}})", inputs, tasks, more);
}
std::string job_url(std::string_view id, std::string_view rest = {}) { return fmt::format("Jobs('{}'){}", id, rest); }

std::string create_job(Api& api, std::string_view more = {}) {
  const auto answer = api.post("Jobs", job_json(reference(add_input(api)), task_json(simple_body()), more));
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return answer.at("Id");
}

// What the scheduler and its worker do to the next task.
void begin_next_task(Api& api) {
  REQUIRE(api.database->write([&](rows::Session& session) -> Result<int> {
    LAZULITE_TRY(const auto claim, rows::claim_task(session, {"node", std::chrono::hours{1}, 0}));
    if (!claim) return fail(ErrorCode::kNotFound, "nothing to claim");
    encoder::JobStates states(session, claim->account, api.clock.now());
    LAZULITE_CHECK(states.scheduled(claim->task));
    LAZULITE_CHECK(states.processing(claim->task));
    return 0;
  }));
}

}  // namespace

TEST_CASE("a job is created with its tasks and output assets in one POST", "[unit][server]") {
  Api api;
  const auto first = add_input(api, "first");
  const auto second = add_input(api, "second");
  const auto chained = body_of("<inputAsset>JobInputAsset(1)</inputAsset>",
                               "<outputAsset assetName='made' assetFormatOption='1'>JobOutputAsset(0)</outputAsset>");
  const auto last = body_of("<inputAsset>JobOutputAsset(0)</inputAsset><inputAsset>JobInputAsset(0)</inputAsset>",
                            "<outputAsset>JobOutputAsset(1)</outputAsset>");
  const auto answer = api.post("Jobs", job_json(reference(first) + "," + reference(second),
                                                task_json(chained) + "," + task_json(last, kEncoder, R"(,"Name":"t2")"),
                                                R"(,"State":3,"Priority":2)"));
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  const auto id = answer.at("Id");
  CHECK(answer.at("State") == "0");  // read-only properties are ignored
  CHECK(answer.at("Priority") == "2");
  CHECK(api.jobs_changed == 1);

  const auto inputs = api.get(job_url(id, "/InputMediaAssets"));
  REQUIRE(inputs.size("value") == 2);
  CHECK(inputs.at("value.0.Id") == first);
  const auto outputs = api.get(job_url(id, "/OutputMediaAssets"));
  REQUIRE(outputs.size("value") == 2);
  CHECK(outputs.at("value.0.Name") == "made");
  CHECK(outputs.at("value.0.FormatOption") == "1");
  CHECK(outputs.at("value.0.StorageAccountName") == "moviesstorage");
  CHECK(outputs.at("value.1.Name") == "JobOutputAsset(1)_job");
  const auto made = outputs.at("value.0.Id");
  CHECK(api.blobs.containers.contains(test::container_of(made)));
  const auto parents = api.get(fmt::format("Assets('{}')/ParentAssets", outputs.at("value.1.Id")));
  REQUIRE(parents.size("value") == 2);
  CHECK(parents.at("value.0.Id") == made);
  CHECK(parents.at("value.1.Id") == first);

  const auto tasks = api.get(job_url(id, "/Tasks"));
  REQUIRE(tasks.size("value") == 2);
  CHECK(tasks.at("value.0.MediaProcessorId") == "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56");
  CHECK(tasks.at("value.0.EncryptionScheme") == "None");
  CHECK(tasks.at("value.0.State") == "0");
  CHECK(tasks.size("value.0.HistoricalEvents") == 0);
  CHECK(tasks.size("value.0.ErrorDetails") == 0);
  CHECK(tasks.at("value.1.Name") == "t2");
  const auto task_inputs = api.get(fmt::format("Tasks('{}')/InputMediaAssets", tasks.at("value.1.Id")));
  REQUIRE(task_inputs.size("value") == 2);
  CHECK(task_inputs.at("value.0.Id") == made);
  CHECK(task_inputs.at("value.1.Id") == first);
}

TEST_CASE("an input asset may be named by any form of address", "[unit][server]") {
  Api api;
  const auto id = add_input(api);
  const auto encoded = fmt::format("nb%3Acid%3AUUID%3A{}", guid_of(id));
  for (const auto& uri : {fmt::format("http://other.example/api/Assets('{}')", id),
                          fmt::format("https://media.windows.net/API%2FAssets%28%27{}%27%29", encoded),
                          fmt::format("https://h/api/Assets('{}')", encoded), fmt::format("Assets('{}')", id)}) {
    INFO(uri);
    const auto verbose =
        api.post("Jobs", job_json(fmt::format(R"({{"__metadata":{{"uri":"{}"}}}})", uri), task_json(simple_body())));
    CHECK(verbose.status == 201);
    const auto bound =
        api.post("Jobs", fmt::format(R"({{"Name":"j","InputMediaAssets@odata.bind":["{}"],"Tasks":[{}]}})", uri,
                                     task_json(simple_body())));
    CHECK(bound.status == 201);
  }
}

TEST_CASE("a job that cannot run is refused as a whole, and leaves nothing", "[unit][server]") {
  Api api;
  const auto input = reference(add_input(api));
  const auto without_primary = api.create_asset("empty");
  const auto containers = api.blobs.containers.size();
  const auto refused = [&](const std::string& body, unsigned status, std::string_view text = {}) {
    const auto answer = api.post("Jobs", body);
    INFO(body << "\n" << answer.body);
    CHECK(answer.status == status);
    if (!text.empty()) CHECK_THAT(error_of(answer), Catch::Contains(std::string(text)));
  };
  const auto task = task_json(simple_body());
  const auto with_output = [](std::string_view attributes) {
    return task_json(body_of("<inputAsset>JobInputAsset(0)</inputAsset>",
                             fmt::format("<outputAsset {}>JobOutputAsset(0)</outputAsset>", attributes)));
  };
  refused(job_json(input, ""), 400);
  refused(job_json("", task), 400);
  refused(job_json(input, task_json("<taskBody/>")), 400);
  refused(job_json(input, R"({"MediaProcessorId":"nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56"})"), 400);
  refused(job_json(input, task_json(body_of("<inputAsset>JobInputAsset(1)</inputAsset>",
                                            "<outputAsset>JobOutputAsset(0)</outputAsset>"))),
          400);
  refused(job_json(input, task_json(body_of("<inputAsset>JobOutputAsset(0)</inputAsset>",
                                            "<outputAsset>JobOutputAsset(0)</outputAsset>"))),
          400);
  refused(job_json(reference(without_primary), task), 400);
  refused(job_json(reference(fmt::format("nb:cid:UUID:{}", kUnknownGuid)), task), 404);
  refused(job_json(input, task_json(simple_body(), fmt::format("nb:mpid:UUID:{}", kUnknownGuid))), 404);
  refused(job_json(input, task_json(simple_body(), "nb:cid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56")), 400);
  refused(job_json(input, task_json(simple_body(), "nb:mpid:UUID:77fea72a-107c-439e-b0bb-f88153b93461")), 403);
  refused(job_json(input, task_json(simple_body(), kEncoder, R"(,"Options":8)")), 400);
  refused(job_json(input, with_output("storageAccountName='nowhere'")), 404, "Cannot find the storage account");
  refused(job_json(input, with_output("assetCreationOptions='9'")), 400);
  refused(job_json(input, task, R"(,"TemplateId":"nb:jtid:UUID:1")"), 400);
  refused(job_json(input, "", fmt::format(R"(,"TemplateId":"nb:jtid:UUID:{}")", kUnknownGuid)), 404);
  refused(
      job_json(input, task, R"(,"JobNotificationSubscriptions":[{"TargetJobState":0,"NotificationEndPointId":"x"}])"),
      400, "JobNotificationSubscription.TargetJobState must not be 0");
  refused(
      job_json(input, task,
               R"(,"JobNotificationSubscriptions":[{"TargetJobState":2,"NotificationEndPointId":"nb:nepid:UUID:1"}])"),
      400);
  std::string many = task_json(simple_body());
  for (int i = 1; i <= 30; ++i) {
    many += "," + task_json(body_of("<inputAsset>JobInputAsset(0)</inputAsset>",
                                    fmt::format("<outputAsset>JobOutputAsset({})</outputAsset>", i)));
  }
  refused(job_json(input, many), 403);
  CHECK(api.blobs.containers.size() == containers);
  CHECK(api.get("Jobs").size("value") == 0);
  CHECK(api.get("Tasks").size("value") == 0);
  CHECK(api.jobs_changed == 0);
}

TEST_CASE("subscriptions name end points that exist, and are kept with job and task", "[unit][server]") {
  Api api;
  const auto end_point =
      api.post("NotificationEndPoints", R"({"Name":"q","EndPointAddress":"events","EndPointType":1})").at("Id");
  const auto input = reference(add_input(api));
  const auto subscribed = [&](std::string_view id) {
    return fmt::format(R"(,"JobNotificationSubscriptions":[{{"TargetJobState":2,"NotificationEndPointId":"{}"}}])", id);
  };
  const auto task = task_json(
      simple_body(), kEncoder,
      fmt::format(
          R"(,"TaskNotificationSubscriptions":[{{"TargetTaskState":1,"NotificationEndPointId":"{}","IncludeTaskProgress":true}}])",
          end_point));
  CHECK(api.post("Jobs",
                 job_json(input, task_json(simple_body()), subscribed(fmt::format("nb:nepid:UUID:{}", kUnknownGuid))))
            .status == 400);
  const auto job = api.post("Jobs", job_json(input, task, subscribed(end_point)));
  INFO(job.body);
  REQUIRE(job.status == 201);
  CHECK(job.at("JobNotificationSubscriptions.0.NotificationEndPointId") == end_point);
  CHECK(job.at("JobNotificationSubscriptions.0.TargetJobState") == "2");
  const auto tasks = api.get(job_url(job.at("Id"), "/Tasks"));
  CHECK(tasks.at("value.0.TaskNotificationSubscriptions.0.NotificationEndPointId") == end_point);
  CHECK(tasks.at("value.0.TaskNotificationSubscriptions.0.IncludeTaskProgress") == "true");
  CHECK(api.call("DELETE", fmt::format("NotificationEndPoints('{}')", end_point)).status == 204);
  CHECK(api.get(job_url(job.at("Id"))).status == 200);
}

TEST_CASE("the quota of jobs is kept", "[unit][server]") {
  Api api({}, {{"Jobs", 1}});
  create_job(api);
  const auto answer = api.post("Jobs", job_json(reference(add_input(api)), task_json(simple_body())));
  CHECK(answer.status == 403);
}

TEST_CASE("tasks are made with their job only", "[unit][server]") {
  Api api;
  const auto id = create_job(api);
  CHECK(api.post("Tasks", task_json(simple_body())).status == 405);
  const auto task = api.get(job_url(id, "/Tasks")).at("value.0.Id");
  CHECK(api.call("DELETE", fmt::format("Tasks('{}')", task)).status == 405);
  CHECK(api.call("MERGE", fmt::format("Tasks('{}')", task), R"({"Priority":3})").status == 405);
}

TEST_CASE("a job's priority may change while it is Queued", "[unit][server]") {
  Api api;
  const auto id = create_job(api);
  CHECK(api.call("MERGE", job_url(id), R"({"Priority":5})").status == 204);
  CHECK(api.get(job_url(id)).at("Priority") == "5");
  CHECK(api.call("MERGE", job_url(id), R"({"Name":"other"})").status == 400);
  begin_next_task(api);
  CHECK(api.call("MERGE", job_url(id), R"({"Priority":5,"Name":"job"})").status == 204);  // as it stands
  const auto refused = api.call("MERGE", job_url(id), R"({"Priority":6})");
  CHECK(refused.status == 400);
  CHECK_THAT(error_of(refused), Catch::Contains("Job's priority can only be changed if the job is in Queued state"));
  CHECK(api.get(job_url(id)).at("Priority") == "5");
}

TEST_CASE("CancelJob ends a queued job at once and asks a running one to stop", "[unit][server]") {
  Api api;
  const auto queued = create_job(api);
  const auto cancel = [&](std::string_view id) {
    return api.get(fmt::format("CancelJob?jobid='{}'", percent_encode(id))).status;
  };
  CHECK(cancel(queued) == 204);
  CHECK(api.get(job_url(queued)).at("State") == "5");
  CHECK(api.get(job_url(queued, "/Tasks")).at("value.0.State") == "5");
  CHECK(cancel(queued) == 400);
  const auto running = create_job(api);
  begin_next_task(api);
  const int changes = api.jobs_changed;
  CHECK(cancel(running) == 204);
  CHECK(api.jobs_changed == changes + 1);
  CHECK(api.get(job_url(running)).at("State") == "6");
  CHECK(cancel(running) == 400);
  CHECK(cancel("no id") == 400);
  CHECK(cancel(fmt::format("nb:jid:UUID:{}", kUnknownGuid)) == 404);
}

TEST_CASE("a job may be deleted unless it is Processing; its output assets stay", "[unit][server]") {
  Api api;
  const auto queued = create_job(api);
  const auto output = api.get(job_url(queued, "/OutputMediaAssets")).at("value.0.Id");
  CHECK(api.call("DELETE", job_url(queued)).status == 204);
  CHECK(api.get(job_url(queued)).status == 404);
  CHECK(api.get("Tasks").size("value") == 0);
  CHECK(api.get(fmt::format("Assets('{}')", output)).status == 200);
  const auto left = api.database->write([](rows::Session& session) {
    return rows::claim_task(session, {"node", std::chrono::hours{1}, 0});
  });
  REQUIRE(left.has_value());
  CHECK_FALSE(left->has_value());

  const auto running = create_job(api);
  begin_next_task(api);
  CHECK(api.call("DELETE", job_url(running)).status == 400);
  CHECK(api.get(job_url(running)).at("State") == "2");
}

TEST_CASE("jobs that ended long ago go with their tasks, others stay", "[unit][server]") {
  Api api;
  const api::ApiServices services{
      *api.database, api.blobs, api.addresses, test::key_vault(), api.quotas, api.clock, {}, {}, {}, {}, {}, {}};
  std::vector<std::string> old;
  for (int i = 0; i < 51; ++i) {  // more than are removed at once
    old.push_back(create_job(api));
    REQUIRE(api.get(fmt::format("CancelJob?jobid='{}'", percent_encode(old.back()))).status == 204);
  }
  const auto waiting = create_job(api);
  api.clock.advance(std::chrono::days{10});
  const auto recent = create_job(api);
  REQUIRE(api.get(fmt::format("CancelJob?jobid='{}'", percent_encode(recent))).status == 204);
  CHECK(api::remove_old_jobs(services, std::chrono::days{11}).value() == 0);
  CHECK(api::remove_old_jobs(services, std::chrono::days{9}).value() == 51);
  CHECK(api.get("Jobs?$orderby=Created").size("value") == 2);
  CHECK(api.get("Jobs?$orderby=Created").at("value.0.Id") == waiting);
  CHECK(api.get("Jobs?$orderby=Created").at("value.1.Id") == recent);
  CHECK(api.get("Tasks").size("value") == 2);
}

TEST_CASE("rule 22: output assets are there with the job, and a deleted one is still seen through it",
          "[unit][server]") {
  Api api;
  const auto id = create_job(api);
  const auto output = api.get(job_url(id, "/OutputMediaAssets")).at("value.0.Id");
  CHECK(api.call("DELETE", fmt::format("Assets('{}')", output)).status == 204);
  const auto outputs = api.get(job_url(id, "/OutputMediaAssets"));
  REQUIRE(outputs.size("value") == 1);
  CHECK(outputs.at("value.0.Id") == output);
  CHECK(outputs.at("value.0.State") == "2");
}
