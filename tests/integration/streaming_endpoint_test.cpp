// Streaming endpoints of the running program: their states are what the origin serves by, and outlive the server.
#include "schema/entities/streaming_endpoint.hpp"

#include "schema/base/ids.hpp"
#include "schema/entities/operation.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <thread>

namespace lazulite::test {
namespace {

std::string text_of(const boost::json::value& value) {
  return std::string{value.as_string().data(), value.as_string().size()};
}

// The end of the operation that an answer names.
std::string end_of(ApiClient& api, const HttpAnswer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  for (;;) {
    const auto path = fmt::format("Operations('{}')", answer.header("operation-id"));
    auto state = text_of(api.json("GET", path, "", 200).at("State"));
    if (state != "InProgress") return state;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

}  // namespace

TEST_CASE("an endpoint serves under its own host name while it runs", "[integration]") {
  ServerProcess server;
  ApiClient api{server};
  const auto asset = api.create_asset("published");
  api.upload(api.create_sas(asset, 2), "a.mp4", "not media, but a file");
  api.create_file_infos(asset);
  const auto path = parse_url(api.publish(asset)).target;
  const auto made = api.call("POST", "StreamingEndpoints", R"({"Name":"second"})");
  CHECK(end_of(api, made) == "Succeeded");
  const auto entity = boost::json::parse(made.body);
  const auto url = fmt::format("StreamingEndpoints('{}')", text_of(entity.at("Id")));
  const auto host = text_of(entity.at("HostName"));
  const auto get = [&](const std::string& as_host) {
    return http_get(server.stream() + path + "a.mp4", {{"Host", as_host}}).status;
  };
  CHECK(get(host) == 503);
  CHECK(end_of(api, api.call("POST", url + "/Start")) == "Succeeded");
  CHECK(get(host) == 200);
  CHECK(end_of(api, api.call("POST", url + "/Stop")) == "Succeeded");
  CHECK(get(host) == 503);
  CHECK(get("127.0.0.1") == 200);  // the default endpoint
}

TEST_CASE("an operation that a crash interrupted is finished at the next start", "[integration]") {
  ServerProcess server;
  std::string url, operation_id = new_entity_id(kOperation.id_prefix);
  {
    ApiClient api{server};
    const auto made = api.json("POST", "StreamingEndpoints", R"({"Name":"second"})", 202);
    url = fmt::format("StreamingEndpoints('{}')", text_of(made.at("Id")));
    server.kill();
    // What Start has committed when its answer is sent.
    auto database = rows::Database::open({.path = server.data() / "lazulite.db", .readers = 1}).value();
    REQUIRE(database->write([&](rows::Session& session) -> Result<void> {
      LAZULITE_TRY(auto endpoint, rows::get<StreamingEndpoint>(session, "lazulite", text_of(made.at("Id"))));
      endpoint.state = "Starting";
      LAZULITE_CHECK(rows::update(session, "lazulite", endpoint));
      Operation operation;
      operation.id = operation_id;
      operation.target_entity_id = endpoint.id;
      operation.state_after = "Running";
      return rows::insert(session, "lazulite", operation);
    }));
  }
  server.start();
  ApiClient api{server};
  CHECK(text_of(api.json("GET", fmt::format("Operations('{}')", operation_id), "", 200).at("State")) == "Succeeded");
  CHECK(text_of(api.json("GET", url, "", 200).at("State")) == "Running");
}

}  // namespace lazulite::test
