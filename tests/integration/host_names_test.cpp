// The names by which clients know the service, against the real program: each request carries its Host, as it does when
// DNS or a hosts file sends those names here.
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace lazulite::test {
namespace {

struct Names {
  ServerProcess server;
  ApiClient api{server};

  HttpAnswer send(const std::string& method, const std::string& host, const std::string& target,
                  const std::string& body = {}, bool with_token = true) {
    HttpClient client{server.control()};
    HttpFields headers = {{"Host", host}, {"Accept", "application/json"}, {"Content-Type", "application/json"}};
    if (with_token) headers.emplace_back("Authorization", "Bearer " + api.token());
    return client.send(method, target, headers, body);
  }
  std::size_t assets() { return std::stoul(api.call("GET", "Assets/$count").body); }
};

}  // namespace

TEST_CASE("rule 6: a global host sends every verb on every path on to the account's root", "[integration]") {
  Names names;
  const std::string root = "http://lazulite.restv2.local.media.azure.net/api/";
  for (const auto* target : {"/", "/api/", "/API/Assets", "/api%2FAssets"}) {
    CAPTURE(target);
    for (const auto* method : {"GET", "POST", "PUT", "PATCH", "MERGE", "DELETE"}) {
      const auto answer = names.send(method, "media.windows.net", target, R"({"Name": "x"})");
      CHECK(answer.status == 301);
      CHECK(answer.header("location") == root);
    }
    CHECK(names.send("GET", "MEDIA.windows.net", target, {}, false).status == 401);
  }
  CHECK(names.assets() == 0);
  const auto with_port = names.send("GET", "media.windows.net:8080", "/");
  CHECK(with_port.header("location") == "http://lazulite.restv2.local.media.azure.net:8080/api/");
  CHECK(names.send("GET", "127.0.0.1", "/api/").status == 200);  // the account's own host never sends anyone on
}

TEST_CASE("rule 8: an account answers as <account>.restv2.<region>.<domain>, with links to its sibling names",
          "[integration]") {
  Names names;
  const std::string host = "lazulite.restv2.local.media.azure.net";
  CHECK(names.send("GET", host, "/api/", {}, false).status == 200);
  const auto made = names.send("POST", host, "/api/Assets", R"({"Name": "x"})");
  REQUIRE(made.status == 201);
  CHECK(made.header("location").starts_with("http://" + host + "/api/Assets("));
  const auto uri = boost::json::parse(made.body).at("Uri").as_string();
  CHECK(std::string{uri}.starts_with("http://lazulitestorage.blob.media.azure.net/asset-"));
}

TEST_CASE("a public base of the API is where a global host sends everyone, and never to itself", "[integration]") {
  ServerProcess server{{{"LAZULITE_NETWORK_PUBLIC_CONTROL", "http://media.windows.net"}}};
  ApiClient api{server};
  HttpClient client{server.control()};
  const HttpFields headers = {{"Host", "media.windows.net"}, {"Authorization", "Bearer " + api.token()}};
  CHECK(client.get("/api/", headers).status == 200);
}

TEST_CASE("storage accounts answer by their blob and queue names on every listener", "[integration]") {
  Names names;
  for (const auto* service : {"blob", "queue"}) {
    const auto host = fmt::format("lazulitestorage.{}.core.windows.net", service);
    for (const auto& address : {names.server.control(), names.server.stream(), names.server.queue()}) {
      const auto answer = HttpClient{address}.get("/?comp=list", {{"Host", host}});
      CHECK(answer.status == 404);  // nobody signed it
      CHECK_THAT(answer.header("server"),
                 Catch::StartsWith(service == std::string{"blob"} ? "Windows-Azure-Blob/" : "Windows-Azure-Queue/"));
    }
  }
}

}  // namespace lazulite::test
