// The bytes of one client connection: TCP, or TLS over it. Both ways it reads and writes like a beast::tcp_stream, with
// one timer for whatever is under way. Lives on the connection's strand.
#pragma once

#include "server/http/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace lazulite::http {

class ConnectionStream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  // `tls` is null for plain TCP; it outlives the connection.
  ConnectionStream(asio::ip::tcp::socket socket, asio::ssl::context* tls) : tcp_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(tcp_, *tls);
  }

  executor_type get_executor() noexcept { return tcp_.get_executor(); }
  asio::ip::tcp::socket& socket() { return tcp_.socket(); }
  [[nodiscard]] bool encrypted() const { return tls_.has_value(); }
  void expires_after(std::chrono::seconds time) { tcp_.expires_after(time); }
  void close() { tcp_.close(); }

  // False: the client speaks no TLS that we do, or too slowly.
  Task<bool> handshake(std::chrono::seconds limit);
  // Says that nothing follows, and waits for the client's answer.
  Task<void> say_goodbye(std::chrono::seconds limit);

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return tcp_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return tcp_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  boost::beast::tcp_stream tcp_;
  std::optional<asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace lazulite::http
