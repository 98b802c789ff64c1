// A database with two accounts and the two users of tokens over it, for the tests of this folder.
#pragma once

#include "schema/base/text.hpp"
#include "server/auth/bearer_authenticator.hpp"
#include "server/auth/token_endpoint.hpp"
#include "storage/rows/directory.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"
#include "tests/support/run_task.hpp"

#include <boost/json.hpp>

#include <memory>
#include <string>
#include <utility>

namespace lazulite::test {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return time; }
  Timestamp time{std::chrono::seconds{1'700'000'000}};
};

struct TokenFixture {
  TemporaryFolder folder;
  FixedClock clock;
  std::unique_ptr<rows::Database> database = open();
  auth::InstallationSecrets secrets = auth::load_or_create_secrets(folder.path()).value();
  MediaAccount first = create("firstaccount"), second = create("secondaccount");
  WorkPool db_pool{1};
  auth::TokenEndpoint endpoint{*database, db_pool, secrets, clock};
  auth::BearerAuthenticator authenticator{*database, db_pool, secrets, clock};

  ~TokenFixture() { db_pool.join(); }

  http::Response send(std::string method, std::string path, std::string body = {}, http::Headers headers = {},
                      std::string query = {}) {
    http::Request request;
    request.id = "5f0b1c2d-0000-4000-8000-000000000001";
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.local_address = "127.0.0.1:8080";
    return run_task(endpoint.handle(std::move(request)));
  }

  Result<auth::Identity> authenticate(const std::string& authorization, const std::string& host = "127.0.0.1:8080") {
    http::Request request;
    if (!authorization.empty()) request.headers.set("Authorization", authorization);
    request.headers.set("Host", host);
    return run_task(authenticator.authenticate(request));
  }

  static boost::json::object json_of(const http::Response& response) {
    return boost::json::parse(response.body.text()).as_object();
  }

  std::string acs_token_of(const MediaAccount& account) {
    const auto response = send("POST", "/v2/OAuth2-13", acs_form(account.name, percent_encode(account.primary_key)));
    return std::string{json_of(response).at("access_token").as_string()};
  }

  std::string aad_token_of(const MediaAccount& account) {
    const auto response =
        send("POST", "/tenant/oauth2/token", aad_form(account.client_id, percent_encode(account.client_secret)));
    return std::string{json_of(response).at("access_token").as_string()};
  }

  static std::string acs_form(const std::string& name, const std::string& encoded_key) {
    return "grant_type=client_credentials&client_id=" + name + "&client_secret=" + encoded_key +
           "&scope=urn%3aWindowsAzureMediaServices";
  }
  static std::string aad_form(const std::string& client_id, const std::string& encoded_secret) {
    return "grant_type=client_credentials&client_id=" + client_id + "&client_secret=" + encoded_secret +
           "&resource=https%3A%2F%2Frest.media.azure.net";
  }

 private:
  std::unique_ptr<rows::Database> open() {
    rows::DatabaseOptions options;
    options.path = folder.path() / "test.db";
    options.readers = 1;
    options.synchronous_full = false;
    return rows::Database::open(options).value();
  }

  MediaAccount create(const std::string& name) {
    rows::NewAccount account;
    account.name = name;
    account.storage_account_name = name + "st";
    return database->write([&](rows::Session& session) { return rows::create_account(session, account, clock.now()); })
        .value();
  }
};

}  // namespace lazulite::test
