#include "server/queue/queue_endpoint.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "server/auth/shared_key.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"
#include "tests/support/run_task.hpp"

#include <catch2/catch.hpp>

namespace lazulite::queue {
namespace {

struct MovingClock final : Clock {
  Timestamp time = parse_time("2016-01-01T12:00:00Z").value();
  [[nodiscard]] Timestamp now() const override { return time; }
};

struct Fixture {
  test::TemporaryFolder folder;
  std::unique_ptr<rows::Database> database =
      rows::Database::open({.path = folder.path() / "rows.db", .readers = 1, .synchronous_full = false}).value();
  MovingClock clock;
  WorkPool pool{1};
  auth::AccountKey key = auth::AccountKey(64, 7);
  QueueEndpoint endpoint{*database, directory(), pool, clock};

  ~Fixture() { pool.join(); }

  blob::StorageDirectory directory() {
    blob::StorageDirectory out;
    out.find_account = [this](const std::string& name) -> Result<std::optional<blob::StorageOwner>> {
      std::optional<blob::StorageOwner> owner;
      if (name == "movies") owner = blob::StorageOwner{"media", {auth::AccountKey(64, 9), key}};
      if (name == "others") owner = blob::StorageOwner{"other", {auth::AccountKey(64, 3)}};
      return owner;
    };
    return out;
  }
  [[nodiscard]] static http::Request make(const std::string& method, const std::string& target,
                                          const std::string& body = {}) {
    http::Request request;
    request.id = Uuid::random().text();
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers.set("Host", "127.0.0.1:10001");
    if (!body.empty()) request.headers.set("Content-Length", std::to_string(body.size()));
    request.body = body;
    request.client_address = "127.0.0.1";
    return request;
  }
  http::Response answer(http::Request request) { return test::run_task(endpoint.handle(std::move(request))); }
  // Signed with the account's key; path below the account.
  http::Response send(const std::string& method, const std::string& path, const std::string& body = {},
                      const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    auto request = make(method, "/movies" + path, body);
    request.headers.set("x-ms-date", format_http_date(clock.time));
    request.headers.set("x-ms-version", "2018-03-28");
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    request.headers.set("Authorization",
                        "SharedKey movies:" + auth::sign(key, auth::shared_key_string(request, "movies", "")));
    return answer(std::move(request));
  }
  http::Response by_sas(const std::string& method, const std::string& path, const std::string& letters,
                        const std::string& parameters = {}, const std::string& body = {}) {
    const std::string sas = "sv=2018-03-28&sp=" + letters + "&se=2016-01-02T00:00:00Z";
    const auto token = auth::parse_sas(sas + "&sig=x", 'q').value();
    const auto signature = auth::sign(key, auth::string_to_sign(token, "movies", "events", ""));
    return answer(make(method,
                       "/movies" + path + "?" + parameters + (parameters.empty() ? "" : "&") + sas +
                           "&sig=" + percent_encode(signature),
                       body));
  }
};

std::string message(const std::string& text) {
  return "<QueueMessage><MessageText>" + xml_escape(text) + "</MessageText></QueueMessage>";
}
std::string text_of(const http::Response& response) { return response.body.text(); }
std::string code_of(const http::Response& response) { return std::string{response.headers.get("x-ms-error-code")}; }
std::string element_of(const http::Response& response, const std::string& name) {
  const auto text = text_of(response);
  const auto begin = text.find("<" + name + ">");
  REQUIRE(begin != std::string::npos);
  const auto start = begin + name.size() + 2;
  return text.substr(start, text.find("</", start) - start);
}
std::size_t count_of(const http::Response& response, const std::string& name) {
  const auto text = text_of(response);
  std::size_t n = 0;
  for (auto at = text.find("<" + name + ">"); at != std::string::npos; at = text.find("<" + name + ">", at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a message is put, peeked at, taken, hidden, changed and deleted", "[unit][server]") {
  Fixture f;
  REQUIRE(f.send("PUT", "/events").status == 201);
  const auto put = f.send("POST", "/events/messages", message("  <a> & \"b\" ü\n"));
  CHECK(put.status == 201);
  CHECK(count_of(put, "MessageText") == 0);
  CHECK(element_of(put, "InsertionTime") == "Fri, 01 Jan 2016 12:00:00 GMT");
  CHECK(element_of(put, "ExpirationTime") == "Fri, 08 Jan 2016 12:00:00 GMT");
  const auto peeked = f.send("GET", "/events/messages?peekonly=true");
  CHECK(element_of(peeked, "MessageText") == xml_escape("  <a> & \"b\" ü\n"));
  CHECK(count_of(peeked, "PopReceipt") == 0);
  CHECK(element_of(peeked, "DequeueCount") == "0");

  const auto taken = f.send("GET", "/events/messages?visibilitytimeout=10");
  CHECK(element_of(taken, "DequeueCount") == "1");
  CHECK(element_of(taken, "TimeNextVisible") == "Fri, 01 Jan 2016 12:00:10 GMT");
  const auto id = element_of(taken, "MessageId"), receipt = percent_encode(element_of(taken, "PopReceipt"));
  CHECK(count_of(f.send("GET", "/events/messages"), "QueueMessage") == 0);
  CHECK(f.send("HEAD", "/events?comp=metadata").headers.get("x-ms-approximate-messages-count") == "1");

  f.clock.time += std::chrono::seconds{5};
  const auto path = "/events/messages/" + id;
  const auto stale = percent_encode(element_of(put, "PopReceipt"));
  CHECK(code_of(f.send("PUT", path + "?popreceipt=" + stale + "&visibilitytimeout=0", message("x"))) ==
        "PopReceiptMismatch");
  const auto updated = f.send("PUT", path + "?popreceipt=" + receipt + "&visibilitytimeout=0", message("new"));
  CHECK(updated.status == 204);
  CHECK(updated.headers.get("x-ms-time-next-visible") == "Fri, 01 Jan 2016 12:00:05 GMT");
  const auto again = f.send("GET", "/events/messages");
  CHECK(element_of(again, "MessageText") == "new");
  CHECK(element_of(again, "DequeueCount") == "2");
  CHECK(code_of(f.send("DELETE", path + "?popreceipt=" + receipt)) == "PopReceiptMismatch");
  CHECK(code_of(f.send("DELETE", path)) == "MissingRequiredQueryParameter");
  CHECK(f.send("DELETE", path + "?popreceipt=" + percent_encode(element_of(again, "PopReceipt"))).status == 204);
  CHECK(f.send("DELETE", path + "?popreceipt=" + percent_encode(element_of(again, "PopReceipt"))).status == 404);
}

TEST_CASE("messages come in order, many at once, until they expire", "[unit][server]") {
  Fixture f;
  f.send("PUT", "/events");
  for (int i = 0; i < 5; ++i) f.send("POST", "/events/messages", message("m" + std::to_string(i)));
  f.send("POST", "/events/messages?messagettl=-1", message("for ever"));
  f.send("POST", "/events/messages?messagettl=60&visibilitytimeout=30", message("later"));
  CHECK(element_of(f.send("GET", "/events/messages?numofmessages=2&visibilitytimeout=1000000"), "Code") ==
        "OutOfRangeQueryParameterValue");
  const auto two = f.send("GET", "/events/messages?numofmessages=2");
  CHECK(count_of(two, "QueueMessage") == 2);
  CHECK(text_of(two).find("m0") < text_of(two).find("m1"));
  CHECK(count_of(f.send("GET", "/events/messages?peekonly=true&numofmessages=32"), "QueueMessage") == 4);
  f.clock.time += std::chrono::seconds{31};
  CHECK(count_of(f.send("GET", "/events/messages?peekonly=true&numofmessages=32"), "QueueMessage") == 7);
  f.clock.time += std::chrono::hours{24 * 8};
  const auto left = f.send("GET", "/events/messages?peekonly=true&numofmessages=32");
  CHECK(count_of(left, "QueueMessage") == 1);
  CHECK(element_of(left, "MessageText") == "for ever");
  CHECK(element_of(left, "ExpirationTime") == "Fri, 31 Dec 9999 00:00:00 GMT");
  CHECK(f.send("DELETE", "/events/messages").status == 204);
  CHECK(f.send("HEAD", "/events?comp=metadata").headers.get("x-ms-approximate-messages-count") == "0");
}

TEST_CASE("queues are created, listed, described and deleted", "[unit][server]") {
  Fixture f;
  using Headers = std::vector<std::pair<std::string, std::string>>;
  const Headers red{{"x-ms-meta-colour", "red"}};
  CHECK(f.send("PUT", "/events", {}, red).status == 201);
  CHECK(f.send("PUT", "/events", {}, red).status == 204);
  CHECK(f.send("PUT", "/events").status == 409);
  CHECK(f.send("GET", "/events?comp=metadata").headers.get("x-ms-meta-colour") == "red");
  CHECK(f.send("PUT", "/events?comp=metadata", {}, {{"x-ms-meta-size", "9"}}).status == 204);
  CHECK(f.send("GET", "/events?comp=metadata").headers.get("x-ms-meta-colour").empty());
  for (const auto* each : {"/even-more", "/other", "/zebra"}) CHECK(f.send("PUT", each).status == 201);
  const auto first = f.send("GET", "?comp=list&maxresults=2&include=metadata");
  CHECK(text_of(first).find("<Queue><Name>even-more</Name><Metadata></Metadata></Queue><Queue><Name>events</Name>"
                            "<Metadata><size>9</size></Metadata></Queue>") != std::string::npos);
  CHECK(element_of(first, "NextMarker") == "other");
  CHECK(count_of(f.send("GET", "?comp=list&marker=other"), "Queue") == 2);
  CHECK(count_of(f.send("GET", "/?comp=list&prefix=even"), "Queue") == 2);
  f.send("POST", "/events/messages", message("x"));
  CHECK(f.send("DELETE", "/events").status == 204);
  CHECK(code_of(f.send("DELETE", "/events")) == "QueueNotFound");
  CHECK(code_of(f.send("GET", "/events/messages")) == "QueueNotFound");
  f.send("PUT", "/events");
  CHECK(count_of(f.send("GET", "/events/messages"), "QueueMessage") == 0);
}

TEST_CASE("a queue's SAS allows what its letters say, by itself or through a stored policy", "[unit][server]") {
  Fixture f;
  f.send("PUT", "/events");
  f.send("PUT", "/private");
  CHECK(f.by_sas("POST", "/events/messages", "a", "", message("x")).status == 201);
  CHECK(code_of(f.by_sas("POST", "/events/messages", "rup", "", message("x"))) == "AuthorizationPermissionMismatch");
  CHECK(f.by_sas("GET", "/events/messages", "r", "peekonly=true").status == 200);
  CHECK(f.by_sas("GET", "/events/messages", "r").status == 403);
  CHECK(f.by_sas("GET", "/events/messages", "p").status == 200);
  CHECK(f.by_sas("GET", "/private/messages", "raup", "peekonly=true").status == 403);
  CHECK(f.by_sas("DELETE", "/events", "raup").status == 403);
  CHECK(f.answer(Fixture::make("GET", "/movies/events/messages?peekonly=true")).status == 404);

  const std::string acl =
      "<SignedIdentifiers><SignedIdentifier><Id>p1</Id><AccessPolicy><Expiry>2016-01-02T00:00:00Z</Expiry>"
      "<Permission>r</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>";
  CHECK(f.send("PUT", "/events?comp=acl", acl).status == 204);
  CHECK(text_of(f.send("GET", "/events?comp=acl")).find("<Id>p1</Id>") != std::string::npos);
  const auto token = auth::parse_sas("sv=2018-03-28&si=p1&sig=x", 'q').value();
  const auto query = "sv=2018-03-28&si=p1&sig=" +
                     percent_encode(auth::sign(f.key, auth::string_to_sign(token, "movies", "events", "")));
  CHECK(f.answer(Fixture::make("GET", "/movies/events/messages?peekonly=true&" + query)).status == 200);
  CHECK(f.answer(Fixture::make("GET", "/movies/events/messages?" + query)).status == 403);
  f.send("PUT", "/events?comp=acl");
  CHECK(f.answer(Fixture::make("GET", "/movies/events/messages?peekonly=true&" + query)).status == 403);
}

TEST_CASE("keys of one storage account open no other", "[unit][server]") {
  Fixture f;
  auto request = Fixture::make("GET", "/others?comp=list");
  request.headers.set("x-ms-date", format_http_date(f.clock.time));
  request.headers.set("Authorization",
                      "SharedKey others:" + auth::sign(f.key, auth::shared_key_string(request, "others", "")));
  const auto refused = f.answer(std::move(request));
  CHECK(refused.status == 403);
  CHECK(f.answer(Fixture::make("GET", "/nobody?comp=list&sv=2018-03-28&ss=q&srt=s&sp=l&se=2016-01-02&sig=x")).status ==
        403);
}

TEST_CASE("what is wrong is told by its code", "[unit][server]") {
  Fixture f;
  f.send("PUT", "/events");
  CHECK(code_of(f.send("POST", "/events/messages", "no xml")) == "InvalidXmlDocument");
  CHECK(code_of(f.send("POST", "/events/messages", "<QueueMessage/>")) == "InvalidXmlDocument");
  CHECK(code_of(f.send("POST", "/events/messages", message(std::string((64 << 10) + 1, 'x')))) == "MessageTooLarge");
  CHECK(f.send("POST", "/events/messages", message(std::string(64 << 10, 'x'))).status == 201);
  CHECK(code_of(f.send("POST", "/events/messages?messagettl=0", message("x"))) == "OutOfRangeQueryParameterValue");
  CHECK(code_of(f.send("POST", "/events/messages?messagettl=5&visibilitytimeout=5", message("x"))) ==
        "OutOfRangeQueryParameterValue");
  CHECK(code_of(f.send("GET", "/events/messages?numofmessages=33")) == "OutOfRangeQueryParameterValue");
  CHECK(code_of(f.send("GET", "/events/messages?numofmessages=many")) == "InvalidQueryParameterValue");
  CHECK(code_of(f.send("PUT", "/Events")) == "InvalidResourceName");
  CHECK(code_of(f.send("PUT", "/a--b")) == "InvalidResourceName");
  CHECK(code_of(f.send("GET", "/events/other")) == "InvalidUri");
  CHECK(code_of(f.send("GET", "/events?comp=nonsense")) == "InvalidQueryParameterValue");
  CHECK(f.send("POST", "/events").status == 405);
  CHECK(code_of(f.send("GET", "/%zz")) == "InvalidUri");
  CHECK(code_of(f.send("GET", "?comp=list", {}, {{"x-ms-version", "new"}})) == "InvalidHeaderValue");
}

TEST_CASE("service properties are kept, and their CORS rules hold", "[unit][server]") {
  Fixture f;
  CHECK(element_of(f.send("GET", "?restype=service&comp=properties"), "AllowedOrigins") == "*");
  const std::string rules =
      "<StorageServiceProperties><Cors><CorsRule><AllowedOrigins>https://a.example.org</AllowedOrigins><AllowedMethods>"
      "GET</AllowedMethods><MaxAgeInSeconds>5</MaxAgeInSeconds><ExposedHeaders/><AllowedHeaders>x-ms-*</AllowedHeaders>"
      "</CorsRule></Cors></StorageServiceProperties>";
  CHECK(f.send("PUT", "?restype=service&comp=properties", rules).status == 202);
  const auto read = f.send("GET", "?restype=service&comp=properties");
  CHECK(element_of(read, "AllowedOrigins") == "https://a.example.org");
  CHECK(count_of(read, "HourMetrics") == 1);
  CHECK(code_of(f.send("PUT", "?restype=service&comp=properties",
                       "<StorageServiceProperties><Odd/></StorageServiceProperties>")) == "InvalidXmlDocument");
  const auto preflight = [&](const std::string& origin) {
    auto request = Fixture::make("OPTIONS", "/movies/events/messages");
    request.headers.set("Origin", origin);
    request.headers.set("Access-Control-Request-Method", "GET");
    return f.answer(std::move(request));
  };
  CHECK(preflight("https://a.example.org").headers.get("Access-Control-Max-Age") == "5");
  CHECK(preflight("https://b.example.org").status == 403);
}

}  // namespace lazulite::queue
