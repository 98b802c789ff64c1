#include "server/http/server.hpp"

#include "tests/support/http_client.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

namespace lazulite::http {
namespace {

struct Counter final : ExchangeObserver {
  std::atomic<int> answers{0};
  void observe(const Exchange&) override { ++answers; }
};

Task<Response> echo(Request request) {
  Response response = Response::text(200, "text/plain", request.method + " " + request.target + " " + request.body);
  response.headers.set("X-Host", std::string{request.host()});
  response.headers.set("X-Folded", std::string{request.headers.get("X-Folded")});
  co_return response;
}

// Counts a streamed body without keeping it.
Task<Response> count(Request request) {
  std::uint64_t total = 0;
  for (;;) {
    const auto piece = co_await request.stream->next();
    if (!piece)
      co_return Response::text(piece.error().code == ErrorCode::kTooLarge ? 413 : 400, "text/plain",
                               piece.error().message);
    if (piece->empty()) break;
    total += piece->size();
  }
  co_return Response::text(200, "text/plain", std::to_string(total));
}

Task<Response> ignore_body(Request) { co_return Response::text(403, "text/plain", "no"); }

Task<Response> big(Request) {
  Response response;
  for (int i = 0; i < 200; ++i) response.body.append(std::string(50'000, static_cast<char>('a' + i % 26)));
  co_return response;
}

Task<Response> throws(Request) {
  throw std::runtime_error("as tests do");
  co_return Response{};
}

struct RunningServer {
  Router router{{"media.test"}};
  Counter counter;
  std::unique_ptr<Server> server;
  std::string address;

  explicit RunningServer(ServerOptions options = {}) {
    router.add({"control",
                {{"echo", "/echo", PathMatch::kPrefix, echo, 1000, false, true},
                 {"count", "/count", PathMatch::kPrefix, count, 100'000'000, true, true},
                 {"ignore", "/ignore", PathMatch::kPrefix, ignore_body, 100'000'000, true, true},
                 {"big", "/big", PathMatch::kPrefix, big, 1000, false, true},
                 {"throws", "/throws", PathMatch::kPrefix, throws, 1000, false, true}}});
    router.add({"blob", {{"blob", "/", PathMatch::kPrefix, echo, 1000, false, true}}});
    options.access_log = false;
    options.threads = 2;
    server = Server::make(router, options, counter);
    address = server->listen("127.0.0.1:0", "control").value();
    server->run();
  }
};

}  // namespace

TEST_CASE("requests follow each other on one connection", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.get("/echo?a=1").body == "GET /echo?a=1 ");
  CHECK(client.send("MERGE", "/ECHO/x", {}, "body").body == "MERGE /ECHO/x body");
  const auto answer = client.get("/nothing");
  CHECK(answer.status == 404);
  CHECK(answer.header("connection") == "keep-alive");
  CHECK_FALSE(answer.header("date").empty());
  running.server->stop();
  CHECK(running.counter.answers == 3);
}

TEST_CASE("HEAD has the length and no body", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  const auto head = client.send("HEAD", "/big");
  CHECK(head.header("content-length") == "10000000");
  CHECK(head.body.empty());
  CHECK(client.get("/big").body.size() == 10'000'000);
}

TEST_CASE("a streamed body of any size reaches its handler, chunked or not", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  const std::string body(5'000'000, 'x');
  CHECK(client.send("PUT", "/count", {}, body).body == "5000000");
  const auto chunked = client.raw(
      "PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: "
      "close\r\n\r\n5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK(chunked.find("\r\n\r\n8") != std::string::npos);
}

TEST_CASE("100-continue is sent when the handler wants the body", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  const auto answer = client.raw(
      "PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nhi");
  CHECK(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"));
}

TEST_CASE("a body over the route's limit is 413", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.send("POST", "/echo", {}, std::string(1001, 'x')).status == 413);
  const auto chunked = client.raw("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" +
                                  std::string(1024, 'x') + "\r\n0\r\n\r\n");
  CHECK(chunked.starts_with("HTTP/1.1 413"));
}

TEST_CASE("an unread body does not confuse the next request", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.send("PUT", "/ignore", {}, std::string(10'000, 'x')).status == 403);
  CHECK(client.get("/echo").status == 200);
}

TEST_CASE("malformed requests get 400 and the connection closes", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.raw("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(client.raw("GET /echo HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(client.raw("GET /echo HTTP/1.1\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 431"));
}

TEST_CASE("rule 26: folded request headers are read", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  const auto answer = client.raw(
      "GET /echo HTTP/1.1\r\nHost: a\r\nX-Folded: multipart/mixed;\r\n boundary=\"b\"\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("X-Folded: multipart/mixed; boundary=\"b\"") != std::string::npos);
}

TEST_CASE("a Host of another service goes there", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.get("/anything", {{"Host", "store.blob.media.test:8080"}}).status == 200);
  CHECK(client.get("/anything", {{"Host", "store.blob.other.test"}}).status == 404);
}

TEST_CASE("a handler that throws is a 500 and nothing else", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.get("/throws").status == 500);
  CHECK(client.get("/echo").status == 200);
}

TEST_CASE("stopping closes resting connections at once", "[server][http]") {
  RunningServer running;
  test::HttpClient client{running.address};
  CHECK(client.get("/echo").status == 200);
  const auto start = std::chrono::steady_clock::now();
  running.server->stop();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
}

}  // namespace lazulite::http
