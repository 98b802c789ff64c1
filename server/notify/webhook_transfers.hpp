// POSTs to webhooks, many at once on one thread: the home of libcurl. No redirects are followed; an answer's body is
// not kept; each transfer ends within its time limit. Addresses of this machine and its link are refused unless
// allowed: whoever may create an end point must not thereby reach services that only listen here.
//
// For one thread, except for wake().
#pragma once

#include "schema/base/result.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::notify {

struct WebhookRequest {
  std::string id;  // whose outcome it is
  std::string url, body;
  std::vector<std::pair<std::string, std::string>> headers;
};
struct WebhookOutcome {
  std::string id;
  unsigned status = 0;  // 0: there was no answer
  std::string error;    // why not

  [[nodiscard]] bool delivered() const { return status >= 200 && status < 300; }
  // For people: "status 500", or the error.
  [[nodiscard]] std::string problem() const;
};

struct WebhookLimits {
  std::chrono::milliseconds timeout{10'000};
  bool allow_local_targets = false;
};

class WebhookTransfers {
 public:
  explicit WebhookTransfers(WebhookLimits limits);
  ~WebhookTransfers();  // breaks off what runs
  WebhookTransfers(const WebhookTransfers&) = delete;
  WebhookTransfers& operator=(const WebhookTransfers&) = delete;

  void start(WebhookRequest request);
  // Works for up to `wait`, less when a transfer ends or wake() is called; what has ended since the last call.
  std::vector<WebhookOutcome> run(std::chrono::milliseconds wait);
  // From any thread.
  void wake();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// An IPv4 or IPv6 address (in text) of this machine, of its link, or unspecified.
bool is_local_address(const std::string& address);

}  // namespace lazulite::notify
