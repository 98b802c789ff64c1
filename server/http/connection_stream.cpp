#include "server/http/connection_stream.hpp"

#include <boost/asio/as_tuple.hpp>

namespace lazulite::http {
namespace {

const auto kUse = asio::as_tuple(asio::use_awaitable);

}  // namespace

Task<bool> ConnectionStream::handshake(std::chrono::seconds limit) {
  if (!tls_) co_return true;
  tcp_.expires_after(limit);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kUse);
  co_return !error;
}

Task<void> ConnectionStream::say_goodbye(std::chrono::seconds limit) {
  if (!tls_) co_return;
  tcp_.expires_after(limit);
  co_await tls_->async_shutdown(kUse);
}

}  // namespace lazulite::http
