#include "server/http/connection.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "schema/base/time.hpp"
#include "server/http/answer_writer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>

namespace lazulite::http {
namespace {

constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;          // of a streamed request body
constexpr std::uint64_t kMaxDiscardBytes = 256 * 1024;  // of an unread request body, before we rather close
constexpr std::size_t kMaxLingerBytes = 16 << 20;
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::chrono::seconds kHandshakeTime{10};
const auto kUse = asio::as_tuple(asio::use_awaitable);

std::string_view reason_of(unsigned status) {
  const auto known = beast::http::obsolete_reason(beast::http::int_to_status(status));
  return {known.data(), known.size()};
}

bool forbids_body(unsigned status) { return status == 204 || status == 304 || status < 200; }

Response plain_error(unsigned status, std::string text) {
  return Response::text(status, "text/plain;charset=utf-8", std::move(text));
}

}  // namespace

// ---- the request body as a stream
// --------------------------------------------------------------------------------------------------

class Connection::Body final : public BodyStream {
 public:
  Body(Connection& connection, Parser& parser, std::uint64_t limit, bool expects_continue)
      : connection_(connection), parser_(parser), limit_(limit), expects_continue_(expects_continue) {}

  Task<Result<std::span<const std::uint8_t>>> next() override {
    if (expects_continue_ && !parser_.is_done()) {
      expects_continue_ = false;
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      connection_.stream_.expires_after(connection_.context_.options.transfer_timeout);
      const auto [error, n] = co_await asio::async_write(connection_.stream_, asio::buffer(kContinue), kUse);
      if (error) co_return fail(ErrorCode::kIo, "the client went away: {}", error.message());
    }
    while (!parser_.is_done()) {
      if (piece_.empty()) {
        piece_.resize(kPieceBytes);
        connection_.buffer_.reserve(kPieceBytes);  // Beast reads no more at once than there is room for in it
      }
      auto& body = parser_.get().body();
      body.data = piece_.data();
      body.size = piece_.size();
      connection_.stream_.expires_after(connection_.context_.options.transfer_timeout);
      auto [error, n] = co_await beast::http::async_read(connection_.stream_, connection_.buffer_, parser_, kUse);
      if (error == beast::http::error::need_buffer) error = {};
      if (error) co_return fail(ErrorCode::kIo, "the request body broke off: {}", error.message());
      const std::size_t got = piece_.size() - body.size;
      connection_.body_bytes_ += got;
      if (connection_.body_bytes_ > limit_)
        co_return fail(ErrorCode::kTooLarge, "the request body is larger than the {} bytes allowed here", limit_);
      if (got != 0) co_return std::span<const std::uint8_t>{piece_.data(), got};
    }
    if (connection_.buffer_.size() == 0) connection_.buffer_.shrink_to_fit();
    co_return std::span<const std::uint8_t>{};
  }

 private:
  Connection& connection_;
  Parser& parser_;
  std::uint64_t limit_;
  bool expects_continue_;
  std::vector<std::uint8_t> piece_;
};

// ---- the connection
// ----------------------------------------------------------------------------------------------------------------

Connection::Connection(asio::ip::tcp::socket socket, const ConnectionContext& context)
    : stream_(std::move(socket), context.tls), context_(context) {
  boost::system::error_code error;
  const auto peer = stream_.socket().remote_endpoint(error);
  if (!error) client_address_ = peer.address().to_string();
  stream_.socket().set_option(asio::ip::tcp::no_delay{true}, error);
  stream_.socket().non_blocking(true, error);  // for AnswerWriter
}

void Connection::request_stop() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->stopping_ = true;
    if (self->resting_) self->stream_.close();
  });
}

void Connection::abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

Task<void> Connection::run() {
  try {
    if (co_await stream_.handshake(kHandshakeTime)) {
      while (co_await serve_one()) {
      }
      co_await stream_.say_goodbye(kLingerTime);
    }
  } catch (const std::exception& error) {
    logger("http").error("a connection ended by an exception: {}", error.what());
  }
  co_await linger();
  stream_.close();
}

// A close with unread bytes of the client pending is a reset, which may take the answer away from it (RFC 9112 §9.6):
// our side is closed first, and what still comes is read, for a while.
Task<void> Connection::linger() {
  boost::system::error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::vector<std::uint8_t> piece(error ? 0 : kPieceBytes);
  for (std::size_t left = error ? 0 : kMaxLingerBytes; left > 0 && !stopping_;) {
    stream_.expires_after(kLingerTime);
    const auto [failed, n] = co_await stream_.async_read_some(asio::buffer(piece), kUse);
    if (failed) break;
    left -= std::min(left, n);
  }
}

Request Connection::make_request(const Parser& parser) const {
  const auto& message = parser.get();
  Request request;
  request.id = Uuid::random().text();
  request.method = to_upper(std::string_view{message.method_string().data(), message.method_string().size()});
  request.target.assign(message.target().data(), message.target().size());
  // Absolute form (RFC 9112 §3.2.2): the authority counts as Host.
  std::string authority;
  if (starts_with_ignoring_case(request.target, "http://") || starts_with_ignoring_case(request.target, "https://")) {
    const auto host = request.target.find("//") + 2;
    const auto path = request.target.find('/', host);
    authority = request.target.substr(host, path == std::string::npos ? path : path - host);
    request.target = path == std::string::npos ? "/" : request.target.substr(path);
  }
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.add({field.name_string().data(), field.name_string().size()},
                        {field.value().data(), field.value().size()});
  }
  if (!authority.empty()) request.headers.set("Host", authority);
  if (const auto length = parser.content_length()) request.content_length = *length;
  request.client_address = client_address_;
  request.local_address = context_.local_address;
  request.secure = stream_.encrypted();
  const auto& proxies = context_.options.trusted_proxies;
  if (std::find(proxies.begin(), proxies.end(), client_address_) != proxies.end()) {
    if (const auto host = request.headers.find("X-Forwarded-Host"))
      request.headers.set("Host", std::string{trim(split(*host, ',').front())});
    request.secure = equals_ignoring_case(trim(request.headers.get("X-Forwarded-Proto")), "https");
    if (const auto chain = request.headers.find("X-Forwarded-For"))
      request.client_address = std::string{trim(split(*chain, ',').back())};
  }
  return request;
}

