#include "server/http/server.hpp"

#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "server/http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <set>
#include <thread>

namespace lazulite::http {
namespace {

using asio::ip::tcp;
const auto kUse = asio::as_tuple(asio::use_awaitable);

Result<tcp::endpoint> resolve(asio::io_context& io, const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto port = colon == std::string::npos ? std::nullopt : parse_uint64(address.substr(colon + 1));
  if (!port || *port > 65'535) return fail(ErrorCode::kInvalidArgument, "'{}' is not an address to listen at", address);
  if (host.empty() || host == "*") return tcp::endpoint{tcp::v6(), static_cast<std::uint16_t>(*port)};
  tcp::resolver resolver{io};
  boost::system::error_code error;
  const auto found = resolver.resolve(host, std::to_string(*port), error);
  if (error || found.empty())
    return fail(ErrorCode::kInvalidArgument, "cannot resolve '{}': {}", host, error.message());
  return found.begin()->endpoint();
}

std::string text_of(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return fmt::format("{}:{}", host, endpoint.port());
}

// All connections of the server: counted, told to stop, awaited.
class Connections {
 public:
  void add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock{mutex_};
    all_.insert(connection);
    if (stopping_) connection->request_stop();
  }
  void remove(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock{mutex_};
    all_.erase(connection);
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock{mutex_};
    return all_.size();
  }
  // False when some are still open after `grace`.
  bool stop(std::chrono::seconds grace) {
    std::unique_lock lock{mutex_};
    stopping_ = true;
    for (const auto& each : all_) each->request_stop();
    return changed_.wait_for(lock, grace, [this] { return all_.empty(); });
  }
  void abort() {
    std::unique_lock lock{mutex_};
    for (const auto& each : all_) each->abort();
    changed_.wait_for(lock, std::chrono::seconds{2}, [this] { return all_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::shared_ptr<Connection>> all_;
  bool stopping_ = false;
};

class ServerOnAsio final : public Server {
 public:
  ServerOnAsio(const Router& router, ServerOptions options, ExchangeObserver& observer)
      : router_(router), options_(std::move(options)), observer_(observer), io_(static_cast<int>(options_.threads)) {
    std::signal(SIGPIPE, SIG_IGN);  // sendfile to a client that has gone raises it
  }
  ~ServerOnAsio() override { stop(); }

  Result<std::string> listen(const std::string& address, const std::string& service, TlsContext* tls) override;
  void run() override;
  void stop() override;

 private:
  struct Listener {
    tcp::acceptor acceptor;
    ConnectionContext context;
  };
  Task<void> accept(Listener& listener);
  void serve(tcp::socket socket, Listener& listener);

  const Router& router_;
  ServerOptions options_;
  ExchangeObserver& observer_;
  asio::io_context io_;
  std::list<Listener> listeners_;
  Connections connections_;
  std::vector<std::thread> threads_;
  bool stopped_ = false;
};

Result<std::string> ServerOnAsio::listen(const std::string& address, const std::string& service, TlsContext* tls) {
  LAZULITE_TRY(const auto endpoint, resolve(io_, address));
  tcp::acceptor acceptor{asio::make_strand(io_)};
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address{true});
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only{false});
    acceptor.bind(endpoint);
    acceptor.listen(4096);
  } catch (const boost::system::system_error& error) {
    return fail(ErrorCode::kIo, "cannot listen at {}: {}", address, error.code().message());
  }
  std::string where = text_of(acceptor.local_endpoint());
  asio::ssl::context* context = tls != nullptr ? &tls->context() : nullptr;
  listeners_.push_back({std::move(acceptor), {router_, options_, observer_, service, where, context}});
  return where;
}

void ServerOnAsio::serve(tcp::socket socket, Listener& listener) {
  const auto connection = std::make_shared<Connection>(std::move(socket), listener.context);
  connections_.add(connection);
  auto ended = [this, connection](const std::exception_ptr&) { connections_.remove(connection); };
  asio::co_spawn(connection->executor(), connection->run(), std::move(ended));
}

Task<void> ServerOnAsio::accept(Listener& listener) {
  for (;;) {
    auto [error, socket] = co_await listener.acceptor.async_accept(asio::make_strand(io_), kUse);
    if (error == asio::error::operation_aborted || !listener.acceptor.is_open()) co_return;
    if (!error) serve(tcp::socket{std::move(socket)}, listener);
    if (error || connections_.count() >= options_.max_connections) {
      // Out of descriptors, or full: clients wait in the backlog rather than being turned away.
      asio::steady_timer pause{listener.acceptor.get_executor(), std::chrono::milliseconds{20}};
      co_await pause.async_wait(kUse);
    }
    while (listener.acceptor.is_open() && connections_.count() >= options_.max_connections) {
      asio::steady_timer pause{listener.acceptor.get_executor(), std::chrono::milliseconds{20}};
      co_await pause.async_wait(kUse);
    }
  }
}

void ServerOnAsio::run() {
  for (auto& listener : listeners_) {
    auto ended = [](const std::exception_ptr&) {};
    asio::co_spawn(listener.acceptor.get_executor(), accept(listener), std::move(ended));
  }
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { io_.run(); });
}

void ServerOnAsio::stop() {
  if (std::exchange(stopped_, true)) return;
  for (auto& listener : listeners_) {
    auto close = [&listener] {
      boost::system::error_code ignored;
      listener.acceptor.close(ignored);
    };
    asio::post(listener.acceptor.get_executor(), std::move(close));
  }
  if (!threads_.empty() && !connections_.stop(options_.stop_grace)) {
    logger("http").warn("{} connections did not end within the grace and are closed", connections_.count());
    connections_.abort();
  }
  io_.stop();
  for (auto& thread : threads_) thread.join();
}

}  // namespace

std::unique_ptr<Server> Server::make(const Router& router, ServerOptions options, ExchangeObserver& observer) {
  return std::make_unique<ServerOnAsio>(router, std::move(options), observer);
}

}  // namespace lazulite::http
