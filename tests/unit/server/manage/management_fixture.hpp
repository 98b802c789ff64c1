// Both management APIs over a database with one account, as the administrator calls them.
#pragma once

#include "server/manage/management_endpoint.hpp"
#include "storage/rows/directory.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"
#include "tests/support/run_task.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace lazulite::manage {

struct ManagementFixture {
  test::TemporaryFolder folder;
  std::unique_ptr<rows::Database> database =
      rows::Database::open({.path = folder.path() / "rows.db", .readers = 1, .synchronous_full = false}).value();
  auth::InstallationSecrets secrets = auth::load_or_create_secrets(folder.path()).value();
  MediaAccount first;
  std::vector<std::string> changed;
  Management management{*database,
                        system_clock(),
                        {.region = "local", .max_accounts = 4, .max_storage_accounts = 3},
                        [this](std::string_view account) { changed.emplace_back(account); }};
  auth::ManagementAuthenticator authenticator{secrets, system_clock()};
  WorkPool pool{1};
  ManagementEndpoint endpoint{management, authenticator, pool, [](const http::Request&, std::string_view account) {
                                return "https://" + std::string{account} + ".restv2.local.example.org/api/";
                              }};
  std::string bearer = secrets.management_key;

  ManagementFixture() {
    rows::NewAccount account;
    account.name = "first";
    account.storage_account_name = "firststorage";
    first = database->write([&](rows::Session& s) { return rows::create_account(s, account, system_clock().now()); })
                .value();
  }
  ~ManagementFixture() { pool.join(); }

  http::Response send(const std::string& method, const std::string& target, const std::string& body = {},
                      const http::Headers& headers = {}) {
    http::Request request;
    request.id = "5f0b1c2d-0000-4000-8000-000000000001";
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers = headers;
    request.headers.set("Host", "127.0.0.1:8080");
    if (!bearer.empty()) request.headers.set("Authorization", "Bearer " + bearer);
    request.body = body;
    return test::run_task(endpoint.handle(std::move(request)));
  }
  [[nodiscard]] std::string classic(const std::string& path) const {
    return "/" + first.subscription_id.text + "/services/mediaservices/" + path;
  }
  [[nodiscard]] std::string arm(const std::string& path, const std::string& group = "lazulite") const {
    return "/subscriptions/" + first.subscription_id.text + "/resourceGroups/" + group +
           "/providers/Microsoft.Media/mediaservices" + path + "?api-version=2015-10-01";
  }
  static boost::json::value json_of(const http::Response& response) {
    INFO(response.body.text());
    return boost::json::parse(response.body.text());
  }
};

inline std::string text_at(const boost::json::value& value, const char* name) {
  return value.at(name).as_string().c_str();
}

}  // namespace lazulite::manage
