// One client connection: reads requests, asks the Router, runs the handler, writes the answer, in a loop. Lives on its
// own strand.
#pragma once

#include "server/http/connection_stream.hpp"
#include "server/http/server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace lazulite::http {

namespace beast = boost::beast;

struct ConnectionContext {
  const Router& router;
  const ServerOptions& options;
  ExchangeObserver& observer;
  std::string service;  // of the listener
  std::string local_address;
  asio::ssl::context* tls = nullptr;  // of a TLS listener
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, const ConnectionContext& context);

  [[nodiscard]] asio::any_io_executor executor() { return stream_.get_executor(); }
  // Serves until the client or the server closes. Never throws.
  Task<void> run();
  // From any thread: closes at once when resting between requests, else after the running answer.
  void request_stop();
  // From any thread: closes at once.
  void abort();

 private:
  class Body;
  using Parser = beast::http::request_parser<beast::http::buffer_body>;

  Task<bool> serve_one();  // false: close
  Task<void> linger();
  Task<Response> respond(Request request, const Route& route, Parser& parser);
  Request make_request(const Parser& parser) const;
  Task<bool> send(const Request& head, Response& response, std::string_view route, bool keep_alive);
  void finish(const Request& head, const Response& response, std::string_view route, std::uint64_t sent);

  ConnectionStream stream_;
  const ConnectionContext& context_;
  beast::flat_buffer buffer_;
  std::string client_address_;
  std::uint64_t body_bytes_ = 0;
  std::chrono::steady_clock::time_point started_{};
  bool resting_ = true;
  bool stopping_ = false;
};

}  // namespace lazulite::http
