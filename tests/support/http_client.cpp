#include "tests/support/http_client.hpp"

#include "schema/base/text.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <sys/socket.h>
#include <sys/time.h>

namespace lazulite::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct HttpClient::State {
  asio::io_context io;
  tcp::socket socket{io};
  boost::beast::flat_buffer buffer;
  std::string host, port;

  void connect() {
    buffer.clear();
    socket = tcp::socket{io};
    tcp::resolver resolver{io};
    asio::connect(socket, resolver.resolve(host, port));
    const timeval limit{60, 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
};

HttpClient::HttpClient(std::string_view address) : state_(std::make_unique<State>()) {
  if (address.starts_with("http://")) address.remove_prefix(7);
  address = address.substr(0, address.find('/'));
  const auto colon = address.rfind(':');
  state_->host = address.substr(0, colon);
  state_->port = colon == std::string_view::npos ? "80" : std::string{address.substr(colon + 1)};
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

HttpAnswer HttpClient::send(const std::string& method, const std::string& target, const HttpFields& headers,
                            std::string_view body) {
  std::string head = method + " " + target + " HTTP/1.1\r\n";
  bool has_host = false;
  for (const auto& [name, value] : headers) {
    head += name + ": " + value + "\r\n";
    has_host = has_host || equals_ignoring_case(name, "Host");
  }
  if (!has_host) head += "Host: " + state_->host + ":" + state_->port + "\r\n";
  if (!body.empty() || (method != "GET" && method != "HEAD"))
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  head += "\r\n";

  http::response_parser<http::string_body> parser;
  parser.body_limit(std::uint64_t{4} << 30U);
  parser.skip(method == "HEAD");
  const bool kept = state_->socket.is_open();
  if (!kept) state_->connect();
  boost::system::error_code error;
  const std::vector<asio::const_buffer> message{asio::buffer(head), asio::buffer(body.data(), body.size())};
  asio::write(state_->socket, message, error);
  http::read(state_->socket, state_->buffer, parser,
             error);  // also after a failed write: a refusal may come before the body is read
  if (error) {
    state_->socket.close();
    if (kept && !parser.got_some())
      return send(method, target, headers, body);  // the server had closed the kept connection
    throw boost::system::system_error{error, "no answer to " + method + " " + target};
  }
  HttpAnswer answer;
  answer.status = parser.get().result_int();
  for (const auto& field : parser.get()) {
    answer.headers[to_lower({field.name_string().data(), field.name_string().size()})] = {field.value().data(),
                                                                                          field.value().size()};
  }
  answer.body = std::move(parser.get().body());
  if (!parser.keep_alive()) state_->socket.close();
  return answer;
}

std::string HttpClient::raw(std::string_view bytes) {
  state_->connect();
  boost::system::error_code error;
  asio::write(state_->socket, asio::buffer(bytes.data(), bytes.size()), error);
  std::string out;
  char piece[4096];
  while (!error) {
    const auto n = state_->socket.read_some(asio::buffer(piece), error);
    out.append(piece, n);
  }
  state_->socket.close();
  return out;
}

HttpAnswer http_get(const std::string& url, const HttpFields& headers) {
  const auto path = url.find('/', url.find("//") + 2);
  HttpClient client{url.substr(0, path)};
  return client.get(path == std::string::npos ? "/" : url.substr(path), headers);
}

}  // namespace lazulite::test
