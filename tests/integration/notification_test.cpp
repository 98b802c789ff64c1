// Notifications of jobs against the real program: to the built-in queue and to a webhook of ours, across kill -9, and
// past a receiver that does not answer.
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "server/auth/sas.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>

namespace lazulite::test {
namespace {

using namespace std::chrono_literals;
using Environment = std::map<std::string, std::string>;

const Environment kLocalHooks = {{"LAZULITE_NOTIFICATIONS_ALLOW_LOCAL_TARGETS", "true"},
                                 {"LAZULITE_NOTIFICATIONS_RETRY_SECONDS", "0,1,1,1,1,1,1,1,1,1"},
                                 {"LAZULITE_NOTIFICATIONS_QUEUE_ENCODING", "none"}};

std::string text_at(const boost::json::value& value, const char* name) { return value.at(name).as_string().c_str(); }

struct World {
  ServerProcess server;
  ApiClient api{server};

  explicit World(Environment environment = kLocalHooks) : server(std::move(environment)) {}

  std::string end_point(int type, const std::string& address) {
    return text_at(
        api.json("POST", "NotificationEndPoints",
                 fmt::format(R"({{"Name":"n","EndPointAddress":"{}","EndPointType":{}}})", address, type), 201),
        "Id");
  }
  // A job over a short clip whose end points hear of every state; its id.
  std::string job(const std::vector<std::string>& end_points) {
    if (asset_.empty()) {
      asset_ = api.create_asset("clip");
      const TemporaryFolder folder;
      const auto clip = folder.path() / "clip.mp4";
      make_clip(clip, {.seconds = 2, .width = 320, .height = 180});
      api.upload(api.create_sas(asset_, 2), "clip.mp4", read_text(clip));
      api.create_file_infos(asset_);
    }
    boost::json::array jobs, tasks;
    for (const auto& each : end_points) {
      jobs.push_back(boost::json::object{{"NotificationEndPointId", each}, {"TargetJobState", 2}});
      tasks.push_back(
          boost::json::object{{"NotificationEndPointId", each}, {"TargetTaskState", 2}, {"IncludeTaskProgress", true}});
    }
    const boost::json::object body{
        {"Name", "told"},
        {"InputMediaAssets@odata.bind", {server.control() + "/api/Assets('" + asset_ + "')"}},
        {"JobNotificationSubscriptions", std::move(jobs)},
        {"Tasks",
         {boost::json::object{
             {"Configuration", "AAC Good Quality Audio"},
             {"MediaProcessorId", api.find_processor("Media Encoder Standard")},
             {"TaskNotificationSubscriptions", std::move(tasks)},
             {"TaskBody",
              "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset>"
              "</taskBody>"}}}}};
    return text_at(api.json("POST", "Jobs", boost::json::serialize(body), 201), "Id");
  }
  // What lies in a queue, read with a SAS that the storage key signs.
  std::vector<boost::json::value> queue_messages(const std::string& queue);
  std::string metric(const std::string& name) {
    const auto text = HttpClient{server.control()}.get("/metrics").body;
    const auto at = text.find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    const auto begin = at + name.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

 private:
  std::string asset_;
};

std::vector<boost::json::value> World::queue_messages(const std::string& queue) {
  const auto keys = boost::json::parse(run_program({program_under_test().string(), "account", "keys", "lazulite",
                                                    "--json", "--data", server.data().string()})
                                           .out);
  const auto key = base64_decode(text_at(keys.at("storageAccounts").at(0), "primaryKey")).value();
  const std::string sas = "sv=2018-03-28&sp=r&se=2099-01-01T00:00:00Z";
  const auto token = auth::parse_sas(sas + "&sig=x", 'q').value();
  const auto signature = auth::sign(key, auth::string_to_sign(token, "lazulitestorage", queue, ""));
  const auto answer = http_get(fmt::format("{}/lazulitestorage/{}/messages?peekonly=true&numofmessages=32&{}&sig={}",
                                           server.queue(), queue, sas, percent_encode(signature)));
  std::vector<boost::json::value> out;
  for (auto at = answer.body.find("<MessageText>"); at != std::string::npos;
       at = answer.body.find("<MessageText>", at + 1)) {
    auto text = answer.body.substr(at + 13, answer.body.find('<', at + 13) - at - 13);
    for (auto quote = text.find("&quot;"); quote != std::string::npos; quote = text.find("&quot;"))
      text.replace(quote, 6, "\"");
    out.push_back(boost::json::parse(text));
  }
  return out;
}

std::vector<std::string> job_states(const std::vector<boost::json::value>& messages) {
  std::vector<std::string> out;
  for (const auto& each : messages) {
    const auto& type = each.at("EventType");
    const bool is_job = type.is_string() ? type.as_string() == "JobStateChange" : type.as_int64() == 1;
    if (is_job) out.push_back(text_at(each.at("Properties"), "NewState"));
  }
  return out;
}

}  // namespace

TEST_CASE("a job tells a queue and a webhook of its states, in order", "[integration]") {
  WebhookReceiver receiver;
  World world;
  const auto queue = world.end_point(1, "job-events"), hook = world.end_point(3, receiver.url("/hook"));
  const auto job = world.job({queue, hook});
  REQUIRE(world.api.wait_for_job(job) == 3);
  const std::vector<std::string> wanted = {"Scheduled", "Processing", "Finished"};
  REQUIRE(eventually([&] { return job_states(world.queue_messages("job-events")) == wanted; }));
  const auto messages = world.queue_messages("job-events");
  CHECK(text_at(messages.at(0), "EventType") == "NotificationEndPointRegistration");
  CHECK(text_at(messages.at(0).at("Properties"), "State") == "Registered");
  const auto of_hook = [&] {
    std::vector<boost::json::value> out;
    for (const auto& each : receiver.received()) out.push_back(boost::json::parse(each.body));
    return out;
  };
  REQUIRE(eventually([&] { return job_states(of_hook()) == wanted; }));
  bool heard_of_task = false;
  for (const auto& each : of_hook()) heard_of_task = heard_of_task || each.at("EventType").as_int64() == 4;
  CHECK(heard_of_task);
}

TEST_CASE("what a webhook has not taken when the server is killed is delivered after the next start", "[integration]") {
  std::atomic<bool> hang{true};
  WebhookReceiver receiver{[&hang](const ReceivedHook&) {
    return WebhookReceiver::Answer{200, hang ? 60'000ms : 0ms};
  }};
  World world;
  const auto job = world.job({world.end_point(3, receiver.url("/hook"))});
  REQUIRE(receiver.wait_for(1));
  REQUIRE(world.api.wait_for_job(job) == 3);  // the receiver holds nothing up
  const auto before = receiver.received();
  world.server.kill();
  hang = false;
  world.server.start();
  const auto states = [&] {
    std::vector<boost::json::value> out;
    const auto all = receiver.received();
    for (auto i = before.size(); i < all.size(); ++i) out.push_back(boost::json::parse(all[i].body));
    return job_states(out);
  };
  REQUIRE(eventually([&] { return states() == std::vector<std::string>{"Scheduled", "Processing", "Finished"}; }));
  CHECK(receiver.received()[before.size()].body == before.front().body);  // the same ETag
}

TEST_CASE("dead letters are counted, listed, and tried again when asked for", "[integration]") {
  std::atomic<bool> broken{true};
  WebhookReceiver receiver{[&broken](const ReceivedHook&) {
    return WebhookReceiver::Answer{broken ? 503U : 200U, 0ms};
  }};
  auto environment = kLocalHooks;
  environment["LAZULITE_NOTIFICATIONS_RETRY_SECONDS"] = "0";
  World world{environment};
  const auto job = world.job({world.end_point(3, receiver.url("/hook"))});
  REQUIRE(world.api.wait_for_job(job) == 3);
  REQUIRE(eventually([&] {
    return std::stoi(world.metric("lazulite_notifications_dead")) >= 3 &&
           world.metric("lazulite_notifications_waiting") == "0";
  }));
  const auto command = [&](std::vector<std::string> words) {
    std::vector<std::string> all = {program_under_test().string(), "notification"};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--data", world.server.data().string()});
    return run_program(all);
  };
  const auto listed = boost::json::parse(command({"list", "--json"}).out);
  REQUIRE(listed.as_array().size() >= 3);
  CHECK(text_at(listed.at(0), "error") == "it answered with status 503");
  CHECK_THAT(world.server.log(), Catch::Contains("dead letter"));
  CHECK(command({"retry"}).exit_code == 1);
  CHECK(command({"retry", "nothing"}).exit_code == 1);
  const auto before = receiver.received().size();
  broken = false;
  CHECK(command({"retry", "--all"}).exit_code == 0);
  REQUIRE(receiver.wait_for(before + listed.as_array().size()));
  REQUIRE(eventually([&] { return boost::json::parse(command({"list", "--json"}).out).as_array().empty(); }));
}

}  // namespace lazulite::test
