// What /metrics shows (Prometheus text format 0.0.4). Owned by App; thread-safe. Counters of other components are read
// when asked for.
#pragma once

#include "server/http/server.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lazulite::server {

class Metrics final : public http::ExchangeObserver {
 public:
  Metrics();
  ~Metrics() override;

  void observe(const http::Exchange& exchange) override;
  // A gauge whose value is asked for at every scrape; `read` must be thread-safe and quick.
  void add_gauge(const std::string& name, const std::string& help, std::function<double()> read);
  [[nodiscard]] std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lazulite::server