Task<Response> Connection::respond(Request request, const Route& route, Parser& parser) {
  const bool expects_continue = equals_ignoring_case(request.headers.get("Expect"), "100-continue");
  const auto body = std::make_shared<Body>(*this, parser, route.max_body_bytes, expects_continue);
  if (request.content_length.value_or(0) > route.max_body_bytes) {
    co_return plain_error(
        413, fmt::format("The request body is larger than the {} bytes allowed here.", route.max_body_bytes));
  }
  if (route.streaming) {
    request.stream = body;
  } else {
    while (!parser.is_done()) {
      const auto piece = co_await body->next();
      if (!piece && piece.error().code == ErrorCode::kTooLarge) {
        co_return plain_error(
            413, fmt::format("The request body is larger than the {} bytes allowed here.", route.max_body_bytes));
      }
      if (!piece) co_return plain_error(400, piece.error().message);
      if (piece->empty()) break;
      request.body += as_text(*piece);
    }
  }
  try {
    co_return co_await route.handler(std::move(request));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    logger("http").error("the handler '{}' threw: {}", route.name, error.what());
  }
  co_return plain_error(500, "The server met an unexpected condition.");
}

Task<bool> Connection::serve_one() {
  Parser parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(boost::none);
  resting_ = true;
  if (stopping_) co_return false;
  stream_.expires_after(context_.options.idle_timeout);
  auto [error, n] = co_await beast::http::async_read_header(stream_, buffer_, parser, kUse);
  resting_ = false;
  started_ = std::chrono::steady_clock::now();
  body_bytes_ = 0;
  if (error == beast::http::error::end_of_stream || error == beast::error::timeout ||
      error == asio::error::operation_aborted || error == asio::error::connection_reset) {
    co_return false;
  }
  Request head;
  if (error) {
    const bool too_large = error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow;
    Response refused =
        plain_error(too_large ? 431 : 400, fmt::format("The request cannot be read: {}.", error.message()));
    head.method = "?";
    co_await send(head, refused, "malformed", false);
    co_return false;
  }
  Request request = make_request(parser);
  head.id = request.id;
  head.method = request.method;
  head.path = request.path;
  const Route* route = context_.router.find(context_.service, request.host(), request.path);
  Response response;
  if (route == nullptr) {
    response = plain_error(404, "There is nothing at this address.");
  } else {
    response = co_await respond(std::move(request), *route, parser);
  }
  // What the handler left unread is skipped when it is little; otherwise the connection closes after the answer.
  const auto rest = parser.content_length_remaining();
  bool keep_alive = parser.keep_alive() && !stopping_ && response.status != 413;
  if (!parser.is_done()) {
    if (keep_alive && rest && *rest <= kMaxDiscardBytes) {
      Body leftover{*this, parser, body_bytes_ + kMaxDiscardBytes, false};
      for (;;) {
        const auto piece = co_await leftover.next();
        if (!piece || piece->empty()) {
          keep_alive = static_cast<bool>(piece);
          break;
        }
      }
    } else {
      keep_alive = false;
    }
  }
  const std::string_view name = route == nullptr ? "none" : std::string_view{route->name};
  co_return co_await send(head, response, name, keep_alive) && keep_alive;
}

Task<bool> Connection::send(const Request& head, Response& response, std::string_view route, bool keep_alive) {
  const bool no_body = head.method == "HEAD" || forbids_body(response.status);
  const std::uint64_t length = response.content_length.value_or(response.body.size());
  std::string text =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                  response.reason.empty() ? reason_of(response.status) : std::string_view{response.reason});
  for (const auto& [name, value] : response.headers) {
    text += name;
    text += ": ";
    const std::size_t begin = text.size();
    text += value;
    std::replace_if(
        text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), [](char c) { return c == '\r' || c == '\n'; },
        ' ');  // no header is ever split
    text += "\r\n";
  }
  if (!response.headers.find("Date")) text += fmt::format("Date: {}\r\n", format_http_date(system_clock().now()));
  if (response.status != 204 && response.status >= 200 && (response.status != 304 || response.content_length)) {
    text += fmt::format("Content-Length: {}\r\n", length);
  }
  text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";

  const files::Content nothing;
  AnswerWriter writer{stream_, context_.options.transfer_timeout};
  const AnswerWriter::Sent sent = co_await writer.write(text, no_body ? nothing : response.body, response.pace.get());
  finish(head, response, route, sent.bytes);
  co_return sent.whole;
}

void Connection::finish(const Request& head, const Response& response, std::string_view route, std::uint64_t sent) {
  const auto duration =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started_);
  context_.observer.observe({route, response.status, body_bytes_, sent, duration});
  if (!context_.options.access_log && response.status < 500) return;
  const auto level = response.status >= 500 ? spdlog::level::err : spdlog::level::info;
  logger("access").log(level, "{} {} {} status={} bytes={} ms={:.1f}", head.id, head.method, head.path, response.status,
                       sent, static_cast<double>(duration.count()) / 1000.0);
}

}  // namespace lazulite::http
