// The HTTP/1.1 server: listeners, their connections, and a clean stop. One io_context on N threads, a strand per
// connection; handlers run on the connection's strand and leave it for blocking work (task.hpp). Owned by App; the
// Router and the observer outlive it.
#pragma once

#include "server/http/router.hpp"
#include "server/http/tls.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::http {

struct ServerOptions {
  unsigned threads = 1;
  std::chrono::seconds idle_timeout{75}, transfer_timeout{60}, stop_grace{10};
  std::size_t max_connections = 10'000;
  std::vector<std::string> trusted_proxies;
  bool access_log = true;
};

// Told of every answer, on the network thread: cheap and thread-safe.
struct Exchange {
  std::string_view route;
  unsigned status = 0;
  std::uint64_t bytes_received = 0, bytes_sent = 0;
  std::chrono::microseconds duration{};
};
class ExchangeObserver {
 public:
  virtual ~ExchangeObserver() = default;
  virtual void observe(const Exchange& exchange) = 0;
};

class Server {
 public:
  static std::unique_ptr<Server> make(const Router& router, ServerOptions options, ExchangeObserver& observer);
  virtual ~Server() = default;

  // Opens a listener ("127.0.0.1:8080", "[::1]:0", ":8080" for all interfaces) whose requests go to that service unless
  // their Host says otherwise; over TLS when there is a context for it, which outlives the server. Returns the address
  // it really has. InvalidArgument or Io.
  virtual Result<std::string> listen(const std::string& address, const std::string& service,
                                     TlsContext* tls = nullptr) = 0;
  // Starts the threads. Once, after the listeners.
  virtual void run() = 0;
  // Closes listeners and idle connections, waits for running requests up to the grace, closes the rest, joins.
  // Idempotent.
  virtual void stop() = 0;
};

}  // namespace lazulite::http
