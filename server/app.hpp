// App: builds every component in dependency order from the settings, runs them, and stops them in reverse. One per
// process (tests may have several, each with its own data folder). No component finds another except by what App hands
// it.
#pragma once

#include "config/settings.hpp"
#include "schema/entities/media_account.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lazulite::server {

// "http://127.0.0.1:8080" …: where the listeners really are (a port 0 in the settings took a free one).
struct ListeningAt {
  std::string control, stream, blob;
  std::string queue;  // empty: none
  std::string tls;    // "https://127.0.0.1:8443"; empty: none
};

class App {
 public:
  // Opens the data folder (made when missing, mode 0700), the database and the listeners; makes the first account on
  // first start. Io or InvalidArgument with the reason; nothing runs then.
  static Result<std::unique_ptr<App>> start(const Settings& settings);
  virtual ~App() = default;  // stops first

  [[nodiscard]] virtual const ListeningAt& listening_at() const = 0;
  // The account made by this start, for telling the user how to connect; none when the data folder had one already.
  [[nodiscard]] virtual const std::optional<MediaAccount>& first_account() const = 0;

  // Blocks until SIGINT or SIGTERM, then stops.
  virtual void run_until_signal() = 0;
  // No new connections; running requests may end within the grace; tasks being encoded go back to Queued. Idempotent.
  virtual void stop() = 0;
};

// The database file of a data folder, for commands that work beside a running server.
std::string database_path(const Settings& settings);

}  // namespace lazulite::server
