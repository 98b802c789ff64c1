#include "tests/support/api_client.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <catch2/catch.hpp>

#include <thread>

namespace lazulite::test {
namespace {

std::string text_of(const boost::json::value& value) {
  return std::string{value.as_string().data(), value.as_string().size()};
}

std::string account_key(const ServerProcess& server, const std::string& account) {
  const auto ran = run_program({"env", "LAZULITE_DATA=" + server.data().string(), program_under_test().string(),
                                "account", "keys", account, "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  return text_of(boost::json::parse(ran.out).at("primaryKey"));
}

}  // namespace

Url parse_url(const std::string& url) {
  const auto slash = url.find('/', url.find("//") + 2);
  return {url.substr(0, slash), slash == std::string::npos ? "/" : url.substr(slash)};
}

ApiClient::ApiClient(const ServerProcess& server, const std::string& account) : client_(server.control()) {
  const std::string form = "grant_type=client_credentials&client_id=" + account +
                           "&client_secret=" + percent_encode(account_key(server, account)) +
                           "&scope=urn%3aWindowsAzureMediaServices";
  const auto answer =
      client_.send("POST", "/v2/OAuth2-13", {{"Content-Type", "application/x-www-form-urlencoded"}}, form);
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  token_ = text_of(boost::json::parse(answer.body).at("access_token"));
}

HttpAnswer ApiClient::call(const std::string& method, const std::string& path, const std::string& body,
                           HttpFields headers) {
  const auto has = [&headers](std::string_view name) {
    for (const auto& [each, value] : headers) {
      if (equals_ignoring_case(each, name)) return true;
    }
    return false;
  };
  headers.emplace_back("Authorization", "Bearer " + token_);
  if (!has("x-ms-version")) headers.emplace_back("x-ms-version", "2.19");
  if (!has("Accept")) headers.emplace_back("Accept", "application/json");
  if (!body.empty() && !has("Content-Type")) headers.emplace_back("Content-Type", "application/json");
  return client_.send(method, "/api/" + path, headers, body);
}

boost::json::value ApiClient::json(const std::string& method, const std::string& path, const std::string& body,
                                   unsigned wanted) {
  const auto answer = call(method, path, body);
  INFO(method << " " << path << " " << body << "\n" << answer.body);
  REQUIRE(answer.status == wanted);
  return answer.body.empty() ? boost::json::value{} : boost::json::parse(answer.body);
}

std::string ApiClient::create_asset(const std::string& name) {
  return text_of(json("POST", "Assets", boost::json::serialize(boost::json::object{{"Name", name}}), 201).at("Id"));
}

std::string ApiClient::create_sas(const std::string& asset_id, int permissions, int minutes) {
  const boost::json::object policy{{"Name", "test"}, {"DurationInMinutes", minutes}, {"Permissions", permissions}};
  const auto policy_id = text_of(json("POST", "AccessPolicies", boost::json::serialize(policy), 201).at("Id"));
  const boost::json::object locator{{"AccessPolicyId", policy_id}, {"AssetId", asset_id}, {"Type", 1}};
  return text_of(json("POST", "Locators", boost::json::serialize(locator), 201).at("Path"));
}

void ApiClient::upload(const std::string& sas, const std::string& name, std::string_view bytes,
                       std::size_t block_bytes) {
  const auto [base, target] = parse_url(sas);
  const auto question = target.find('?');
  const std::string blob = target.substr(0, question) + "/" + percent_encode(name) + target.substr(question);
  HttpClient storage{base};
  std::string list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (std::size_t at = 0, index = 0; at < bytes.size(); at += block_bytes, ++index) {
    const std::string id = base64_encode(as_bytes(fmt::format("block-{:06}", index)));
    const auto answer =
        storage.send("PUT", blob + "&comp=block&blockid=" + percent_encode(id), {}, bytes.substr(at, block_bytes));
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    list += "<Latest>" + id + "</Latest>";
  }
  const auto answer =
      storage.send("PUT", blob + "&comp=blocklist", {{"x-ms-blob-content-type", "video/mp4"}}, list + "</BlockList>");
  INFO(answer.body);
  REQUIRE(answer.status == 201);
}

void ApiClient::create_file_infos(const std::string& asset_id) {
  json("GET", "CreateFileInfos?assetid='" + percent_encode(asset_id) + "'", "", 204);
}

std::string ApiClient::find_processor(const std::string& name) {
  const auto found = json("GET", "MediaProcessors()?$filter=Name%20eq%20'" + percent_encode(name) + "'", "", 200);
  REQUIRE(found.at("value").as_array().size() == 1);
  return text_of(found.at("value").at(0).at("Id"));
}

std::string ApiClient::create_job(const std::string& asset_id, const std::string& processor_id,
                                  const std::string& preset) {
  const std::string body =
      "<?xml version=\"1.0\" encoding=\"utf-16\"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>"
      "<outputAsset assetCreationOptions=\"0\" assetName=\"output\">JobOutputAsset(0)</outputAsset></taskBody>";
  const boost::json::object job{
      {"Name", "test job"},
      {"InputMediaAssets",
       boost::json::array{boost::json::object{
           {"__metadata", boost::json::object{{"uri", "https://x/api/Assets('" + percent_encode(asset_id) + "')"}}}}}},
      {"Tasks",
       boost::json::array{boost::json::object{
           {"Name", "encode"}, {"Configuration", preset}, {"MediaProcessorId", processor_id}, {"TaskBody", body}}}}};
  return text_of(json("POST", "Jobs", boost::json::serialize(job), 201).at("Id"));
}

boost::json::object ApiClient::job(const std::string& job_id) {
  return json("GET", "Jobs('" + job_id + "')", "", 200).as_object();
}

int ApiClient::wait_for_job(const std::string& job_id, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto state = static_cast<int>(job(job_id).at("State").to_number<std::int64_t>());
    if (state >= 3 && state <= 5) return state;
    if (std::chrono::steady_clock::now() > deadline) FAIL("job " << job_id << " is still in state " << state);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

std::vector<std::string> ApiClient::output_assets(const std::string& job_id) {
  std::vector<std::string> ids;
  const auto answer = json("GET", "Jobs('" + job_id + "')/OutputMediaAssets()", "", 200);
  for (const auto& each : answer.at("value").as_array()) ids.push_back(text_of(each.at("Id")));
  return ids;
}

boost::json::array ApiClient::files(const std::string& asset_id) {
  return json("GET", "Assets('" + asset_id + "')/Files", "", 200).at("value").as_array();
}

std::string ApiClient::publish(const std::string& asset_id) {
  const auto policy_id = text_of(
      json("POST", "AccessPolicies", R"({"Name":"view","DurationInMinutes":60,"Permissions":1})", 201).at("Id"));
  const boost::json::object locator{{"AccessPolicyId", policy_id}, {"AssetId", asset_id}, {"Type", 2}};
  return text_of(json("POST", "Locators", boost::json::serialize(locator), 201).at("Path"));
}

std::string ApiClient::streaming_url(const std::string& asset_id) {
  for (const auto& file : files(asset_id)) {
    if (const auto name = text_of(file.at("Name")); name.ends_with(".ism")) return publish(asset_id) + name;
  }
  FAIL("asset " << asset_id << " has no .ism");
  return {};
}

}  // namespace lazulite::test
